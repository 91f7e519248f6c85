using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.ApiServer;

/// <summary>
/// Accepts a WebSocket under a subprotocol whose name the framework refuses: Kubernetes' <c>SPDY/3.1+portforward.k8s.io</c> has a
/// slash, which the standard does not allow.
/// </summary>
internal static class RawWebSocket
{
    private const string KeyMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    public static async Task<WebSocket> AcceptAsync(HttpContext context, string protocol)
    {
        IHttpUpgradeFeature? upgrade = context.Features.Get<IHttpUpgradeFeature>();
        if (upgrade is not { IsUpgradableRequest: true })
        {
            throw StatusException.BadRequest("Upgrade request required");
        }

        string key = context.Request.Headers.SecWebSocketKey.ToString();
        IHeaderDictionary headers = context.Response.Headers;
        headers.Connection = "Upgrade";
        headers.Upgrade = "websocket";
        headers["Sec-WebSocket-Accept"] = Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + KeyMagic)));
        headers["Sec-WebSocket-Protocol"] = protocol;
        Stream stream = await upgrade.UpgradeAsync();
        return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.FromSeconds(20) });
    }
}

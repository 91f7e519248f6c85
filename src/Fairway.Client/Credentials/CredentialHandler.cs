using System.Net;
using System.Net.Http.Headers;

namespace Fairway.Client;

/// <summary>Gives each request the credential of the moment: of a file that is renewed, or of a credential plug-in.</summary>
internal sealed class CredentialHandler(FileToken? file, ExecCredentials? plugin, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ExecCredential? given = plugin is null ? null : await plugin.GetAsync(cancellationToken);
        if ((given?.Token ?? file?.Get()) is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Unauthorized && given is not null)
        {
            // The next request asks the plug-in again.
            await plugin!.ForgetAsync(given, cancellationToken);
        }

        return response;
    }
}

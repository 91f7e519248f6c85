using Fairway.Resources.Kinds.Gateway;
using Microsoft.AspNetCore.Http;

namespace Fairway.Gateway.Forwarding;

/// <summary>From the backend's answer to the one that the client gets.</summary>
internal static class ResponseTransform
{
    public static void CopyHead(HttpResponseMessage answer, HttpResponse response, IReadOnlyList<HttpRouteFilter> filters)
    {
        response.StatusCode = (int)answer.StatusCode;
        string connection = answer.Headers.NonValidated.TryGetValues("Connection", out var tokens) ? tokens.ToString() : "";
        foreach (var header in answer.Headers.NonValidated)
        {
            if (!HopByHop.Contains(header.Key, connection))
            {
                response.Headers[header.Key] = header.Value.ToArray();
            }
        }

        foreach (var header in answer.Content.Headers.NonValidated)
        {
            response.Headers[header.Key] = header.Value.ToArray();
        }

        Modify(response.Headers, filters);
    }

    private static void Modify(IHeaderDictionary headers, IReadOnlyList<HttpRouteFilter> filters)
    {
        foreach (HttpHeaderFilter filter in filters.Select(filter => filter.ResponseHeaderModifier).OfType<HttpHeaderFilter>())
        {
            foreach (string name in filter.Remove ?? [])
            {
                headers.Remove(name);
            }

            foreach (GatewayHttpHeader header in filter.Set ?? [])
            {
                headers[header.Name] = header.Value;
            }

            foreach (GatewayHttpHeader header in filter.Add ?? [])
            {
                headers.Append(header.Name, header.Value);
            }
        }
    }
}

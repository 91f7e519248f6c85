using System.Net.Http.Headers;
using Fairway.Resources.Kinds.Gateway;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Fairway.Gateway.Forwarding;

/// <summary>From the backend's answer to the one that the client gets.</summary>
internal static class ResponseTransform
{
    public static void CopyHead(HttpResponseMessage answer, HttpResponse response, HttpHeaderFilter[] filters)
    {
        response.StatusCode = (int)answer.StatusCode;
        string connection = answer.Headers.NonValidated.TryGetValues("Connection", out HeaderStringValues tokens) ? tokens.ToString() : "";
        foreach (var header in answer.Headers.NonValidated)
        {
            if (!HopByHop.Contains(header.Key, connection))
            {
                response.Headers[header.Key] = Values(header.Value);
            }
        }

        foreach (var header in answer.Content.Headers.NonValidated)
        {
            response.Headers[header.Key] = Values(header.Value);
        }

        Modify(response.Headers, filters);
    }

    // Almost every header has one value, which needs no array.
    private static StringValues Values(in HeaderStringValues values) => values.Count == 1 ? values.ToString() : values.ToArray();

    private static void Modify(IHeaderDictionary headers, HttpHeaderFilter[] filters)
    {
        foreach (HttpHeaderFilter filter in filters)
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

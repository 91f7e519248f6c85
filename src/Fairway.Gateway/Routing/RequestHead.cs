using Microsoft.AspNetCore.Http;

namespace Fairway.Gateway.Routing;

/// <summary>The part of a request that routes look at.</summary>
/// <param name="Host">Lower case, without a port.</param>
/// <param name="Path">As sent, decoded once, beginning with a slash.</param>
internal readonly record struct RequestHead(string Host, string Path, string Method, IHeaderDictionary Headers, IQueryCollection Query);

using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>Refusals in the words of kube-apiserver, where clients show or match them.</summary>
internal static class Refusals
{
    public static StatusException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static StatusException Forbidden(Identity user, in AccessAttributes wanted)
    {
        if (wanted.Resource is not { } resource)
        {
            return new StatusException(403, "Forbidden", $"forbidden: User \"{user.Name}\" cannot {wanted.Verb} path \"{wanted.Path}\"") { Details = new StatusDetails() };
        }

        string full = wanted.Subresource.Length == 0 ? resource : $"{resource}/{wanted.Subresource}";
        string where = wanted.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{wanted.Namespace}\"";
        return Forbidden(
            resource, wanted.Group, wanted.Name, $"User \"{user.Name}\" cannot {wanted.Verb} resource \"{full}\" in API group \"{wanted.Group}\" {where}");
    }

    /// <summary><c>pods "web" is forbidden: …</c>.</summary>
    public static StatusException Forbidden(string resource, string group, string name, string why)
    {
        string groupResource = group.Length == 0 ? resource : $"{resource}.{group}";
        string subject = name.Length == 0 ? groupResource : $"{groupResource} \"{name}\"";
        return new StatusException(403, "Forbidden", $"{subject} is forbidden: {why}")
        {
            Details = new StatusDetails { Name = name.Length == 0 ? null : name, Group = group.Length == 0 ? null : group, Kind = resource },
        };
    }

    public static StatusException NoSuchResource() => new(404, "NotFound", "the server could not find the requested resource") { Details = new StatusDetails() };

    public static StatusException MethodNotAllowed() => new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource") { Details = new StatusDetails() };

    /// <summary>A route that produces none of what the client takes says so before anything else.</summary>
    public static StatusException NotProduced(string offered)
        => new(406, "NotAcceptable", $"406: Not Acceptable\n\nAvailable representations: {offered}") { Details = new StatusDetails() };

    /// <summary>A route that does not take the form of the body says so before anything else.</summary>
    public static StatusException NotConsumed() => new(415, "UnsupportedMediaType", "415: Unsupported Media Type") { Details = new StatusDetails() };

    /// <summary>Goes wrong in a way that kube-apiserver has no reason for.</summary>
    public static StatusException Failure(int code, string message) => new(code, "", message);

    public static StatusException NotAcceptable(string offered)
        => new(406, "NotAcceptable", $"only the following media types are accepted: {offered}");

    public static StatusException UnsupportedMediaType(string accepted)
        => new(415, "UnsupportedMediaType", $"the body of the request was in an unknown format - accepted media types include: {accepted}");

    public static StatusException TooLarge(long limit)
        => new(413, "RequestEntityTooLarge", $"Request entity too large: limit is {limit}");

    public static StatusException TooManyRequests(string message, int retryAfterSeconds)
        => new(429, "TooManyRequests", message) { Details = new StatusDetails { RetryAfterSeconds = retryAfterSeconds } };

    public static StatusException Expired(string message) => new(410, "Expired", message);

    public static StatusException Internal(string message)
        => new(500, "InternalError", $"Internal error occurred: {message}") { Details = new StatusDetails { Causes = [new StatusCause { Message = message }] } };

    public static StatusException Unavailable(string message) => new(503, "ServiceUnavailable", message);
}

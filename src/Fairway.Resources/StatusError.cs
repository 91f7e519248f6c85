namespace Fairway.Resources;

/// <summary>
/// A refused request: carries what becomes the Kubernetes <c>Status</c> object. Thrown at the edges, turned into a response in
/// one place, and read back by clients.
/// </summary>
public sealed class StatusException : Exception
{
    public StatusException(int code, string reason, string message)
        : base(message)
    {
        Code = code;
        Reason = reason;
    }

    /// <summary>The HTTP status code.</summary>
    public int Code { get; }

    /// <summary>The machine-readable reason of meta/v1 Status: <c>NotFound</c>, <c>AlreadyExists</c>, <c>Conflict</c>, …</summary>
    public string Reason { get; }

    /// <summary>What the request was about, when known.</summary>
    public StatusDetails? Details { get; init; }

    /// <summary>For a list that cannot go on consistently: the token that goes on anyway.</summary>
    public string? Continue { get; init; }

    public bool IsNotFound => Code == 404;

    public bool IsConflict => Code == 409 && Reason == "Conflict";

    public bool IsAlreadyExists => Reason == "AlreadyExists";

    public bool IsExpired => Code == 410;

    public static StatusException NotFound(ResourceType type, string name) => new(404, "NotFound", $"{type.GroupResource} \"{name}\" not found")
    {
        Details = new StatusDetails { Name = NotEmpty(name), Group = NotEmpty(type.Group), Kind = type.Plural },
    };

    public static StatusException AlreadyExists(ResourceType type, string name) => new(409, "AlreadyExists", $"{type.GroupResource} \"{name}\" already exists")
    {
        Details = new StatusDetails { Name = NotEmpty(name), Group = NotEmpty(type.Group), Kind = type.Plural },
    };

    public static StatusException Conflict(ResourceType type, string name, string why)
        => new(409, "Conflict", $"Operation cannot be fulfilled on {type.GroupResource} \"{name}\": {why}")
        {
            Details = new StatusDetails { Name = NotEmpty(name), Group = NotEmpty(type.Group), Kind = type.Plural },
        };

    public static StatusException BadRequest(string message) => new(400, "BadRequest", message);

    // Events of both groups are judged as those of the core group.
    private static string InternalGroup(ResourceType type) => type.Group == "events.k8s.io" ? "" : type.Group;

    /// <summary>422 with one cause for each field error, in the words of kube-apiserver.</summary>
    public static StatusException Invalid(ResourceType type, string name, IReadOnlyList<StatusCause> causes)
        => new(422, "Invalid", $"{type.Kind}{(InternalGroup(type).Length == 0 ? "" : "." + type.Group)} \"{name}\" is invalid: {Join(causes)}")
        {
            Details = new StatusDetails { Name = NotEmpty(name), Group = NotEmpty(InternalGroup(type)), Kind = type.Kind, Causes = causes },
        };

    private static string? NotEmpty(string text) => text.Length == 0 ? null : text;

    // Each text once, as Kubernetes aggregates errors.
    private static string Join(IReadOnlyList<StatusCause> causes)
    {
        string[] texts = [.. causes.Select(cause => cause.Field is null ? cause.Message ?? "" : $"{cause.Field}: {cause.Message}").Distinct()];
        return texts.Length == 1 ? texts[0] : $"[{string.Join(", ", texts)}]";
    }
}

/// <summary>meta/v1 StatusDetails.</summary>
public sealed record StatusDetails
{
    public string? Name { get; init; }

    public string? Group { get; init; }

    public string? Kind { get; init; }

    public string? Uid { get; init; }

    public IReadOnlyList<StatusCause>? Causes { get; init; }

    public int? RetryAfterSeconds { get; init; }
}

/// <summary>meta/v1 StatusCause.</summary>
public sealed record StatusCause
{
    /// <summary><c>FieldValueInvalid</c>, <c>FieldValueRequired</c>, <c>FieldManagerConflict</c>, …</summary>
    public string? Reason { get; init; }

    public string? Message { get; init; }

    /// <summary>The path of the field: <c>spec.replicas</c>, <c>spec.containers[0].name</c>.</summary>
    public string? Field { get; init; }
}

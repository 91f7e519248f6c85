namespace Fairway.ApiServer;

/// <summary>What someone wants to do: the question that authorization answers.</summary>
internal readonly record struct AccessAttributes
{
    public required string Verb { get; init; }

    /// <summary>null: a path that is no resource.</summary>
    public string? Resource { get; init; }

    public string Group { get; init; }

    public string Subresource { get; init; }

    public string Namespace { get; init; }

    public string Name { get; init; }

    /// <summary>The path, for what is no resource.</summary>
    public string Path { get; init; }

    public static AccessAttributes Of(RequestInfo info) => info.IsResource
        ? new AccessAttributes
        {
            Verb = info.Verb,
            Group = info.Group,
            Resource = info.Resource,
            Subresource = info.Subresource,
            Namespace = info.Namespace,
            Name = info.Name,
            Path = info.Path,
        }
        : new AccessAttributes { Verb = info.Verb, Path = info.Path, Group = "", Subresource = "", Namespace = "", Name = "" };
}

namespace Fairway.Resources;

/// <summary>Names a served resource: group, version and plural, with what clients need to build its paths.</summary>
public sealed record ResourceType
{
    /// <summary>Empty for the core group.</summary>
    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Kind { get; init; }

    public required string Plural { get; init; }

    public required bool Namespaced { get; init; }

    /// <summary><c>v1</c> or <c>apps/v1</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The storage name, without the version: <c>deployments.apps</c>, <c>pods</c>.</summary>
    public string GroupResource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>The path below a cluster's base URL, ending without a slash.</summary>
    public string Path(string? @namespace, string? name = null, string? subresource = null)
    {
        string root = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        string scope = Namespaced && !string.IsNullOrEmpty(@namespace) ? $"/namespaces/{@namespace}" : "";
        string item = name is null ? "" : $"/{name}";
        string sub = subresource is null ? "" : $"/{subresource}";
        return $"{root}{scope}/{Plural}{item}{sub}";
    }
}

/// <summary>Identifies one object of a type within a cluster.</summary>
/// <param name="Namespace">Empty for resources that belong to no namespace.</param>
/// <param name="Name">The object's name.</param>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    public static ObjectKey Of(Document document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return new ObjectKey(document.Header.Namespace, document.Header.Name);
    }

    public static ObjectKey Of(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new ObjectKey(resource.Metadata.Namespace ?? "", resource.Metadata.Name);
    }

    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}/{Name}";
}

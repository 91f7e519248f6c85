using System.Text.Json.Nodes;
using Fairway.Cel;

namespace Fairway.Admission;

/// <summary>What a policy is asked about: one object, in the request that would store it.</summary>
public sealed record Subject
{
    public required ResourceIdentity Identity { get; init; }

    /// <summary>The object as it would be; null for a deletion.</summary>
    public required JsonObject? Object { get; init; }

    /// <summary>The object as it is; null for a creation.</summary>
    public JsonObject? OldObject { get; init; }

    /// <summary>CREATE, UPDATE, DELETE or CONNECT.</summary>
    public string Operation { get; init; } = "CREATE";

    /// <summary>The object's namespace; null for what belongs to none. Where only files are known, a bare one with its name.</summary>
    public JsonObject? Namespace { get; init; }

    /// <summary>The namespace object itself was not at hand, so labels of it are not known.</summary>
    public bool NamespaceIsAssumed { get; init; }

    /// <summary>authentication/v1 UserInfo of who asks.</summary>
    public JsonObject? User { get; init; }

    public bool DryRun { get; init; }

    /// <summary>CreateOptions, UpdateOptions, PatchOptions or DeleteOptions.</summary>
    public JsonObject? Options { get; init; }

    /// <summary>What was asked for, where the policy sees the object in another version; null: the identity itself.</summary>
    public ResourceIdentity? Requested { get; init; }

    /// <summary>The other versions that the same object may be seen in.</summary>
    public IReadOnlyList<EquivalentForm> Equivalents { get; init; } = [];

    /// <summary>Answers the variable <c>authorizer</c>; null where rights are not known.</summary>
    public Func<CelAccessQuery, CelAccessAnswer>? Authorize { get; init; }

    /// <summary>Findings tell the field that decided and a patch that mends: one evaluation more for each violation.</summary>
    public bool TellsPlaces { get; init; } = true;

    /// <summary>JSON pointers of values that are known only later.</summary>
    public IReadOnlySet<string> UnknownValues { get; init; } = new HashSet<string>();

    /// <summary>The object that stands for the request: the new one, or the old one of a deletion.</summary>
    public JsonObject? Any => Object ?? OldObject;
}

/// <summary>Another version in which an object is served.</summary>
/// <param name="Identity">What it is there.</param>
/// <param name="Convert">The object in that version; pure.</param>
public sealed record EquivalentForm(ResourceIdentity Identity, Func<JsonObject, JsonObject> Convert);

/// <summary>What an object is and how it is called.</summary>
public sealed record ResourceIdentity
{
    public required string Group { get; init; }

    public required string Version { get; init; }

    public required string Kind { get; init; }

    /// <summary>The plural: <c>deployments</c>.</summary>
    public required string Resource { get; init; }

    public string Subresource { get; init; } = "";

    public bool Namespaced { get; init; }

    public string NamespaceName { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>The logical cluster, where there is one.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The group of the kind where it is another than the resource's (the Scale of a Deployment).</summary>
    public string? KindGroup { get; init; }

    /// <summary>The version of the kind where it is another than the resource's.</summary>
    public string? KindVersion { get; init; }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary><c>Deployment shop/web</c>.</summary>
    public override string ToString() => NamespaceName.Length == 0 ? $"{Kind} {Name}" : $"{Kind} {NamespaceName}/{Name}";
}

using System.Text.Json.Nodes;
using Fairway.Resources.Labels;
using Fairway.Resources.Schemas;

namespace Fairway.Admission;

/// <summary>Where bindings find their parameter objects: files, or what a cluster stores. Read only while a decision is made.</summary>
public interface IParameterObjects
{
    /// <summary>Whether objects of a kind live in namespaces; null: the kind is not known here.</summary>
    bool? IsNamespaced(ParameterKind kind);

    /// <summary>The object of a name; null: there is none.</summary>
    JsonObject? Find(ParameterKind kind, string @namespace, string name);

    /// <summary>Those that a selector takes.</summary>
    IEnumerable<JsonObject> Select(ParameterKind kind, string @namespace, LabelSelector selector);
}

/// <summary>Parameter objects that were read from files or informers. Immutable.</summary>
public sealed class GivenParameters(IReadOnlyList<JsonObject> objects) : IParameterObjects
{
    public bool? IsNamespaced(ParameterKind kind)
        => objects.FirstOrDefault(one => Is(one, kind)) is { } first ? KindNames.Of(first).Namespaced : null;

    public JsonObject? Find(ParameterKind kind, string @namespace, string name)
        => objects.FirstOrDefault(one => Is(one, kind) && IsIn(one, @namespace) && one.Object("metadata").Text("name") == name);

    public IEnumerable<JsonObject> Select(ParameterKind kind, string @namespace, LabelSelector selector)
        => objects.Where(one => Is(one, kind) && IsIn(one, @namespace)
            && selector.Matches((one.Object("metadata").Object("labels") ?? []).ToDictionary(pair => pair.Key, pair => KubeJson.AsString(pair.Value) ?? "")));

    private static bool Is(JsonObject one, ParameterKind kind) => one.Text("apiVersion") == kind.ApiVersion && one.Text("kind") == kind.Kind;

    // A file need not say its namespace: it is then meant for whichever.
    private static bool IsIn(JsonObject one, string @namespace) => one.Object("metadata").Text("namespace") is not { Length: > 0 } own || own == @namespace;
}

/// <summary>Which parameter objects a binding means: the policy is asked once with each.</summary>
/// <param name="Objects">A null is an evaluation without parameters; none at all: the policy has nothing to say.</param>
/// <param name="Error">The binding is set up wrongly.</param>
/// <param name="IsUnknownKind">The kind is not known here, so nobody can tell.</param>
public sealed record ParameterChoice(IReadOnlyList<JsonObject?> Objects, string? Error, bool IsUnknownKind)
{
    private static readonly ParameterChoice None = new([null], null, false);

    /// <summary>Chooses as kube-apiserver does, with its words for what is wrong.</summary>
    /// <param name="kind">The policy's paramKind, or null.</param>
    /// <param name="reference">The binding's paramRef, or null.</param>
    /// <param name="requestNamespace">For namespaced parameters of a binding that names no namespace.</param>
    /// <param name="objects">Where they are.</param>
    public static ParameterChoice Of(ParameterKind? kind, ParameterReference? reference, string requestNamespace, IParameterObjects objects)
    {
        if (kind is null || reference is null)
        {
            return None;
        }

        if (objects.IsNamespaced(kind) is not { } namespaced)
        {
            return new ParameterChoice([], $"failed to find resource referenced by paramKind: '{kind.ApiVersion}, Kind={kind.Kind}'", true);
        }

        string @namespace = reference.Namespace ?? "";
        if (namespaced && @namespace.Length == 0)
        {
            if (requestNamespace.Length == 0)
            {
                return Wrong("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
            }

            @namespace = requestNamespace;
        }
        else if (!namespaced && @namespace.Length > 0)
        {
            return Wrong("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
        }

        JsonObject[] found = reference.Name is { Length: > 0 } name
            ? objects.Find(kind, @namespace, name) is { } one ? [one] : []
            : [.. objects.Select(kind, @namespace, LabelSelector.FromObject(reference.Selector ?? []))];
        return found.Length == 0 && reference.MissingDenies
            ? Wrong("no params found for policy binding with `Deny` parameterNotFoundAction")
            : new ParameterChoice(found, null, false);
    }

    private static ParameterChoice Wrong(string error) => new([], error, false);
}

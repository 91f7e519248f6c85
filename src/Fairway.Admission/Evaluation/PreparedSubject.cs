using System.Text.Json.Nodes;
using Fairway.Admission.Evaluation;
using Fairway.Admission.Reading;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.Admission;

/// <summary>A subject with its values for expressions, converted once and shared by all policies. Safe for concurrent readers.</summary>
public sealed class PreparedSubject
{
    private static readonly string[] VisibleMetadata =
    [
        "name", "generateName", "namespace", "labels", "annotations", "uid", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation",
        "resourceVersion", "finalizers",
    ];

    private readonly Lazy<CelValue> _object;
    private readonly Lazy<CelValue> _old;
    private readonly Lazy<CelValue> _request;
    private readonly Lazy<CelValue> _namespace;
    private readonly Lazy<(PreparedSubject Pod, FieldPath Place)?> _pod;
    private readonly Lazy<PreparedSubject[]> _equivalents;

    public PreparedSubject(Subject subject)
    {
        Subject = subject;
        bool keepsNulls = KeepsNulls(subject.Identity);
        _object = new Lazy<CelValue>(() => ObjectValues.Of(subject.Object, subject.UnknownValues, keepsNulls));
        _old = new Lazy<CelValue>(() => ObjectValues.Of(subject.OldObject, null, keepsNulls));
        _request = new Lazy<CelValue>(() => CelJson.From(Request(subject), PolicyEnvironment.Request));
        _namespace = new Lazy<CelValue>(() => subject.Identity is { Group: "", Kind: "Namespace" } ? CelValue.Null : CelJson.From(Visible(subject.Namespace), PolicyEnvironment.Namespace));
        _pod = new Lazy<(PreparedSubject, FieldPath)?>(() => PodOf(subject));
        _equivalents = new Lazy<PreparedSubject[]>(() => [.. subject.Equivalents.Select(form => new PreparedSubject(subject with
        {
            Identity = form.Identity,
            Requested = subject.Requested ?? subject.Identity,
            Equivalents = [],
            Object = subject.Object is { } now ? form.Convert(now) : null,
            OldObject = subject.OldObject is { } old ? form.Convert(old) : null,
        }))]);
    }

    public Subject Subject { get; }

    internal CelValue Object => _object.Value;

    internal CelValue OldObject => _old.Value;

    internal CelValue RequestValue => _request.Value;

    internal CelValue Namespace => _namespace.Value;

    internal CelValue Authorizer => Subject.Authorize is { } authorize
        ? AuthorizerLibrary.Authorizer(authorize)
        : CelValue.Unknown("authorizer: rights are known to the API server only");

    internal CelValue RequestResource => Subject.Authorize is { } authorize
        ? AuthorizerLibrary.RequestResource(authorize, About(Subject.Requested ?? Subject.Identity))
        : CelValue.Unknown("authorizer: rights are known to the API server only");

    /// <summary>The pod that the object makes, as a subject of its own.</summary>
    internal (PreparedSubject Pod, FieldPath Place)? PodView => _pod.Value;

    /// <summary>The same in another version, by its place among the subject's equivalents.</summary>
    internal PreparedSubject As(int equivalent) => _equivalents.Value[equivalent];

    // Kubernetes' own kinds lose nulls when they are read; custom resources may have them.
    private static bool KeepsNulls(ResourceIdentity identity)
        => identity.Group.Contains('.', StringComparison.Ordinal) && !identity.Group.EndsWith(".k8s.io", StringComparison.Ordinal) && identity.Group != KindNames.SourceGroup;

    private static (PreparedSubject, FieldPath)? PodOf(Subject subject)
    {
        if (KyvernoPolicy.PodView(subject.Object) is not { } view)
        {
            return null;
        }

        return (new PreparedSubject(subject with { Object = view.View, OldObject = KyvernoPolicy.PodView(subject.OldObject)?.View }), view.Place);
    }

    private static CelAccessQuery About(ResourceIdentity identity) => new()
    {
        Group = identity.Group,
        Resource = identity.Resource,
        Subresource = identity.Subresource,
        Namespace = NamespaceOf(identity),
        Name = identity.Name,
    };

    // A namespace is in the namespace of its name, as kube-apiserver has it.
    private static string NamespaceOf(ResourceIdentity identity) => identity is { Group: "", Resource: "namespaces" } ? identity.Name : identity.NamespaceName;

    private static JsonObject Request(Subject subject)
    {
        ResourceIdentity identity = subject.Identity;
        ResourceIdentity requested = subject.Requested ?? identity;
        var request = new JsonObject
        {
            ["kind"] = Kind(identity),
            ["resource"] = Resource(identity),
            ["requestKind"] = Kind(requested),
            ["requestResource"] = Resource(requested),
            ["operation"] = subject.Operation,
            ["dryRun"] = subject.DryRun,
            ["userInfo"] = subject.User?.DeepClone() ?? new JsonObject(),
        };
        void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                request[name] = value;
            }
        }

        Add("subResource", identity.Subresource);
        Add("requestSubResource", identity.Subresource);
        Add("name", identity.Name);
        Add("namespace", NamespaceOf(identity));
        if (subject.Options is { } options)
        {
            request["options"] = options.DeepClone();
        }

        return request;
    }

    private static JsonObject Kind(ResourceIdentity identity)
        => new() { ["group"] = identity.KindGroup ?? identity.Group, ["version"] = identity.KindVersion ?? identity.Version, ["kind"] = identity.Kind };

    private static JsonObject Resource(ResourceIdentity identity)
        => new() { ["group"] = identity.Group, ["version"] = identity.Version, ["resource"] = identity.Resource };

    /// <summary>The part of a namespace that expressions see: as in kube-apiserver, without owners and managed fields.</summary>
    private static JsonObject? Visible(JsonObject? @namespace)
    {
        if (@namespace is null)
        {
            return null;
        }

        var metadata = new JsonObject();
        foreach (string name in VisibleMetadata)
        {
            if (@namespace.Object("metadata")?[name] is { } value)
            {
                metadata[name] = value.DeepClone();
            }
        }

        var visible = new JsonObject { ["metadata"] = metadata };
        foreach (string name in (ReadOnlySpan<string>)["spec", "status"])
        {
            if (@namespace[name] is { } value)
            {
                visible[name] = value.DeepClone();
            }
        }

        return visible;
    }
}

using System.Text.Json.Nodes;
using Fairway.Cel;
using Fairway.Policy.Reading;
using Fairway.Resources.Schemas;

namespace Fairway.Policy;

/// <summary>A subject with its values for expressions, converted once and shared by all policies. Safe for concurrent readers.</summary>
public sealed class PreparedSubject
{
    private readonly Lazy<CelValue> _object;
    private readonly Lazy<CelValue> _old;
    private readonly Lazy<CelValue> _request;
    private readonly Lazy<CelValue> _namespace;
    private readonly Lazy<(PreparedSubject Pod, FieldPath Place)?> _pod;

    public PreparedSubject(Subject subject)
    {
        Subject = subject;
        _object = new Lazy<CelValue>(() => Evaluation.ObjectValues.Of(subject.Object, subject.UnknownValues));
        _old = new Lazy<CelValue>(() => Evaluation.ObjectValues.Of(subject.OldObject));
        _request = new Lazy<CelValue>(() => Evaluation.ObjectValues.Of(Request(subject)));
        _namespace = new Lazy<CelValue>(() => subject.Identity is { Group: "", Kind: "Namespace" } ? CelValue.Null : Evaluation.ObjectValues.Of(Visible(subject.Namespace)));
        _pod = new Lazy<(PreparedSubject, FieldPath)?>(() => PodOf(subject));
    }

    public Subject Subject { get; }

    internal CelValue Object => _object.Value;

    internal CelValue OldObject => _old.Value;

    internal CelValue RequestValue => _request.Value;

    internal CelValue Namespace => _namespace.Value;

    /// <summary>The pod that the object makes, as a subject of its own.</summary>
    internal (PreparedSubject Pod, FieldPath Place)? PodView => _pod.Value;

    private static (PreparedSubject, FieldPath)? PodOf(Subject subject)
    {
        if (KyvernoPolicy.PodView(subject.Object) is not { } view)
        {
            return null;
        }

        return (new PreparedSubject(subject with { Object = view.View, OldObject = KyvernoPolicy.PodView(subject.OldObject)?.View }), view.Place);
    }

    private static JsonObject Request(Subject subject)
    {
        ResourceIdentity identity = subject.Identity;
        JsonObject Kind() => new() { ["group"] = identity.Group, ["version"] = identity.Version, ["kind"] = identity.Kind };
        JsonObject Resource() => new() { ["group"] = identity.Group, ["version"] = identity.Version, ["resource"] = identity.Resource };
        var request = new JsonObject
        {
            ["kind"] = Kind(),
            ["resource"] = Resource(),
            ["subResource"] = identity.Subresource,
            ["requestKind"] = Kind(),
            ["requestResource"] = Resource(),
            ["requestSubResource"] = identity.Subresource,
            ["name"] = identity.Name,
            ["namespace"] = identity.NamespaceName,
            ["operation"] = subject.Operation,
            ["dryRun"] = subject.DryRun,
        };
        if (subject.User is { } user)
        {
            request["userInfo"] = user.DeepClone();
        }

        return request;
    }

    /// <summary>The part of a namespace that expressions see: as in kube-apiserver, without owners and managed fields.</summary>
    private static JsonObject? Visible(JsonObject? @namespace)
    {
        if (@namespace is null)
        {
            return null;
        }

        var metadata = new JsonObject();
        foreach (string name in (ReadOnlySpan<string>)["name", "generateName", "namespace", "labels", "annotations", "UID", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "resourceVersion", "finalizers"])
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

using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Labels;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>The parameter objects of a binding: each judges the request once. An error's text where the configuration is wrong.</summary>
internal static class PolicyParameters
{
    public static (IReadOnlyList<JsonObject?> Objects, string? Error) Find(JsonObject policy, JsonObject binding, AdmissionRequest request, ObjectStore store, KindCatalog catalog)
    {
        if (policy["paramKind"] is not JsonObject wanted || binding["paramRef"] is not JsonObject reference)
        {
            return ([null], null);
        }

        string apiVersion = wanted.Text("apiVersion") ?? "";
        string kindName = wanted.Text("kind") ?? "";
        KindDefinition? kind = catalog.All.FirstOrDefault(each => each.Type.ApiVersion == apiVersion && each.Type.Kind == kindName);
        if (kind is null)
        {
            return ([], $"failed to find resource referenced by paramKind: '{apiVersion}, Kind={kindName}'");
        }

        string @namespace = reference.Text("namespace") ?? "";
        if (kind.Type.Namespaced && @namespace.Length == 0)
        {
            if (request.Namespace.Length == 0)
            {
                return ([], "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
            }

            @namespace = request.Namespace;
        }
        else if (!kind.Type.Namespaced && @namespace.Length > 0)
        {
            return ([], "paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
        }

        List<JsonObject?> found = [];
        if (reference.Text("name") is { Length: > 0 } name)
        {
            if (store.Find(kind.Type, @namespace, name) is { } one)
            {
                found.Add(one.ToNode());
            }
        }
        else
        {
            LabelSelector selector = LabelSelector.FromObject(reference["selector"] ?? new JsonObject());
            found.AddRange(store.List(kind.Type.GroupResource, kind.Type.Namespaced ? @namespace : null)
                .Where(selector.Matches)
                .Select(each => store.Present(kind.Type, each).ToNode()));
        }

        if (found.Count > 0)
        {
            return (found, null);
        }

        return reference.Text("parameterNotFoundAction") == "Allow" ? ([], null) : ([], "no params found for policy binding with `Deny` parameterNotFoundAction");
    }
}

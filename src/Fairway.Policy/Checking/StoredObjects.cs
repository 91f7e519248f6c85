using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Schemas;

namespace Fairway.Policy.Checking;

/// <summary>A stored object with what the policies say of it.</summary>
public sealed record StoredVerdict(ResourceIdentity Identity, PolicyDefinition Policy, Verdict Verdict);

/// <summary>Judges what a cluster holds: what a policy would break if it were switched on.</summary>
public static class StoredObjects
{
    private const int PageSize = 500;

    /// <summary>Lists every kind that some policy is about, page by page, and judges each object as if it were written now.</summary>
    public static async IAsyncEnumerable<StoredVerdict> JudgeAsync(
        IClusterApi api, PolicyJudge judge, DateTimeOffset now, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var namespaces = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        await foreach (Document one in AllAsync(api, KindOf<Fairway.Resources.Kinds.Core.Namespace>.Type, cancellation))
        {
            namespaces[one.Header.Name] = one.ToNode();
        }

        FactSnapshot facts = FactSnapshot.Of(null, now);
        foreach (KindDefinition kind in AllKinds.Catalog.All)
        {
            ResourceIdentity about = new() { Group = kind.Type.Group, Version = kind.Type.Version, Kind = kind.Type.Kind, Resource = kind.Type.Plural, Namespaced = kind.Type.Namespaced };
            if (judge.About(about).Count == 0)
            {
                continue;
            }

            await foreach (Document one in AllAsync(api, kind.Type, cancellation))
            {
                Subject subject = SubjectOf(one.ToNode(), about with { Cluster = api.Cluster }, namespaces);
                foreach ((PolicyJudge.Binding binding, Verdict verdict) in judge.Decide(new PreparedSubject(subject), facts, now, cancellation))
                {
                    yield return new StoredVerdict(subject.Identity, binding.Policy.Definition, verdict);
                }
            }
        }
    }

    internal static Subject SubjectOf(JsonObject @object, ResourceIdentity kind, IReadOnlyDictionary<string, JsonObject> namespaces)
    {
        JsonObject? metadata = @object.Object("metadata");
        string @namespace = metadata.Text("namespace") ?? "";
        return new Subject
        {
            Identity = kind with { Name = metadata.Text("name") ?? "", NamespaceName = @namespace },
            Object = @object,
            Namespace = namespaces.GetValueOrDefault(@namespace),
            Operation = "CREATE",
        };
    }

    private static async IAsyncEnumerable<Document> AllAsync(IClusterApi api, ResourceType type, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        string? next = null;
        do
        {
            DocumentList page;
            try
            {
                page = await api.ListAsync(type, null, new ListOptions { Limit = PageSize, Continue = next }, cancellation);
            }
            catch (StatusException missing) when (missing.IsNotFound)
            {
                // A real cluster need not serve every kind.
                yield break;
            }

            foreach (Document one in page.Items)
            {
                yield return one;
            }

            next = page.Continue is { Length: > 0 } more ? more : null;
        }
        while (next is not null);
    }
}

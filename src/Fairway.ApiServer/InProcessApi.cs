using System.Runtime.CompilerServices;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Discovery;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary><see cref="IClusterApi"/> without a wire: the same verbs behind the same authorization, admission and audit.</summary>
internal sealed class InProcessApi(ClusterVerbs cluster, Identity user, Gate gate, TimeProvider time) : IClusterApi
{
    private static readonly ConditionalWeakTable<KindCatalog, IReadOnlyList<ServedResource>> Discovered = [];

    public string Cluster => cluster.Name;

    // What is told over HTTP, read by the same reader: once for each state of the definitions.
    public Task<IReadOnlyList<ServedResource>> DiscoverAsync(CancellationToken cancellation)
        => Task.FromResult(Discovered.GetValue(cluster.Catalog, static catalog =>
            [.. DiscoveryBody.Aggregated(DiscoveryDocuments.Aggregated(catalog, core: true, "v2"))!, .. DiscoveryBody.Aggregated(DiscoveryDocuments.Aggregated(catalog, core: false, "v2"))!]));

    public Task<Document> GetAsync(ResourceType type, string? @namespace, string name, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        KindDefinition kind = Kind(type);
        return user.IsComponent
            ? FromResult(() => cluster.Reads.Get(kind.Type, @namespace, name))
            : Run("get", kind, @namespace, name, null, () => Task.FromResult(cluster.Reads.Get(kind.Type, @namespace, name)));
    }

    public Task<DocumentList> ListAsync(ResourceType type, string? @namespace, ListOptions options, CancellationToken cancellation)
    {
        KindDefinition kind = Kind(type);
        return Run("list", kind, @namespace, null, null, async () =>
        {
            ListPage page = await cluster.Reads.ListAsync(kind.Type, @namespace, ListQuery.Of(options, kind), null, cancellation);
            return new DocumentList(page.Items, page.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture), page.Continue?.ToString());
        });
    }

    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceType type, string? @namespace, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellation)
    {
        KindDefinition kind = Kind(type);
        ListQuery query = await Run("watch", kind, @namespace, null, null, () => Task.FromResult(ListQuery.Of(options, kind)));
        await foreach (WatchEvent change in cluster.Watches.WatchAsync(kind.Type, @namespace, query, cancellation))
        {
            yield return change;
        }
    }

    public Task<Document> CreateAsync(ResourceType type, string? @namespace, Document body, WriteOptions options, CancellationToken cancellation)
    {
        KindDefinition kind = Kind(type);
        if (!string.IsNullOrEmpty(options.Subresource))
        {
            return CreateOnPodAsync(kind, @namespace, body, options, cancellation);
        }

        return Run("create", kind, @namespace, null, null, () =>
            cluster.Creation.CreateAsync(kind, @namespace, new ObjectBody(OlderForms.Read(type, body).Json), Manager(options), Parameters(kind, @namespace, options), cancellation));
    }

    public Task<Document> UpdateAsync(
        ResourceType type, string? @namespace, string name, Document body, WriteOptions options, CancellationToken cancellation)
    {
        KindDefinition kind = Kind(type);
        return Run("update", kind, @namespace, name, options.Subresource, () => options.Subresource == "scale" && kind.Declared.Scale
            ? cluster.Scaling.UpdateAsync(kind, @namespace, name, new ObjectBody(OlderForms.Read(type, body).Json), Manager(options), Parameters(kind, @namespace, options), cancellation)
            : cluster.Updates.UpdateAsync(
                kind, @namespace, name, Part(kind, options), new ObjectBody(OlderForms.Read(type, body).Json), Manager(options), Parameters(kind, @namespace, options), cancellation));
    }

    public Task<Document> PatchAsync(
        ResourceType type, string? @namespace, string name, PatchBody patch, WriteOptions options, CancellationToken cancellation)
    {
        KindDefinition kind = Kind(type);
        return Run("patch", kind, @namespace, name, options.Subresource, async () => options.Subresource == "scale" && kind.Declared.Scale
            ? await cluster.Scaling.PatchAsync(kind, @namespace, name, patch, Manager(options), Parameters(kind, @namespace, options), cancellation)
            : (await cluster.Patches.PatchAsync(
                kind, @namespace, name, Part(kind, options), OlderForms.Read(type, patch), Manager(options), Parameters(kind, @namespace, options), cancellation)).Object);
    }

    public Task<Document> DeleteAsync(ResourceType type, string? @namespace, string name, DeleteOptions options, CancellationToken cancellation)
    {
        KindDefinition kind = Kind(type);
        return Run("delete", kind, @namespace, name, null, async () =>
            (await cluster.Deletions.DeleteAsync(kind.Type, @namespace, name, options, new AdmissionContext(user), cancellation)).Object);
    }

    private static Task<Document> FromResult(Func<Document> read)
    {
        try
        {
            return Task.FromResult(read());
        }
        catch (StatusException refused)
        {
            return Task.FromException<Document>(refused);
        }
    }

    private static Part Part(KindDefinition kind, WriteOptions options)
        => ClusterVerbs.PartOf(kind, options.Subresource) ?? throw Refusals.NoSuchResource();

    private WriteParameters Parameters(KindDefinition kind, string? @namespace, WriteOptions options) => new()
    {
        Admission = new AdmissionContext(user),
        FieldManager = options.FieldManager ?? Manager(options),
        DryRun = options.DryRun,
        Force = options.Force,
        Validation = FieldValidationRules.Parse(options.FieldValidation),
        AskedValidation = options.FieldValidation?.ToString(),
        MayStore = (stored, target) => cluster.Grants.Require(user, stored, target),
        MayCreate = () => Gate.Authorize(cluster, NewCall("create", kind, @namespace, null, null)),
    };

    private string Manager(WriteOptions options)
        => options.FieldManager ?? (user.Name.StartsWith("system:", StringComparison.Ordinal) ? user.Name["system:".Length..] : user.Name);

    private KindDefinition Kind(ResourceType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return OlderForms.Kept(cluster.Catalog.Find(type.Group, type.Version, type.Plural) ?? throw Refusals.NoSuchResource(), cluster.Catalog);
    }

    private Task<Document> CreateOnPodAsync(KindDefinition kind, string? @namespace, Document body, WriteOptions options, CancellationToken cancellation)
    {
        string name = body.Header.Name;
        return Run("create", kind, @namespace, name, options.Subresource, async () =>
        {
            switch (kind.Type.GroupResource, options.Subresource)
            {
                case ("serviceaccounts", "token"):
                    return await cluster.IssueTokenAsync(@namespace ?? "", name, body.ToNode(), options.DryRun, new AdmissionContext(user), cancellation);
                case ("pods", "binding"):
                    await cluster.Pods.BindAsync(kind.Type, @namespace ?? "", name, body.ToNode(), options.DryRun, new AdmissionContext(user), cancellation);
                    return body;
                case ("pods", "eviction"):
                    await cluster.Pods.EvictAsync(kind.Type, @namespace ?? "", name, body.ToNode(), options.DryRun, new AdmissionContext(user), cancellation);
                    return body;
                default:
                    throw Refusals.NoSuchResource();
            }
        });
    }

    private Task<T> Run<T>(string verb, KindDefinition kind, string? @namespace, string? name, string? subresource, Func<Task<T>> action)
        => gate.RunAsync(cluster, NewCall(verb, kind, @namespace, name, subresource), action);

    private Call NewCall(string verb, KindDefinition kind, string? @namespace, string? name, string? subresource)
        => Call.Of(cluster.Name, user, verb, kind.Type, @namespace, name, subresource, time.GetUtcNow());
}

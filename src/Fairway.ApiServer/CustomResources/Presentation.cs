using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>
/// Custom resources as a version shows them, and events in their newer form. They are stored in one version under the schema of
/// their time; every read gives them the version that was asked for (by name alone, or by the webhook that their definition names)
/// and fills in what its schema gives as defaults now.
/// </summary>
/// <remarks>What a stored document looks like is worked out once for each kind and kept as long as the document.</remarks>
internal sealed class Presentation(Func<KindCatalog> catalog, Func<Conversions> conversions)
{
    // What webhooks are asked about at once: a list of thousands is several questions.
    private const int PerReview = 500;

    private static readonly ConditionalWeakTable<Document, Shown> Known = [];

    private static readonly object NewerEvents = new();

    /// <summary>A stored document as a kind shows it; compiled-in kinds show it as it is.</summary>
    /// <remarks>What a webhook must convert should be prepared before; otherwise the caller waits for it.</remarks>
    public Document Of(ResourceType type, Document stored)
        => EventViews.IsNewer(type) ? Of(NewerEvents, stored, static each => Document.From(EventViews.ToNewer(each.ToNode())))
            : Custom(type) is { } kind ? Of(kind.Custom!, stored, each => Make(kind, each))
            : stored;

    /// <summary>Has webhooks convert, together, what <see cref="Of(ResourceType, Document)"/> is going to be asked for.</summary>
    /// <exception cref="StatusException">500: the webhook gives no good answer.</exception>
    public async ValueTask PrepareAsync(ResourceType type, IEnumerable<Document> documents, CancellationToken cancellation)
    {
        if (Custom(type) is not { Custom: { Conversion: not null } custom } kind)
        {
            return;
        }

        Document[] open = [.. documents.Where(document => document.Header.ApiVersion != type.ApiVersion && !IsKnown(custom, document))];
        foreach (Document[] some in open.Chunk(PerReview))
        {
            IReadOnlyList<JsonObject> converted = await conversions().ConvertAsync(kind, [.. some.Select(document => document.ToNode())], type.ApiVersion, cancellation);
            for (int i = 0; i < some.Length; i++)
            {
                Of(custom, some[i], stored => Finish(kind, stored, converted[i]));
            }
        }
    }

    /// <summary>Asks someone else to make of a document what is stored, or shown.</summary>
    public bool AsksOthers(ResourceType type) => Custom(type)?.Custom?.Conversion is not null;

    /// <summary>What is stored of a document that a version has written: the storage version's object.</summary>
    /// <exception cref="StatusException">500: the webhook gives no good answer.</exception>
    public async ValueTask<JsonObject> ToStoreAsync(ResourceType type, JsonObject target, CancellationToken cancellation)
    {
        if (Custom(type) is not { Custom: { Conversion: not null } custom } kind || custom.StorageApiVersion == type.ApiVersion)
        {
            return ToStore(type, target);
        }

        JsonObject converted = (await conversions().ConvertAsync(kind, [target], custom.StorageApiVersion, cancellation))[0];
        return Pruned(type, converted, custom.StorageApiVersion);
    }

    /// <summary>The same where no webhook is to be asked.</summary>
    public JsonObject ToStore(ResourceType type, JsonObject target)
    {
        if (EventViews.IsNewer(type))
        {
            return EventViews.ToCore(target);
        }

        if (Custom(type) is not { } kind || kind.Custom!.StorageApiVersion == type.ApiVersion)
        {
            return target;
        }

        target["apiVersion"] = kind.Custom.StorageApiVersion;
        return Pruned(type, target, kind.Custom.StorageApiVersion);
    }

    /// <summary>The document is stored in another version than new ones are.</summary>
    public bool IsOutdated(ResourceType type, Document stored)
        => Custom(type) is { } kind && stored.Header.ApiVersion != kind.Custom!.StorageApiVersion;

    private JsonObject Pruned(ResourceType type, JsonObject target, string apiVersion)
    {
        if (catalog().Find(type.Group, apiVersion[(type.Group.Length + 1)..], type.Plural) is { } storage)
        {
            Pruning.Apply(target, storage.Schema);
        }

        return target;
    }

    private static bool IsKnown(object form, Document stored)
    {
        Shown shown = Known.GetOrCreateValue(stored);
        lock (shown)
        {
            return shown.Find(form) is not null;
        }
    }

    private static Document Of(object form, Document stored, Func<Document, Document> make)
    {
        Shown shown = Known.GetOrCreateValue(stored);
        lock (shown)
        {
            if (shown.Find(form) is not { } document)
            {
                document = make(stored);
                shown.Keep(form, document);
            }

            return document;
        }
    }

    private Document Make(KindDefinition kind, Document stored)
    {
        JsonObject node = stored.ToNode();
        if (kind.Custom!.Conversion is not null && stored.Header.ApiVersion != kind.Type.ApiVersion)
        {
            // Not prepared: seldom, and then right rather than quick. No lock that others need is held but this document's.
            node = Task.Run(() => conversions().ConvertAsync(kind, [node], kind.Type.ApiVersion, CancellationToken.None)).GetAwaiter().GetResult()[0];
        }

        return Finish(kind, stored, node);
    }

    private static Document Finish(KindDefinition kind, Document stored, JsonObject node)
    {
        node["apiVersion"] = kind.Type.ApiVersion;
        Pruning.Apply(node, kind.Schema);
        KindRules.Of(kind).Default(node);
        Document made = Document.From(node);
        return made.Json.Span.SequenceEqual(stored.Json.Span) ? stored : made;
    }

    private KindDefinition? Custom(ResourceType type)
        => catalog().Find(type.Group, type.Version, type.Plural) is { Custom: not null } kind ? kind : null;

    /// <summary>The last two forms: those of two versions that are read in turns, without a list for each document.</summary>
    private sealed class Shown
    {
        private (object Form, Document Document)? _last;
        private (object Form, Document Document)? _before;

        public Document? Find(object form)
            => ReferenceEquals(_last?.Form, form) ? _last!.Value.Document
                : ReferenceEquals(_before?.Form, form) ? _before!.Value.Document
                : null;

        public void Keep(object form, Document document)
        {
            _before = _last;
            _last = (form, document);
        }
    }
}

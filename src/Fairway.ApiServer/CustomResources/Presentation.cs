using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>
/// Custom resources as a version shows them, and events in their newer form. They are stored in one version under the schema of their time; every read gives
/// them the version that was asked for and fills in what its schema gives as defaults now (conversion strategy None).
/// </summary>
/// <remarks>What a stored document looks like is worked out once for each kind and kept as long as the document.</remarks>
internal sealed class Presentation(Func<KindCatalog> catalog)
{
    private static readonly ConditionalWeakTable<Document, Shown> Known = [];

    private static readonly object NewerEvents = new();

    /// <summary>A stored document as a kind shows it; compiled-in kinds show it as it is.</summary>
    public Document Of(ResourceType type, Document stored)
        => EventViews.IsNewer(type) ? Of(NewerEvents, stored, static each => Document.From(EventViews.ToNewer(each.ToNode())))
            : Custom(type) is { } kind ? Of(kind.Custom!, stored, each => Make(kind, each))
            : stored;

    /// <summary>What is stored of a document that a version has written: the storage version's object.</summary>
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
        string version = kind.Custom.StorageApiVersion[(type.Group.Length + 1)..];
        if (catalog().Find(type.Group, version, type.Plural) is { } storage)
        {
            Pruning.Apply(target, storage.Schema);
        }

        return target;
    }

    /// <summary>The document is stored in another version than new ones are.</summary>
    public bool IsOutdated(ResourceType type, Document stored)
        => Custom(type) is { } kind && stored.Header.ApiVersion != kind.Custom!.StorageApiVersion;

    private static Document Of(object form, Document stored, Func<Document, Document> make)
    {
        Shown shown = Known.GetOrCreateValue(stored);
        lock (shown)
        {
            if (!ReferenceEquals(shown.Form, form))
            {
                shown.Document = make(stored);
                shown.Form = form;
            }

            return shown.Document!;
        }
    }

    private static Document Make(KindDefinition kind, Document stored)
    {
        JsonObject node = stored.ToNode();
        node["apiVersion"] = kind.Type.ApiVersion;
        Pruning.Apply(node, kind.Schema);
        KindRules.Of(kind).Default(node);
        Document made = Document.From(node);
        return made.Json.Span.SequenceEqual(stored.Json.Span) ? stored : made;
    }

    private KindDefinition? Custom(ResourceType type)
        => catalog().Find(type.Group, type.Version, type.Plural) is { Custom: not null } kind ? kind : null;

    private sealed class Shown
    {
        public object? Form { get; set; }

        public Document? Document { get; set; }
    }
}

using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.Resources;

/// <summary>A kind as its record declares it.</summary>
public sealed record KindDefinition
{
    /// <summary>The record; null for kinds that a CustomResourceDefinition declares.</summary>
    public Type? Record { get; init; }

    /// <summary>What a CustomResourceDefinition says of the kind; null for kinds that are records.</summary>
    public CustomKind? Custom { get; init; }

    public required ResourceType Type { get; init; }

    /// <summary>The schema that decoding, defaulting, patches and server-side apply read.</summary>
    public ResourceSchema Schema => Custom?.Resource ?? RecordSchemas.Of(Record!);

    public string ListKind => Custom?.ListKind ?? Type.Kind + "List";

    public string Singular => Custom?.Singular ?? Type.Kind.ToLowerInvariant();

    /// <summary>A kind of Kubernetes itself: strategic merge is accepted, and errors are worded as for compiled-in types.</summary>
    public bool IsBuiltIn => Custom is null && SchemaNames.IsBuiltIn(Type.Group);

    public required KindAttribute Declared { get; init; }

    public required IReadOnlyList<ColumnAttribute> Columns { get; init; }

    public required IReadOnlyList<string> FieldSelectors { get; init; }

    /// <summary>Reads the attributes of a record.</summary>
    /// <exception cref="InvalidOperationException">The record has no <see cref="KindAttribute"/>.</exception>
    public static KindDefinition Of(Type record)
    {
        ArgumentNullException.ThrowIfNull(record);
        KindAttribute declared = record.GetCustomAttribute<KindAttribute>()
            ?? throw new InvalidOperationException($"{record.Name} is not declared as a kind: it lacks [Kind].");
        int slash = declared.ApiVersion.IndexOf('/', StringComparison.Ordinal);
        return new KindDefinition
        {
            Record = record,
            Declared = declared,
            Columns = [.. record.GetCustomAttributes<ColumnAttribute>()],
            FieldSelectors = [.. record.GetCustomAttributes<FieldSelectorAttribute>().Select(selector => selector.Path)],
            Type = new ResourceType
            {
                Group = slash < 0 ? "" : declared.ApiVersion[..slash],
                Version = slash < 0 ? declared.ApiVersion : declared.ApiVersion[(slash + 1)..],
                Kind = record.Name,
                Plural = declared.Plural,
                Namespaced = declared.Namespaced,
            },
        };
    }
}

/// <summary>The definition and serializer of a typed kind, resolved once.</summary>
/// <typeparam name="T">The record.</typeparam>
public static class KindOf<T>
    where T : class, IResource
{
    public static KindDefinition Definition { get; } = KindDefinition.Of(typeof(T));

    public static ResourceType Type => Definition.Type;

    /// <summary>The source-generated serializer. Touching it fails at once when no folder of kinds lists the record.</summary>
    public static JsonTypeInfo<T> Json { get; } = KindsJson.Of<T>();
}

/// <summary>An immutable set of kinds, found by path or by apiVersion and kind.</summary>
public sealed class KindCatalog
{
    private readonly FrozenDictionary<(string Group, string Version, string Plural), KindDefinition> _byPath;
    private readonly FrozenDictionary<(string ApiVersion, string Kind), KindDefinition> _byKind;

    /// <summary>Indexes the kinds of these records.</summary>
    /// <exception cref="InvalidOperationException">Two records declare the same resource; the message names both.</exception>
    public KindCatalog(IEnumerable<Type> records)
        : this([.. records.Select(KindDefinition.Of)])
    {
    }

    private KindCatalog(KindDefinition[] all)
    {
        foreach (IGrouping<(string, string), KindDefinition> twins in all.GroupBy(kind => (kind.Type.ApiVersion, kind.Type.Plural)))
        {
            if (twins.Count() > 1)
            {
                throw new InvalidOperationException(
                    $"{twins.Key} is declared twice: {string.Join(" and ", twins.Select(kind => kind.Record?.FullName ?? kind.Custom!.Definition))}.");
            }
        }

        All = all;
        _byPath = all.ToFrozenDictionary(kind => (kind.Type.Group, kind.Type.Version, kind.Type.Plural));
        var byKind = new Dictionary<(string, string), KindDefinition>();
        foreach (KindDefinition kind in all)
        {
            byKind.TryAdd((kind.Type.ApiVersion, kind.Type.Kind), kind);
        }

        _byKind = byKind.ToFrozenDictionary();
    }

    /// <summary>A catalog with more kinds. What the catalog has already is kept: a definition of the same resource adds nothing.</summary>
    public KindCatalog With(IEnumerable<KindDefinition> more)
    {
        ArgumentNullException.ThrowIfNull(more);
        KindDefinition[] added = [.. more.Where(kind => Find(kind.Type.Group, kind.Type.Version, kind.Type.Plural) is null)];
        return added.Length == 0 ? this : new KindCatalog([.. All, .. added.DistinctBy(kind => (kind.Type.ApiVersion, kind.Type.Plural))]);
    }

    public IReadOnlyList<KindDefinition> All { get; }

    public KindDefinition? Find(string group, string version, string plural) => _byPath.GetValueOrDefault((group, version, plural));

    public KindDefinition? Find(string apiVersion, string kind) => _byKind.GetValueOrDefault((apiVersion, kind));
}

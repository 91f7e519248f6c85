using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace Fairway.Resources;

/// <summary>A kind as its record declares it.</summary>
public sealed record KindDefinition
{
    public required Type Record { get; init; }

    public required ResourceType Type { get; init; }

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
    {
        KindDefinition[] all = [.. records.Select(KindDefinition.Of)];
        foreach (IGrouping<(string, string), KindDefinition> twins in all.GroupBy(kind => (kind.Type.ApiVersion, kind.Type.Plural)))
        {
            if (twins.Count() > 1)
            {
                throw new InvalidOperationException(
                    $"{twins.Key} is declared twice: {string.Join(" and ", twins.Select(kind => kind.Record.FullName))}.");
            }
        }

        All = all;
        _byPath = all.ToFrozenDictionary(kind => (kind.Type.Group, kind.Type.Version, kind.Type.Plural));
        _byKind = all.ToFrozenDictionary(kind => (kind.Type.ApiVersion, kind.Type.Kind));
    }

    public IReadOnlyList<KindDefinition> All { get; }

    public KindDefinition? Find(string group, string version, string plural) => _byPath.GetValueOrDefault((group, version, plural));

    public KindDefinition? Find(string apiVersion, string kind) => _byKind.GetValueOrDefault((apiVersion, kind));
}

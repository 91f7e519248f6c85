using System.Collections.Frozen;

namespace Fairway.Resources.Schemas;

/// <summary>
/// A structure of Kubernetes' own API as its Go source types it: what decoding errors call members and their types, and which
/// members are known without being kept (fields behind gates that are off).
/// </summary>
/// <remarks>Immutable; read once from an embedded table.</remarks>
internal sealed class GoStruct
{
    private const string Resource = "Fairway.Resources.Schemas.go-types.txt";

    private static readonly Lazy<FrozenDictionary<string, GoStruct>> Table = new(Read);

    private readonly FrozenDictionary<string, GoMember> _members;

    private GoStruct(string name, FrozenDictionary<string, GoMember> members)
    {
        Name = name;
        _members = members;
    }

    /// <summary>The name without its package: <c>PodSpec</c>.</summary>
    public string Name { get; }

    /// <summary>The structure of a kind; null for kinds that are not Kubernetes' own.</summary>
    public static GoStruct? Of(ResourceType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Of(type.ApiVersion, type.Kind);
    }

    /// <summary>The same by apiVersion and kind.</summary>
    public static GoStruct? Of(string apiVersion, string kind)
        => Table.Value.GetValueOrDefault($"{(apiVersion.Contains('/', StringComparison.Ordinal) ? apiVersion : "core/" + apiVersion)}.{kind}");

    /// <summary>A member; null when there is none of the name.</summary>
    public GoMember? Member(string name) => _members.GetValueOrDefault(name);

    private static FrozenDictionary<string, GoStruct> Read()
    {
        using Stream stream = typeof(GoStruct).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        var table = new Dictionary<string, GoStruct>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                table[words[0]] = new GoStruct(
                    words[0][(words[0].LastIndexOf('.') + 1)..],
                    words.Skip(1).Select(Parse).ToFrozenDictionary(pair => pair.Name, pair => pair.Member, StringComparer.Ordinal));
            }
        }

        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }

    // name=type, then ~ and what a named list or map is made of, then > and the structure within.
    private static (string Name, GoMember Member) Parse(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string rest = word[(equals + 1)..];
        int within = rest.IndexOf('>', StringComparison.Ordinal);
        string type = within < 0 ? rest : rest[..within];
        int made = type.IndexOf('~', StringComparison.Ordinal);
        return (word[..equals], new GoMember(
            made < 0 ? type : type[..made],
            made < 0 ? null : type[(made + 1)..],
            within < 0 ? null : rest[(within + 1)..]));
    }

    /// <summary>A structure by its key in the table.</summary>
    internal static GoStruct? ByKey(string? key) => key is null ? null : Table.Value.GetValueOrDefault(key);
}

/// <summary>A member of a structure, or an item of one.</summary>
/// <param name="Type">Its type as Go prints it, without a pointer's star: <c>v1.PodPhase</c>, <c>[]v1.Container</c>.</param>
/// <param name="MadeOf">What a named list or map is made of: <c>map[v1.ResourceName]resource.Quantity</c>.</param>
/// <param name="Structure">The key of the structure within lists and maps.</param>
internal sealed record GoMember(string Type, string? MadeOf, string? Structure)
{
    /// <summary>The structure within; null for plain values.</summary>
    public GoStruct? Within => GoStruct.ByKey(Structure);

    /// <summary>An item of the list, or a value of the map; null for anything else.</summary>
    public GoMember? Item()
    {
        string made = MadeOf ?? Type;
        string? item = made.StartsWith("[]", StringComparison.Ordinal) ? made[2..]
            : made.StartsWith("map[", StringComparison.Ordinal) ? made[(made.IndexOf(']', StringComparison.Ordinal) + 1)..]
            : null;
        return item is null ? null : new GoMember(item.TrimStart('*'), null, Structure);
    }
}

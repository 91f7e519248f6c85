using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Cel;

namespace Fairway.Admission.Evaluation;

/// <summary>
/// JSON as values of expressions, converted once for all policies that look at it. Null members are left out, as the API server drops
/// them, but for the rules of roles, which it writes as null; numbers without a fraction are int. Values listed as unknown are there and not known.
/// </summary>
internal static class ObjectValues
{
    private static readonly IReadOnlySet<string> Nothing = new HashSet<string>();

    /// <param name="node">The object.</param>
    /// <param name="unknown">JSON pointers of values that are known only later.</param>
    /// <param name="keepsNulls">Members that are null are there, as in custom resources.</param>
    public static CelValue Of(JsonNode? node, IReadOnlySet<string>? unknown = null, bool keepsNulls = false) => Convert(node, unknown ?? Nothing, keepsNulls, "");

    private static CelValue Convert(JsonNode? node, IReadOnlySet<string> unknown, bool keepsNulls, string pointer)
    {
        if (unknown.Count > 0 && unknown.Contains(pointer))
        {
            return CelValue.Unknown($"{Shown(pointer)} is not known yet");
        }

        return node switch
        {
            null => CelValue.Null,
            JsonObject members => CelValue.Of(Members(members, unknown, keepsNulls, pointer)),
            JsonArray items => CelValue.Of(Items(items, unknown, keepsNulls, pointer)),
            JsonValue value => Scalar(value),
            _ => CelValue.Null,
        };
    }

    private static ObjectMap Members(JsonObject members, IReadOnlySet<string> unknown, bool keepsNulls, string pointer)
    {
        var names = new List<string>(members.Count);
        var values = new List<CelValue>(members.Count);
        foreach ((string name, JsonNode? value) in members)
        {
            string below = unknown.Count == 0 ? "" : Below(pointer, name);
            if (value is null && !keepsNulls && name != "rules" && !unknown.Contains(below))
            {
                continue;
            }

            names.Add(name);
            values.Add(Convert(value, unknown, keepsNulls, below));
        }

        if (unknown.Count > 0)
        {
            AddUnknown(unknown, pointer, names, values);
        }

        return new ObjectMap([.. names], [.. values]);
    }

    // Values known only later are absent from the object; they are members nevertheless.
    private static void AddUnknown(IReadOnlySet<string> unknown, string pointer, List<string> names, List<CelValue> values)
    {
        foreach (string one in unknown)
        {
            if (one.Length > pointer.Length && one.StartsWith(pointer, StringComparison.Ordinal) && one[pointer.Length] == '/'
                && one.IndexOf('/', pointer.Length + 1) < 0)
            {
                string name = one[(pointer.Length + 1)..].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
                if (!names.Contains(name))
                {
                    names.Add(name);
                    values.Add(CelValue.Unknown($"{Shown(one)} is not known yet"));
                }
            }
        }
    }

    private static ObjectList Items(JsonArray items, IReadOnlySet<string> unknown, bool keepsNulls, string pointer)
    {
        var values = new CelValue[items.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Convert(items[i], unknown, keepsNulls, unknown.Count == 0 ? "" : $"{pointer}/{i.ToString(CultureInfo.InvariantCulture)}");
        }

        return new ObjectList(values);
    }

    private static CelValue Scalar(JsonValue value)
    {
        switch (value.GetValueKind())
        {
            case JsonValueKind.True:
                return CelValue.True;
            case JsonValueKind.False:
                return CelValue.False;
            case JsonValueKind.String:
                return CelValue.Of(value.GetValue<string>());
            case JsonValueKind.Number:
                if (value.TryGetValue(out long whole))
                {
                    return CelValue.Of(whole);
                }

                if (value.TryGetValue(out int small))
                {
                    return CelValue.Of((long)small);
                }

                return CelValue.Of(double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture));
            default:
                return CelValue.Null;
        }
    }

    private static string Below(string pointer, string name)
        => $"{pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    private static string Shown(string pointer) => pointer.TrimStart('/').Replace('/', '.');
}

/// <summary>An object of JSON. Few members are searched one by one, many by hash.</summary>
internal sealed class ObjectMap : CelMap
{
    private const int FewMembers = 12;

    private readonly string[] _names;
    private readonly CelValue[] _values;
    private readonly Dictionary<string, int>? _index;

    public ObjectMap(string[] names, CelValue[] values)
    {
        _names = names;
        _values = values;
        if (names.Length > FewMembers)
        {
            _index = new Dictionary<string, int>(names.Length, StringComparer.Ordinal);
            for (int i = 0; i < names.Length; i++)
            {
                _index[names[i]] = i;
            }
        }
    }

    public override int Count => _names.Length;

    public override IEnumerable<CelValue> Keys => _names.Select(name => CelValue.Of(name));

    public override bool TryGet(CelValue key, out CelValue value)
    {
        if (key.Kind == CelKind.String)
        {
            return TryGet(key.StringValue, out value);
        }

        value = default;
        return false;
    }

    public override bool TryGet(string key, out CelValue value)
    {
        int at = _index is null ? Find(key) : _index.GetValueOrDefault(key, -1);
        value = at < 0 ? default : _values[at];
        return at >= 0;
    }

    private int Find(string key)
    {
        for (int i = 0; i < _names.Length; i++)
        {
            if (ReferenceEquals(_names[i], key) || _names[i] == key)
            {
                return i;
            }
        }

        return -1;
    }
}

internal sealed class ObjectList(CelValue[] items) : CelList
{
    public override int Count => items.Length;

    public override CelValue this[int index] => items[index];
}

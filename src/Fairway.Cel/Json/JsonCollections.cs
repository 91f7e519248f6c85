using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Cel;

/// <summary>A JSON object, read on first use. Small ones are searched in order, which beats hashing.</summary>
internal sealed class JsonMap : CelMap
{
    private const int SmallSize = 10;

    private readonly object _source;
    private readonly CelSchema? _schema;
    private Entries? _entries;

    public JsonMap(JsonObject source, CelSchema? schema)
    {
        _source = source;
        _schema = schema;
    }

    public JsonMap(JsonElement source, CelSchema? schema)
    {
        _source = source;
        _schema = schema;
    }

    private sealed record Entries(string[] Names, CelValue[] Values, Dictionary<string, int>? Index);

    /// <summary>Races make equal entries, of which one is kept.</summary>
    private Entries All => _entries ??= Read();

    public override int Count => All.Names.Length;

    public override IEnumerable<CelValue> Keys
    {
        get
        {
            foreach (string name in All.Names)
            {
                yield return CelValue.Of(name);
            }
        }
    }

    public override bool TryGet(CelValue key, out CelValue value)
    {
        if (key.Kind == CelKind.String)
        {
            return Find(key.StringValue, out value);
        }

        value = default;
        return false;
    }

    public override bool TryGet(string key, out CelValue value)
        => Find(_schema is { Type: "object", AdditionalProperties: null } ? CelSchemaTypes.Unescape(key) : key, out value);

    private bool Find(string key, out CelValue value)
    {
        Entries all = All;
        if (all.Index is not null)
        {
            bool found = all.Index.TryGetValue(key, out int at);
            value = found ? all.Values[at] : default;
            return found;
        }

        string[] names = all.Names;
        for (int i = 0; i < names.Length; i++)
        {
            if (string.Equals(names[i], key, StringComparison.Ordinal))
            {
                value = all.Values[i];
                return true;
            }
        }

        value = default;
        return false;
    }

    private CelSchema? SchemaOf(string name)
        => _schema is null ? null : _schema.Properties.TryGetValue(name, out CelSchema? schema) ? schema : _schema.AdditionalProperties;

    private Entries Read()
    {
        string[] names;
        CelValue[] values;
        if (_source is JsonObject map)
        {
            names = new string[map.Count];
            values = new CelValue[map.Count];
            int at = 0;
            foreach ((string name, JsonNode? node) in map)
            {
                names[at] = name;
                values[at++] = CelJson.From(node, SchemaOf(name));
            }
        }
        else
        {
            var element = (JsonElement)_source;
            var read = new Dictionary<string, CelValue>(StringComparer.Ordinal);
            foreach (JsonProperty property in element.EnumerateObject())
            {
                read[property.Name] = CelJson.From(property.Value, SchemaOf(property.Name));
            }

            names = [.. read.Keys];
            values = [.. read.Values];
        }

        Dictionary<string, int>? index = null;
        if (names.Length > SmallSize)
        {
            index = new Dictionary<string, int>(names.Length, StringComparer.Ordinal);
            for (int i = 0; i < names.Length; i++)
            {
                index[names[i]] = i;
            }
        }

        return new Entries(names, values, index);
    }
}

/// <summary>A JSON array, read on first use; a set or map by its schema is compared and merged as one.</summary>
internal sealed class JsonList : CelList, ILooseList
{
    private readonly object _source;
    private readonly CelSchema? _schema;
    private CelValue[]? _items;

    public JsonList(JsonArray source, CelSchema? schema)
    {
        _source = source;
        _schema = schema;
    }

    public JsonList(JsonElement source, CelSchema? schema)
    {
        _source = source;
        _schema = schema;
    }

    private CelValue[] Items => _items ??= Read();

    public override int Count => _source is JsonArray list ? list.Count : Items.Length;

    public override CelValue this[int index] => Items[index];

    private CelValue[] Read() => _source is JsonArray list
        ? [.. list.Select(node => CelJson.From(node, _schema?.Items))]
        : [.. ((JsonElement)_source).EnumerateArray().Select(element => CelJson.From(element, _schema?.Items))];

    public bool? IsEqualTo(CelList other) => _schema?.ListType switch
    {
        "set" => CelJson.Items(this).All(item => Evaluation.Access.In(item, CelValue.Of(other)).IsTrue),
        "map" => CelJson.Items(this).All(item => Matching(other, item) is { } match && match.Equals(item)),
        _ => null,
    };

    /// <summary>Elements of the other replace those with the same key, or are added when missing.</summary>
    internal override CelList? Merge(CelList other)
    {
        if (_schema?.ListType is not ("set" or "map"))
        {
            return null;
        }

        var merged = new List<CelValue>(CelJson.Items(this));
        foreach (CelValue item in CelJson.Items(other))
        {
            int at = merged.FindIndex(known => _schema.ListType == "set" ? known.Equals(item) : SameKey(known, item));
            if (at < 0)
            {
                merged.Add(item);
            }
            else
            {
                merged[at] = item;
            }
        }

        return new ArrayList([.. merged]);
    }

    private CelValue? Matching(CelList other, CelValue item)
    {
        foreach (CelValue candidate in CelJson.Items(other))
        {
            if (SameKey(candidate, item))
            {
                return candidate;
            }
        }

        return null;
    }

    private bool SameKey(CelValue a, CelValue b)
    {
        if (a.Kind != CelKind.Map || b.Kind != CelKind.Map)
        {
            return false;
        }

        foreach (string key in _schema!.ListMapKeys)
        {
            bool hasA = a.MapValue.TryGet(CelValue.Of(key), out CelValue valueA);
            bool hasB = b.MapValue.TryGet(CelValue.Of(key), out CelValue valueB);
            if (hasA != hasB || (hasA && !valueA.Equals(valueB)))
            {
                return false;
            }
        }

        return true;
    }
}

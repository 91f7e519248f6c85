namespace Fairway.Cel.Evaluation;

/// <summary>Values made by literals and by the steps of macros.</summary>
internal static class Literals
{
    /// <summary>Adds an entry; an error value when the key may not be one or is there already.</summary>
    public static CelValue? Add(Dictionary<CelValue, CelValue> entries, in CelValue key, in CelValue value)
    {
        if (!MapKeyComparer.IsKey(key.Kind))
        {
            return CelValue.Fail($"unsupported key type: {key.Type}");
        }

        return entries.TryAdd(key, value) ? null : CelValue.Fail($"Failed with repeated key: {key}");
    }

    public static CelValue Map(Dictionary<CelValue, CelValue> entries) => entries.Count == 0 ? CelValue.Of(HashMap.Empty) : CelValue.Of(new HashMap(entries));

    /// <summary>A new map with one entry more; keys may not repeat.</summary>
    public static CelValue Insert(CelMap map, in CelValue key, in CelValue value)
    {
        if (map.TryGet(key, out _))
        {
            return CelValue.Fail($"insert failed: key {key} already exists");
        }

        Dictionary<CelValue, CelValue> entries = Copy(map);
        return Add(entries, key, value) ?? CelValue.Of(new HashMap(entries));
    }

    public static CelValue InsertAll(CelMap map, CelMap added)
    {
        Dictionary<CelValue, CelValue> entries = Copy(map);
        foreach (CelValue key in added.Keys)
        {
            added.TryGet(key, out CelValue value);
            if (!entries.TryAdd(key, value))
            {
                return CelValue.Fail($"insert failed: key {key} already exists");
            }
        }

        return CelValue.Of(new HashMap(entries));
    }

    public static Dictionary<CelValue, CelValue> Copy(CelMap map)
    {
        var entries = new Dictionary<CelValue, CelValue>(map.Count + 1, MapKeyComparer.Instance);
        foreach (CelValue key in map.Keys)
        {
            map.TryGet(key, out CelValue value);
            entries[key] = value;
        }

        return entries;
    }
}

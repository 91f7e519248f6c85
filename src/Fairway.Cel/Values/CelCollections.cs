using System.Diagnostics.CodeAnalysis;

namespace Fairway.Cel;

/// <summary>A list. Adapters read lazily; implementations must be safe for concurrent readers and never change.</summary>
public abstract class CelList : CelObject
{
    protected CelList()
        : base(CelKind.List)
    {
    }

    public abstract int Count { get; }

    /// <summary>The element; the index is within bounds.</summary>
    public abstract CelValue this[int index] { get; }

    /// <summary>What adding a list gives, when that is not one after the other.</summary>
    internal virtual CelList? Merge(CelList other) => null;
}

/// <summary>A map from bool, int, uint or string. Implementations never change and give keys in one fixed order.</summary>
public abstract class CelMap : CelObject
{
    protected CelMap()
        : base(CelKind.Map)
    {
    }

    public abstract int Count { get; }

    public abstract IEnumerable<CelValue> Keys { get; }

    /// <summary>Finds a key; numbers are equal across their types.</summary>
    public abstract bool TryGet(CelValue key, out CelValue value);

    /// <summary>Finds a string key, without making a value of it.</summary>
    public abstract bool TryGet(string key, out CelValue value);
}

internal sealed class ArrayList(CelValue[] items, int count) : CelList
{
    public static readonly ArrayList Empty = new([], 0);

    public ArrayList(CelValue[] items)
        : this(items, items.Length)
    {
    }

    public override int Count => count;

    public override CelValue this[int index] => items[index];
}

/// <summary>Two lists one after the other, so that appending in a loop does not copy each time.</summary>
internal sealed class ConcatList(CelList left, CelList right) : CelList
{
    private readonly int _left = left.Count;

    public int Depth { get; } = 1 + Math.Max(left is ConcatList l ? l.Depth : 0, right is ConcatList r ? r.Depth : 0);

    public override int Count { get; } = left.Count + right.Count;

    public override CelValue this[int index] => index < _left ? left[index] : right[index - _left];

    /// <summary>A list of both; deep chains are flattened so that reads stay shallow.</summary>
    public static CelList Join(CelList left, CelList right)
    {
        if (left.Count == 0)
        {
            return right;
        }

        if (right.Count == 0)
        {
            return left;
        }

        var joined = new ConcatList(left, right);
        if (joined.Depth < 8)
        {
            return joined;
        }

        var items = new CelValue[joined.Count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = joined[i];
        }

        return new ArrayList(items);
    }
}

internal sealed class HashMap : CelMap
{
    public static readonly HashMap Empty = new(new Dictionary<CelValue, CelValue>(MapKeyComparer.Instance));

    private readonly Dictionary<CelValue, CelValue> _entries;

    public HashMap(Dictionary<CelValue, CelValue> entries) => _entries = entries;

    public override int Count => _entries.Count;

    public override IEnumerable<CelValue> Keys => _entries.Keys;

    public override bool TryGet(CelValue key, out CelValue value) => _entries.TryGetValue(key, out value);

    public override bool TryGet(string key, out CelValue value) => _entries.TryGetValue(CelValue.Of(key), out value);
}

/// <summary>Keys equal across number types: 1, 1u and 1.0 are one key.</summary>
internal sealed class MapKeyComparer : IEqualityComparer<CelValue>
{
    public static readonly MapKeyComparer Instance = new();

    public bool Equals(CelValue x, CelValue y) => CelEquality.AreEqual(x, y);

    public int GetHashCode([DisallowNull] CelValue obj) => obj.Kind switch
    {
        CelKind.String => obj.StringValue.GetHashCode(StringComparison.Ordinal),
        CelKind.Bool => obj.BoolValue ? 1 : 0,
        CelKind.Int => obj.IntValue.GetHashCode(),
        CelKind.Uint => ((long)obj.UintValue).GetHashCode(),
        CelKind.Double when obj.DoubleValue is >= -9.3e18 and <= 1.9e19 && Math.Truncate(obj.DoubleValue) == obj.DoubleValue
            => (obj.DoubleValue < 9.2233720368547758e18 ? (long)obj.DoubleValue : (long)(ulong)obj.DoubleValue).GetHashCode(),
        CelKind.Double => obj.DoubleValue.GetHashCode(),
        _ => 7,
    };

    public static bool IsKey(CelKind kind) => kind is CelKind.Bool or CelKind.Int or CelKind.Uint or CelKind.String;
}

using System.Collections.Concurrent;
using Fairway.PromQL;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Metrics.Head;

/// <summary>
/// Which series have which label values: for every name and value the rising ids of its series. One writer at a time; readers
/// never wait. Adding is O(labels) amortized, looking up O(1).
/// </summary>
internal sealed class Postings
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, IdList>> _names = new();
    private readonly ConcurrentDictionary<string, string> _shared = new();
    private volatile IdList _all = new();

    public IEnumerable<string> Names => _names.Where(name => !name.Value.IsEmpty).Select(name => name.Key);

    public ReadOnlySpan<int> All => _all.Ids;

    public void Add(int id, Labels labels)
    {
        _all.Add(id);
        for (int index = 0; index < labels.Count; index++)
        {
            ListOf(labels.NameAt(index), labels.ValueAt(index)).Add(id);
        }
    }

    /// <summary>Adds a series to the lists of its labels, which the caller holds from series that had them before.</summary>
    public void Add(int id, ReadOnlySpan<IdList> lists)
    {
        _all.Add(id);
        foreach (IdList list in lists)
        {
            list.Add(id);
        }
    }

    /// <summary>The text that all series share for a name.</summary>
    public string Shared(string name) => _shared.GetOrAdd(name, name);

    /// <summary>The list of a label's value, made where there is none.</summary>
    public IdList ListOf(string name, string value) => _names.GetOrAdd(name, static _ => new()).GetOrAdd(value, static value => new() { Value = value });

    /// <summary>The same labels with the strings that the index has already: series share them.</summary>
    public Labels Share(Labels labels)
    {
        string[] pairs = new string[labels.Count * 2];
        for (int index = 0; index < labels.Count; index++)
        {
            (string name, string value) = labels.At(index);
            bool known = _names.TryGetValue(name, out ConcurrentDictionary<string, IdList>? values);
            pairs[index * 2] = known ? _shared.GetOrAdd(name, name) : name;
            pairs[(index * 2) + 1] = known && values!.TryGetValue(value, out IdList? list) ? list.Value ?? value : value;
        }

        return Labels.FromSortedPairs(pairs);
    }

    /// <summary>Forgets series. O(the lists they are in).</summary>
    public void Remove(IReadOnlyCollection<MemorySeries> gone)
    {
        HashSet<int> ids = [.. gone.Select(series => series.Id)];
        _all = _all.Without(ids);
        foreach ((string name, string value) in gone.SelectMany(series => series.Labels.Pairs).Select(pair => (pair.Key, pair.Value)).Distinct())
        {
            if (!_names.TryGetValue(name, out ConcurrentDictionary<string, IdList>? values) || !values.TryGetValue(value, out IdList? list))
            {
                continue;
            }

            IdList rest = list.Without(ids);
            if (rest.Ids.IsEmpty)
            {
                values.TryRemove(value, out _);
            }
            else
            {
                values[value] = rest;
            }
        }
    }

    /// <summary>The values of a label with how many series each has.</summary>
    public IEnumerable<(string Value, int Series)> Values(string name)
        => _names.TryGetValue(name, out ConcurrentDictionary<string, IdList>? values) ? values.Select(one => (one.Key, one.Value.Count)) : [];

    public int ValueCount(string name) => _names.TryGetValue(name, out ConcurrentDictionary<string, IdList>? values) ? values.Count : 0;

    /// <summary>The rising ids that fulfil all matchers. Patterns are tested once for every value of their label, not for every series.</summary>
    public int[] Find(IReadOnlyList<LabelMatcher> matchers, CancellationToken cancellation)
        => PostingsMath.Find(
            matchers,
            () => All.ToArray(),
            (name, value) => _names.TryGetValue(name, out ConcurrentDictionary<string, IdList>? values) && values.TryGetValue(value, out IdList? list) ? list.Ids.ToArray() : [],
            name => _names.TryGetValue(name, out ConcurrentDictionary<string, IdList>? values) ? values.Keys : [],
            cancellation);

    /// <summary>Ids that only ever grow at their end. A reader sees a prefix, whole at the moment of asking.</summary>
    internal sealed class IdList
    {
        private int[] _ids = new int[1];
        private int _count;

        /// <summary>The label value whose series these are; the string that all of them share.</summary>
        public string? Value { get; init; }

        public int Count => Volatile.Read(ref _count);

        /// <summary>The count is read before the array: a later array has at least what an earlier one had.</summary>
        public ReadOnlySpan<int> Ids
        {
            get
            {
                int count = Volatile.Read(ref _count);
                return Volatile.Read(ref _ids).AsSpan(0, count);
            }
        }

        public void Add(int id)
        {
            if (_count == _ids.Length)
            {
                int[] grown = new int[_ids.Length * 2];
                _ids.CopyTo(grown, 0);
                Volatile.Write(ref _ids, grown);
            }

            _ids[_count] = id;
            Volatile.Write(ref _count, _count + 1);
        }

        public IdList Without(HashSet<int> gone)
        {
            int[] rest = [.. Ids.ToArray().Where(id => !gone.Contains(id))];
            return new IdList { Value = Value, _ids = rest.Length == 0 ? new int[1] : rest, _count = rest.Length };
        }
    }
}

/// <summary>Sets of rising numbers, and how matchers turn into them; the same for memory and for blocks.</summary>
internal static class PostingsMath
{
    private const int CheckEvery = 4096;

    public static int[] Find(
        IReadOnlyList<LabelMatcher> matchers,
        Func<int[]> all,
        Func<string, string, int[]> list,
        Func<string, IEnumerable<string>> values,
        CancellationToken cancellation)
    {
        int[]? found = null;
        var without = new List<int[]>();

        // A matcher that an absent label fulfils says which series to leave out; the others say which to keep. Plain texts first:
        // they are the shortest lists.
        foreach (LabelMatcher matcher in matchers.OrderBy(Cost))
        {
            if (matcher.MatchesEmpty)
            {
                if (matcher is not { Type: MatchType.Regexp, Value: ".*" })
                {
                    without.Add(Union(values(matcher.Name), value => !matcher.Matches(value), value => list(matcher.Name, value), cancellation));
                }

                continue;
            }

            int[] with = matcher switch
            {
                { Type: MatchType.Equal } => list(matcher.Name, matcher.Value),
                { Type: MatchType.Regexp, Choices: { } choices } => Union(choices.Distinct(), _ => true, value => list(matcher.Name, value), cancellation),
                _ => Union(values(matcher.Name), matcher.Matches, value => list(matcher.Name, value), cancellation),
            };
            found = found is null ? with : Intersect(found, with);
            if (found.Length == 0)
            {
                return found;
            }
        }

        found ??= all();
        foreach (int[] out_ in without)
        {
            found = Except(found, out_);
        }

        return found;
    }

    private static int Cost(LabelMatcher matcher) => matcher switch
    {
        { MatchesEmpty: true } => 3,
        { Type: MatchType.Equal } => 0,
        { Type: MatchType.Regexp, Choices: not null } => 1,
        _ => 2,
    };

    private static int[] Union(IEnumerable<string> values, Func<string, bool> matches, Func<string, int[]> list, CancellationToken cancellation)
    {
        var lists = new List<int[]>();
        int total = 0;
        int tested = 0;
        foreach (string value in values)
        {
            if (++tested % CheckEvery == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if (matches(value) && list(value) is { Length: > 0 } one)
            {
                lists.Add(one);
                total += one.Length;
            }
        }

        if (lists.Count <= 1)
        {
            return lists.Count == 0 ? [] : lists[0];
        }

        int[] union = new int[total];
        int at = 0;
        foreach (int[] one in lists)
        {
            one.CopyTo(union, at);
            at += one.Length;
        }

        // A series has one value of a label, so the lists have nothing in common.
        Array.Sort(union);
        return union;
    }

    private static int[] Intersect(int[] one, int[] other)
    {
        (int[] small, int[] large) = one.Length <= other.Length ? (one, other) : (other, one);
        var both = new List<int>(small.Length);
        if (large.Length / 16 > small.Length)
        {
            both.AddRange(small.Where(id => Array.BinarySearch(large, id) >= 0));
            return [.. both];
        }

        for (int left = 0, right = 0; left < small.Length && right < large.Length;)
        {
            if (small[left] == large[right])
            {
                both.Add(small[left]);
                left++;
                right++;
            }
            else if (small[left] < large[right])
            {
                left++;
            }
            else
            {
                right++;
            }
        }

        return [.. both];
    }

    private static int[] Except(int[] from, int[] gone)
    {
        if (gone.Length == 0)
        {
            return from;
        }

        var rest = new List<int>(from.Length);
        int at = 0;
        foreach (int id in from)
        {
            while (at < gone.Length && gone[at] < id)
            {
                at++;
            }

            if (at >= gone.Length || gone[at] != id)
            {
                rest.Add(id);
            }
        }

        return [.. rest];
    }
}

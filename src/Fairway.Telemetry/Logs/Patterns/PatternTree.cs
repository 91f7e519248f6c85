namespace Fairway.Telemetry.Logs.Patterns;

/// <summary>A template that lines follow, and how many did.</summary>
internal sealed class LinePatternCount(string[] tokens)
{
    private readonly SortedDictionary<long, long> _counts = [];

    public string[] Tokens { get; } = tokens;

    public string Text => LineTokens.Text(Tokens);

    /// <summary>When it was last seen, in seconds.</summary>
    public long Last { get; private set; }

    /// <summary>Lines by the second at which their bucket begins.</summary>
    public IEnumerable<KeyValuePair<long, long>> Counts => _counts;

    public void Add(long bucket, long lines)
    {
        _counts[bucket] = _counts.GetValueOrDefault(bucket) + lines;
        Last = Math.Max(Last, bucket);
    }

    /// <summary>Forgets what is too old, and joins what is old into larger buckets.</summary>
    public void Age(long oldest, long fine, long coarse)
    {
        foreach ((long bucket, long lines) in _counts.TakeWhile(one => one.Key < fine).ToArray())
        {
            long into = bucket / coarse * coarse;
            if (bucket < oldest || into != bucket)
            {
                _counts.Remove(bucket);
            }

            if (bucket >= oldest && into != bucket)
            {
                _counts[into] = _counts.GetValueOrDefault(into) + lines;
            }
        }
    }
}

/// <summary>
/// The templates of one stream, found line by line after the method of Drain: lines of as many words that begin alike are compared
/// with the templates known; the most similar takes the line in and gets a gap where they differ. Not for several threads.
/// </summary>
internal sealed class PatternTree(int mostPatterns)
{
    private const double Alike = 0.5;
    private readonly Dictionary<(int Length, string First), List<LinePatternCount>> _leaves = [];

    /// <summary>How many templates there are.</summary>
    public int Count { get; private set; }

    public IEnumerable<LinePatternCount> Patterns => _leaves.Values.SelectMany(leaf => leaf);

    /// <summary>The template of a line; null for lines of no words.</summary>
    public LinePatternCount? Learn(string line)
    {
        List<string> tokens = LineTokens.Of(line);
        return tokens.Count == 0 ? null : Find(tokens) ?? Restore([.. tokens]);
    }

    /// <summary>Adds a template as it is.</summary>
    public LinePatternCount Restore(string[] tokens)
    {
        if (Count >= mostPatterns)
        {
            Forget();
        }

        var pattern = new LinePatternCount(tokens);
        (int, string) key = Key(tokens);
        (_leaves.TryGetValue(key, out List<LinePatternCount>? leaf) ? leaf : _leaves[key] = []).Add(pattern);
        Count++;
        return pattern;
    }

    /// <summary>Lets go of templates without lines.</summary>
    public void Trim()
    {
        foreach (((int, string) key, List<LinePatternCount> leaf) in _leaves.ToArray())
        {
            Count -= leaf.RemoveAll(pattern => !pattern.Counts.Any());
            if (leaf.Count == 0)
            {
                _leaves.Remove(key);
            }
        }
    }

    /// <summary>Words that vary tell nothing of where a template is.</summary>
    private static (int, string) Key(IReadOnlyList<string> tokens) => (tokens.Count, tokens[0].Contains(LineTokens.Gap, StringComparison.Ordinal) ? LineTokens.Gap : tokens[0]);

    private LinePatternCount? Find(List<string> tokens)
    {
        if (!_leaves.TryGetValue(Key(tokens), out List<LinePatternCount>? leaf))
        {
            return null;
        }

        LinePatternCount? best = null;
        int most = (int)Math.Ceiling(tokens.Count * Alike) - 1;
        foreach (LinePatternCount pattern in leaf)
        {
            int same = Same(pattern.Tokens, tokens);
            if (same > most)
            {
                (best, most) = (pattern, same);
                if (same == tokens.Count)
                {
                    break;
                }
            }
        }

        for (int index = 0; best is not null && most < tokens.Count && index < tokens.Count; index++)
        {
            if (best.Tokens[index] != tokens[index])
            {
                best.Tokens[index] = Between(best.Tokens[index], tokens[index]);
            }
        }

        return best;
    }

    /// <summary>Gaps count as the same only where there is more in common than gaps.</summary>
    private static int Same(string[] pattern, List<string> tokens)
    {
        int same = 0;
        for (int index = 0; index < pattern.Length; index++)
        {
            same += pattern[index] == tokens[index] ? 1 : 0;
        }

        return same;
    }

    private static string Between(string known, string token)
    {
        int equals = known.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && token.Length > equals && string.CompareOrdinal(known, 0, token, 0, equals + 1) == 0 ? known[..(equals + 1)] + LineTokens.Gap : LineTokens.Gap;
    }

    private void Forget()
    {
        (int, string) key = _leaves.MinBy(leaf => leaf.Value.Min(pattern => pattern.Last)).Key;
        List<LinePatternCount> leaf = _leaves[key];
        leaf.Remove(leaf.MinBy(pattern => pattern.Last)!);
        Count--;
        if (leaf.Count == 0)
        {
            _leaves.Remove(key);
        }
    }
}

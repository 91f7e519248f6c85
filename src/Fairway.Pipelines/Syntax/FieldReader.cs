namespace Fairway.Pipelines.Syntax;

/// <summary>Reads a mapping key by key: each known key has its reader, an unknown one is an error that names the nearest.</summary>
internal sealed class FieldReader(string what, NoticeList notices)
{
    private readonly Dictionary<string, Action<YamlTree.Scalar, YamlTree>> _readers = new(StringComparer.Ordinal);

    /// <summary>A key that is understood.</summary>
    public FieldReader On(string key, Action<YamlTree> read)
    {
        _readers[key] = (_, value) => read(value);
        return this;
    }

    /// <summary>A key that would change what runs, and is not supported: the workflow is refused.</summary>
    public FieldReader Refuse(string key, string why)
    {
        _readers[key] = (name, _) => notices.Error(name, $"'{key}' is not supported here yet: {why}");
        return this;
    }

    /// <summary>A key that has no effect here.</summary>
    public FieldReader Warn(string key, string why)
    {
        _readers[key] = (name, _) => notices.Warn(name, $"'{key}' has no effect here: {why}");
        return this;
    }

    public void Read(YamlTree node)
    {
        if (node is not YamlTree.Mapping mapping)
        {
            notices.Error(node, $"{what} must be a mapping, not {node.Describe()}.");
            return;
        }

        foreach ((YamlTree.Scalar key, YamlTree value) in mapping.Entries)
        {
            if (_readers.TryGetValue(key.Text, out Action<YamlTree.Scalar, YamlTree>? read))
            {
                read(key, value);
            }
            else
            {
                notices.Error(key, $"'{key.Text}' is not a key of {what}{Suggest(key.Text)}.");
            }
        }
    }

    private string Suggest(string wrong) => Nearest.To(wrong, _readers.Keys) is { } near ? $"; did you mean '{near}'?" : $"; known are {string.Join(", ", _readers.Keys.Order(StringComparer.Ordinal))}";
}

/// <summary>Finds the word that was probably meant.</summary>
internal static class Nearest
{
    public static string? To(string wrong, IEnumerable<string> candidates)
    {
        (string Word, int Distance) best = candidates
            .Select(word => (Word: word, Distance: Distance(wrong.ToLowerInvariant(), word.ToLowerInvariant())))
            .DefaultIfEmpty((Word: "", Distance: int.MaxValue))
            .MinBy(candidate => candidate.Distance);
        return best.Distance <= Math.Min(3, wrong.Length / 2) ? best.Word : null;
    }

    // Edits of one letter: insert, delete, replace.
    private static int Distance(string from, string to)
    {
        if (from.Length > 60 || to.Length > 60)
        {
            return int.MaxValue;
        }

        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[to.Length];
    }
}

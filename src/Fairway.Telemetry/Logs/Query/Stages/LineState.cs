using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>
/// A line on its way through stages, with its labels in three layers: the stream's, what is known of the line (structured
/// metadata), and what stages found or set, which covers the others. Used again for every line. Not for several threads.
/// </summary>
internal sealed class LineState(ParserHints hints)
{
    /// <summary>What a label is called that a stage found under a name which is taken.</summary>
    public const string Duplicate = "_extracted";

    private readonly List<(string Name, string Value)> _known = [];
    private readonly List<(string Name, string Value)> _found = [];
    private readonly List<string> _deleted = [];
    private Labels _stream = Labels.Empty;

    /// <summary>The functions of templates, for whatever line this is at the time.</summary>
    public IReadOnlyDictionary<string, Templates.TemplateFunction> Functions => field ??= LineFunctions.For(this);

    /// <summary>Nanoseconds.</summary>
    public long Time { get; private set; }

    public string Line { get; set; } = "";

    /// <summary>Which labels parsers need to find.</summary>
    public ParserHints Hints => hints;

    /// <summary>The value of <c>__error__</c>; empty for none.</summary>
    public string Error { get; set; } = "";

    public string ErrorDetails { get; set; } = "";

    /// <summary>Whether labels are just the stream's.</summary>
    public bool Unchanged => _deleted.Count == 0 && _known.Count == 0 && _found.Count == 0;

    /// <summary>The stream's labels.</summary>
    public Labels Stream => _stream;

    public void Start(Labels stream, LogEntry entry)
    {
        _stream = stream;
        _known.Clear();
        _found.Clear();
        _deleted.Clear();
        hints.Restart();
        Error = "";
        ErrorDetails = "";
        Time = entry.Time;
        Line = entry.Line;
        for (int index = 0; index < entry.Metadata.Count; index++)
        {
            string name = entry.Metadata.NameAt(index);
            string value = entry.Metadata.ValueAt(index);
            if (stream.Has(name))
            {
                name += Duplicate;
            }

            switch (name)
            {
                case LineErrors.Label: Error = value; break;
                case LineErrors.Details: ErrorDetails = value; break;
                default: Put(_known, name, value); break;
            }
        }
    }

    /// <summary>A label's value; null when there is none.</summary>
    public string? Get(string name)
    {
        if (Find(_known, name) is >= 0 and int known)
        {
            return _known[known].Value;
        }

        if (Find(_found, name) is >= 0 and int found)
        {
            return _found[found].Value;
        }

        return !_deleted.Contains(name) && _stream[name] is { Length: > 0 } value ? value : null;
    }

    /// <summary>Whether a name is taken before a parser comes to it.</summary>
    public bool Taken(string name) => _stream.Has(name) || Find(_known, name) >= 0;

    /// <summary>Sets a label as found by a stage.</summary>
    public void Set(string name, string value)
    {
        if (Find(_known, name) is >= 0 and int known)
        {
            _known.RemoveAt(known);
        }

        Put(_found, name, value);
        hints.Note(name);
    }

    public void Delete(string name)
    {
        _known.RemoveAll(label => label.Name == name);
        _found.RemoveAll(label => label.Name == name);
        _deleted.Add(name);
    }

    /// <summary>A stage could not read the line.</summary>
    public void Fail(string error, string? details)
    {
        Error = error;
        if (details is not null)
        {
            ErrorDetails = details;
        }

        if (hints.PreservesErrors)
        {
            Set(LineErrors.Preserve, "true");
        }
    }

    /// <summary>All labels, without an order.</summary>
    public List<(string Name, string Value)> All()
    {
        var all = new List<(string, string)>(_stream.Count + _known.Count + _found.Count + 2);
        for (int index = 0; index < _stream.Count; index++)
        {
            string name = _stream.NameAt(index);
            if (!_deleted.Contains(name) && Find(_known, name) < 0 && Find(_found, name) < 0)
            {
                all.Add((name, _stream.ValueAt(index)));
            }
        }

        foreach ((string Name, string Value) label in _known)
        {
            if (Find(_found, label.Name) < 0)
            {
                all.Add(label);
            }
        }

        all.AddRange(_found);
        if (Error.Length > 0)
        {
            all.Add((LineErrors.Label, Error));
        }

        if (ErrorDetails.Length > 0)
        {
            all.Add((LineErrors.Details, ErrorDetails));
        }

        return all;
    }

    /// <summary>The labels as they are now; empty values that stages set are kept.</summary>
    public Labels ToLabels() => Unchanged && Error.Length == 0 ? _stream : Sorted(All());

    /// <summary>What is known of the line and what stages found, apart.</summary>
    public (Labels Stream, Labels Known, Labels Found) Layers()
    {
        var known = new HashSet<string>(_known.Select(label => label.Name), StringComparer.Ordinal);
        var found = new HashSet<string>(_found.Select(label => label.Name), StringComparer.Ordinal) { LineErrors.Label, LineErrors.Details };
        List<(string Name, string Value)> all = All();
        return (Sorted(all.FindAll(label => !known.Contains(label.Name) && !found.Contains(label.Name))),
            Sorted(all.FindAll(label => known.Contains(label.Name) && !found.Contains(label.Name))),
            Sorted(all.FindAll(label => found.Contains(label.Name))));
    }

    /// <summary>The labels of a group, in the order of Loki's rules: a label deleted once is not in a group again.</summary>
    public Labels Group(IReadOnlyList<string> names, bool without)
    {
        if (Error.Length > 0)
        {
            return ToLabels();
        }

        if (!without)
        {
            return Sorted([.. names.Where(name => !_deleted.Contains(name)).Select(name => (Name: name, Value: Get(name))).Where(label => label.Value is not null).Select(label => (label.Name, label.Value!))]);
        }

        return Sorted([.. All().Where(label => !names.Contains(label.Name))]);
    }

    private static int Find(List<(string Name, string Value)> labels, string name)
    {
        for (int index = 0; index < labels.Count; index++)
        {
            if (string.Equals(labels[index].Name, name, StringComparison.Ordinal))
            {
                return index;
            }
        }

        return -1;
    }

    private static void Put(List<(string Name, string Value)> labels, string name, string value)
    {
        if (Find(labels, name) is >= 0 and int at)
        {
            labels[at] = (name, value);
        }
        else
        {
            labels.Add((name, value));
        }
    }

    private static Labels Sorted(List<(string Name, string Value)> labels)
    {
        labels.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
        string[] pairs = new string[labels.Count * 2];
        for (int index = 0; index < labels.Count; index++)
        {
            pairs[index * 2] = labels[index].Name;
            pairs[(index * 2) + 1] = labels[index].Value;
        }

        return Labels.FromSortedPairs(pairs);
    }
}

using System.Text;
using System.Text.RegularExpressions;
using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>A pattern of literals and captures: <c>&lt;ip&gt; - &lt;_&gt; "&lt;method&gt; &lt;path&gt;"</c>.</summary>
internal sealed class LinePattern
{
    private readonly IReadOnlyList<(string Text, bool Capture)> _parts;

    private LinePattern(IReadOnlyList<(string Text, bool Capture)> parts)
    {
        _parts = parts;
        Names = [.. parts.Where(part => part.Capture && part.Text != "_").Select(part => part.Text)];
    }

    /// <summary>The names of captures, in order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>For a parser: it needs a name, and no name twice.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static LinePattern Parser(string text)
    {
        LinePattern pattern = Of(text);
        if (pattern.Names.Count == 0)
        {
            throw new FormatException("at least one capture is required");
        }

        pattern.Consecutive();
        return pattern.Names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new FormatException($"duplicate capture name ({twice.Key}): invalid expression")
            : pattern;
    }

    /// <summary>For a filter: captures have no names.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static LinePattern Filter(string text)
    {
        LinePattern pattern = Of(text);
        pattern.Consecutive();
        return pattern.Names is [string named, ..] ? throw new FormatException($"named captures are not allowed: found '<{named}>'") : pattern;
    }

    /// <summary>The captured texts; fewer than names when the line ends before.</summary>
    public List<string> Match(ReadOnlySpan<char> line)
    {
        var captured = new List<string>();
        int part = 0;
        if (line.IsEmpty)
        {
            return captured;
        }

        if (!_parts[0].Capture)
        {
            if (!line.StartsWith(_parts[0].Text, StringComparison.Ordinal))
            {
                return captured;
            }

            line = line[_parts[0].Text.Length..];
            part = 1;
        }

        for (; part < _parts.Count; part += 2)
        {
            bool named = _parts[part].Text != "_";
            int end = part + 1 < _parts.Count ? line.IndexOf(_parts[part + 1].Text, StringComparison.Ordinal) : -1;
            if (named)
            {
                captured.Add((end < 0 ? line : line[..end]).ToString());
            }

            if (end < 0)
            {
                return captured;
            }

            line = line[(end + _parts[part + 1].Text.Length)..];
        }

        return captured;
    }

    /// <summary>Whether the whole line is of the pattern.</summary>
    public bool Test(ReadOnlySpan<char> line)
    {
        if (line.IsEmpty || _parts.Count == 0)
        {
            return line.IsEmpty && _parts.Count == 0;
        }

        int at = 0;
        for (int part = 0; part < _parts.Count; part++)
        {
            if (_parts[part].Capture)
            {
                continue;
            }

            int found = line[at..].IndexOf(_parts[part].Text, StringComparison.Ordinal);
            if (found < 0 || (part > 0 && found == 0))
            {
                return false;
            }

            at += found + _parts[part].Text.Length;
        }

        return _parts[^1].Capture == (at != line.Length);
    }

    private static LinePattern Of(string text)
    {
        var parts = new List<(string, bool)>();
        var literal = new StringBuilder();
        for (int at = 0; at < text.Length;)
        {
            int end = text[at] == '<' ? CaptureEnd(text, at) : -1;
            if (end < 0)
            {
                literal.Append(text[at++]);
                continue;
            }

            if (literal.Length > 0)
            {
                parts.Add((literal.ToString(), false));
                literal.Clear();
            }

            parts.Add((text[(at + 1)..end], true));
            at = end + 1;
        }

        if (literal.Length > 0)
        {
            parts.Add((literal.ToString(), false));
        }

        return new LinePattern(parts);
    }

    private static int CaptureEnd(string text, int open)
    {
        int at = open + 1;
        while (at < text.Length && (char.IsAsciiLetter(text[at]) || text[at] == '_' || (char.IsAsciiDigit(text[at]) && at > open + 1)))
        {
            at++;
        }

        return at > open + 1 && at < text.Length && text[at] == '>' ? at : -1;
    }

    private void Consecutive()
    {
        for (int part = 0; part + 1 < _parts.Count; part++)
        {
            if (_parts[part].Capture && _parts[part + 1].Capture)
            {
                throw new FormatException($"found consecutive capture '<{_parts[part].Text}><{_parts[part + 1].Text}>': invalid expression");
            }
        }
    }
}

/// <summary><c>| pattern</c>: captures become labels.</summary>
internal sealed class PatternStage : LogStage
{
    private readonly string _source;
    private readonly LinePattern _pattern;

    /// <exception cref="LogQueryException">It is no pattern.</exception>
    public PatternStage(string source)
    {
        _source = source;
        try
        {
            _pattern = LinePattern.Parser(source);
        }
        catch (FormatException wrong)
        {
            throw LogQueryException.Parse($"invalid pattern parser: {wrong.Message}");
        }
    }

    public override string Text => $"| pattern {GoText.Quote(_source)}";

    public override bool Apply(LineState line)
    {
        if (line.Hints.NothingToFind)
        {
            return true;
        }

        List<string> captured = _pattern.Match(line.Line);
        for (int index = 0; index < captured.Count; index++)
        {
            string name = _pattern.Names[index];
            name = line.Taken(name) ? name + LineState.Duplicate : name;
            if (line.Hints.Wants(name))
            {
                line.Set(name, captured[index]);
            }
        }

        return true;
    }
}

/// <summary><c>| regexp</c>: named groups become labels.</summary>
internal sealed partial class RegexpStage : LogStage
{
    private readonly string _source;
    private readonly Regex _pattern;
    private readonly (int Number, string Name)[] _groups;

    /// <exception cref="LogQueryException">It is no expression, or names nothing.</exception>
    public RegexpStage(string source)
    {
        _source = source;
        try
        {
            _pattern = Re2Pattern.Compile(source);
        }
        catch (FormatException wrong)
        {
            throw LogQueryException.Parse($"invalid regexp parser: {wrong.Message}");
        }

        if (Named().Matches(source).Select(name => name.Groups["name"].Value).GroupBy(name => name).FirstOrDefault(name => name.Count() > 1) is { } twice)
        {
            throw LogQueryException.Parse($"invalid regexp parser: duplicate extracted label name '{twice.Key}'");
        }

        _groups = [.. _pattern.GetGroupNumbers().Select(number => (number, _pattern.GroupNameFromNumber(number))).Where(group => !char.IsAsciiDigit(group.Item2[0]))];
        if (_groups.Length == 0)
        {
            throw LogQueryException.Parse("invalid regexp parser: at least one named capture must be supplied");
        }
    }

    public override string Text => $"| regexp {GoText.Quote(_source)}";

    public override bool Apply(LineState line)
    {
        Match match = _pattern.Match(line.Line);
        foreach ((int number, string group) in match.Success ? _groups : [])
        {
            string name = LabelText.Name(group);
            name = line.Taken(name) ? name + LineState.Duplicate : name;
            if (line.Hints.Wants(name))
            {
                line.Set(name, match.Groups[number].Value);
            }
        }

        return true;
    }

    [GeneratedRegex(@"(?<!\\)\(\?P?<(?<name>[A-Za-z_][A-Za-z0-9_]*)>", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Named();
}

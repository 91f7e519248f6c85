using System.Globalization;
using System.Text;
using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>Reads <c>key=value key="quoted value" key</c> pair by pair, with the rules and faults of Loki's reader. Not for several threads.</summary>
internal ref struct LogfmtScan(ReadOnlySpan<char> line)
{
    private readonly ReadOnlySpan<char> _line = line;
    private int _at;

    public readonly bool AtEnd => _at >= _line.Length;

    public ReadOnlySpan<char> Key { get; private set; }

    public string Value { get; private set; } = "";

    /// <summary>What was wrong last; null for nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>Moves to the next pair; false at the end and where one is broken.</summary>
    public bool Next()
    {
        Key = default;
        Value = "";
        while (_at < _line.Length && _line[_at] <= ' ')
        {
            _at++;
        }

        if (AtEnd)
        {
            return false;
        }

        int start = _at;
        while (_at < _line.Length && _line[_at] is not ('=' or '"') && _line[_at] > ' ')
        {
            _at++;
        }

        Key = _line[start.._at];
        char stop = AtEnd ? ' ' : _line[_at];
        if (stop == '"' || (stop == '=' && Key.IsEmpty))
        {
            return Unexpected(stop);
        }

        if (Key.Contains('\uFFFD'))
        {
            Wrong("invalid key");
            return stop == '=' && SkipValue();
        }

        return stop != '=' || ReadValue();
    }

    private bool ReadValue()
    {
        if (++_at >= _line.Length || _line[_at] <= ' ')
        {
            return true;
        }

        if (_line[_at] == '"')
        {
            return ReadQuoted();
        }

        int start = _at;
        while (_at < _line.Length && _line[_at] > ' ')
        {
            if (_line[_at] is '=' or '"')
            {
                return Unexpected(_line[_at]);
            }

            _at++;
        }

        Value = _line[start.._at].ToString();
        return true;
    }

    private bool ReadQuoted()
    {
        int start = _at + 1;
        bool escapes = false;
        for (int at = start; at < _line.Length; at++)
        {
            if (_line[at] == '\\')
            {
                escapes = true;
                at++;
            }
            else if (_line[at] == '"')
            {
                _at = at + 1;
                ReadOnlySpan<char> inside = _line[start..at];
                string? value = escapes ? Unquote(inside) : inside.ToString();
                if (value is null)
                {
                    Wrong("invalid quoted value");
                    return false;
                }

                Value = value;
                return true;
            }
        }

        _at = _line.Length;
        Wrong("unterminated quoted value");
        return false;
    }

    private static string? Unquote(ReadOnlySpan<char> inside)
    {
        foreach (char one in inside)
        {
            if (one is '"' or < ' ' && one != '"')
            {
                return null;
            }
        }

        return JsonScan.Unescape(inside);
    }

    private bool Unexpected(char one)
    {
        Wrong($"unexpected '{one}'");
        return SkipValue();
    }

    private bool SkipValue()
    {
        while (_at < _line.Length && _line[_at] > ' ')
        {
            _at++;
        }

        return false;
    }

    private void Wrong(string what) => Problem = string.Create(CultureInfo.InvariantCulture, $"logfmt syntax error at pos {Encoding.UTF8.GetByteCount(_line[.._at]) + 1} : {what}");
}

/// <summary><c>| logfmt</c>: every pair becomes a label.</summary>
internal sealed class LogfmtStage(bool strict, bool keepEmpty) : LogStage
{
    public override string Text => "| logfmt" + (strict ? " --strict" : "") + (keepEmpty ? " --keep-empty" : "");

    public override bool Apply(LineState line)
    {
        if (line.Hints.NothingToFind)
        {
            return true;
        }

        var scan = new LogfmtScan(line.Line);
        while (!scan.AtEnd)
        {
            if (!scan.Next())
            {
                if (strict)
                {
                    break;
                }

                continue;
            }

            string name = LabelText.Name(scan.Key.ToString());
            if (name.Length == 0)
            {
                continue;
            }

            name = line.Taken(name) ? name + LineState.Duplicate : name;
            if (!line.Hints.Wants(name) || (!keepEmpty && scan.Value.Length == 0))
            {
                continue;
            }

            line.Set(name, LabelText.Valid(scan.Value));
            if (line.Hints.AllFound)
            {
                break;
            }
        }

        if (strict && scan.Problem is { } problem)
        {
            line.Fail(LineErrors.Logfmt, problem);
        }

        return true;
    }
}

/// <summary><c>| logfmt code="status", host</c>: single values by their keys.</summary>
internal sealed class LogfmtPathStage : LogStage
{
    private readonly bool _strict;
    private readonly IReadOnlyList<(string Name, string Expression)> _paths;

    public LogfmtPathStage(IReadOnlyList<(string Name, string Expression)> paths, bool strict, bool keepEmpty)
    {
        _paths = paths;
        _strict = strict;
        Text = "| logfmt " + (strict ? "--strict " : "") + (keepEmpty ? "--keep-empty " : "")
            + string.Join(',', paths.Select(path => $"{path.Name}={GoText.Quote(path.Expression)}"));
        foreach ((_, string expression) in paths)
        {
            if (expression.Length == 0 || !expression.All(one => char.IsAsciiLetterOrDigit(one) || one is '_' or '-' or '.' or '/') || char.IsAsciiDigit(expression[0]))
            {
                throw LogQueryException.Stage(Text, $"cannot parse expression [{expression}]: {(expression.Length == 0 ? "syntax error: unexpected $end, expecting KEY" : $"unexpected char {expression.First(one => !char.IsAsciiLetter(one))}")}");
            }
        }
    }

    public override string Text { get; }

    public override bool Apply(LineState line)
    {
        if (line.Hints.NothingToFind)
        {
            return true;
        }

        foreach ((string name, _) in _paths)
        {
            if (!line.Taken(name))
            {
                line.Set(name, "");
            }
        }

        var scan = new LogfmtScan(line.Line);
        while (!scan.AtEnd)
        {
            if (!scan.Next())
            {
                if (_strict)
                {
                    break;
                }

                continue;
            }

            string key = LabelText.Name(scan.Key.ToString());
            foreach ((string name, string expression) in _paths)
            {
                if (key == expression)
                {
                    line.Set(line.Taken(name) ? name + LineState.Duplicate : name, scan.Value.Contains('\uFFFD', StringComparison.Ordinal) ? "" : scan.Value);
                    break;
                }
            }
        }

        if (_strict && scan.Problem is { } problem)
        {
            line.Fail(LineErrors.Logfmt, problem);
        }

        return true;
    }
}

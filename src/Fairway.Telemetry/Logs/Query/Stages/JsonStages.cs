using System.Globalization;
using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary><c>| json</c>: the members of an object become labels, nested ones joined by underscores; lists are left out.</summary>
internal sealed class JsonStage : LogStage
{
    private const int MostDepth = 64;

    public override string Text => "| json";

    public override bool Apply(LineState line)
    {
        if (!line.Hints.NothingToFind && Read(line, line.Line, "", 0) is { } problem)
        {
            line.Fail(LineErrors.Json, problem);
        }

        return true;
    }

    private static string? Read(LineState line, ReadOnlySpan<char> text, string prefix, int depth)
    {
        string? inner = null;
        string? outer = JsonScan.Members(text, (key, value, piece) =>
        {
            string name = prefix.Length == 0 ? LabelText.Name(key) : Joined(prefix, key);
            if (piece == JsonPiece.Object)
            {
                inner = depth < MostDepth && line.Hints.WantsBelow(name) ? Read(line, value, name, depth + 1) : null;
                return inner is null;
            }

            if (piece is JsonPiece.Text or JsonPiece.Number or JsonPiece.Flag && name.Length > 0)
            {
                name = line.Taken(name) ? name + LineState.Duplicate : name;
                if (line.Hints.Wants(name))
                {
                    line.Set(name, piece == JsonPiece.Text ? LabelText.Valid(JsonScan.Unescape(value) ?? "") : value.ToString());
                }
            }

            return !line.Hints.AllFound;
        });
        return inner ?? outer;
    }

    private static string Joined(string prefix, string key) => LabelText.Name(key) is { Length: > 0 } ? $"{prefix}_{Inner(key)}" : prefix;

    /// <summary>Within a name a digit may come first.</summary>
    private static string Inner(string key)
    {
        string name = LabelText.Name(key);
        return char.IsAsciiDigit(key.AsSpan().Trim()[0]) ? name[1..] : name;
    }
}

/// <summary><c>| json code="response.code", first="list[0]"</c>: single values by their paths.</summary>
internal sealed class JsonPathStage : LogStage
{
    private readonly (string Name, string Expression, IReadOnlyList<object> Path)[] _paths;

    /// <exception cref="LogQueryException">A path cannot be read.</exception>
    public JsonPathStage(IReadOnlyList<(string Name, string Expression)> paths)
    {
        Text = "| json " + string.Join(',', paths.Select(path => $"{path.Name}={GoText.Quote(path.Expression)}"));
        _paths = [.. paths.Select(path => (path.Name, path.Expression, JsonPath.Parse(path.Expression, Text)))];
    }

    public override string Text { get; }

    public override bool Apply(LineState line)
    {
        if (line.Line.Length == 0 || line.Hints.NothingToFind)
        {
            return true;
        }

        if (line.Line[0] is not ('"' or '{' or '['))
        {
            line.Fail(LineErrors.Json, null);
            return true;
        }

        int found = 0;
        foreach ((string name, _, IReadOnlyList<object> path) in _paths)
        {
            if (JsonPath.Find(line.Line, path, 0) is { } value)
            {
                line.Set(line.Taken(name) ? name + LineState.Duplicate : name, value);
                found++;
            }
        }

        foreach ((string name, _, _) in found < _paths.Length ? _paths : [])
        {
            if (line.Get(name) is null)
            {
                line.Set(name, "");
            }
        }

        return true;
    }
}

/// <summary>Paths into JSON: <c>a.b</c>, <c>a["b c"]</c>, <c>a[0]</c>.</summary>
internal static class JsonPath
{
    /// <exception cref="LogQueryException">It is no path.</exception>
    public static IReadOnlyList<object> Parse(string expression, string stage)
    {
        var path = new List<object>();
        int at = 0;
        while (at < expression.Length)
        {
            char one = expression[at];
            if (one is ' ' or '\t' or '\n')
            {
                at++;
            }
            else if (one == '[')
            {
                at = Bracket(expression, at, path, stage);
            }
            else
            {
                if (one == '.' && path.Count > 0)
                {
                    at++;
                }

                int start = at;
                while (at < expression.Length && (char.IsAsciiLetterOrDigit(expression[at]) || expression[at] == '_'))
                {
                    at++;
                }

                if (at == start || char.IsAsciiDigit(expression[start]))
                {
                    throw Wrong(stage, expression, at < expression.Length && at == start ? $"unexpected char {expression[at]}" : "syntax error: unexpected $end, expecting FIELD");
                }

                path.Add(expression[start..at]);
            }
        }

        return path.Count > 0 ? path : throw Wrong(stage, expression, "syntax error: unexpected $end");
    }

    /// <summary>The value as text; null when the path leads nowhere.</summary>
    public static string? Find(ReadOnlySpan<char> text, IReadOnlyList<object> path, int depth)
    {
        string? found = null;
        if (path[depth] is int index)
        {
            return JsonScan.Element(text, index, out Range element, out JsonPiece kind) ? Value(text[element], kind, path, depth) : null;
        }

        JsonScan.Members(text, (key, value, piece) =>
        {
            if (key != (string)path[depth])
            {
                return true;
            }

            found = Value(value, piece, path, depth);
            return found is null;
        });
        return found;
    }

    private static string? Value(ReadOnlySpan<char> value, JsonPiece piece, IReadOnlyList<object> path, int depth)
        => depth + 1 < path.Count ? (piece is JsonPiece.Object or JsonPiece.Array ? Find(value, path, depth + 1) : null)
            : piece switch
            {
                JsonPiece.Null => "",
                JsonPiece.Object => value.ToString(),
                _ => LabelText.Valid(JsonScan.Unescape(value) ?? ""),
            };

    private static int Bracket(string expression, int open, List<object> path, string stage)
    {
        int close = expression.IndexOf(']', open);
        if (close < 0)
        {
            throw Wrong(stage, expression, "syntax error: unexpected $end, expecting RSB");
        }

        string inside = expression[(open + 1)..close].Trim();
        if (inside.Length >= 2 && inside[0] == '"' && inside[^1] == '"')
        {
            path.Add(inside[1..^1]);
        }
        else if (int.TryParse(inside, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            path.Add(index);
        }
        else
        {
            throw Wrong(stage, expression, inside.Contains('.', StringComparison.Ordinal) ? "cannot use float as array index" : $"non-integer value: {(inside.Length > 0 ? inside[0] : ']')}");
        }

        return close + 1;
    }

    private static LogQueryException Wrong(string stage, string expression, string why) => LogQueryException.Stage(stage, $"cannot parse expression [{expression}]: {why}");
}

/// <summary><c>| unpack</c>: members of text become labels, and <c>_entry</c> the line; nothing when there is no <c>_entry</c>.</summary>
internal sealed class UnpackStage : LogStage
{
    public override string Text => "| unpack";

    public override bool Apply(LineState line)
    {
        if (line.Line.Length == 0 || line.Hints.NothingToFind)
        {
            return true;
        }

        if (line.Line[0] != '{')
        {
            line.Fail(LineErrors.Json, "expecting json object(6), but it is not");
            return true;
        }

        var labels = new List<(string Name, string Value)>();
        string? entry = null;
        string? problem = JsonScan.Members(line.Line, (key, value, piece) =>
        {
            if (piece == JsonPiece.Text && key == "_entry")
            {
                entry = JsonScan.Unescape(value) ?? "";
            }
            else if (piece == JsonPiece.Text)
            {
                string name = line.Taken(key) ? key + LineState.Duplicate : key;
                if (line.Hints.Wants(name))
                {
                    labels.Add((LabelText.Name(name), LabelText.Valid(JsonScan.Unescape(value) ?? "")));
                }
            }

            return true;
        });
        if (problem is not null)
        {
            line.Fail(LineErrors.Json, problem);
        }
        else if (entry is not null)
        {
            foreach ((string name, string value) in labels)
            {
                line.Set(name, value);
            }

            line.Line = entry;
        }

        return true;
    }
}

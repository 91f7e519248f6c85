using System.Globalization;
using System.Text;
using Fairway.PromQL;
using Fairway.Resources.Signals;
using Fairway.Telemetry.Logs.Query;

namespace Fairway.Telemetry.Traces.Query;

/// <summary>Reads the filters of TraceQL.</summary>
internal sealed class SpanQueryParser(string text)
{
    private const int MostDepth = 50;
    private static readonly string[] Signs = ["!=", "=~", "!~", ">=", "<=", "=", ">", "<"];
    private int _at;
    private int _depth;

    public SpanQuery Query()
    {
        SpanSet set = Sets(0);
        var aggregates = new List<SpanAggregate>();
        while (Take("|"))
        {
            aggregates.Add(Aggregate());
        }

        Space();
        return _at == text.Length ? new SpanQuery(set, aggregates) : throw Unexpected("the end");
    }

    private SpanSet Sets(int least)
    {
        Deeper();
        SpanSet left = Set();
        while (true)
        {
            (string sign, int strength) = Ahead("||") ? ("||", 1) : Ahead("&&") ? ("&&", 2) : Ahead(">>") ? (">>", 3) : Ahead(">") ? (">", 3) : Ahead("~") ? ("~", 3) : ("", 0);
            if (strength <= least)
            {
                _depth--;
                return left;
            }

            _at += sign.Length;
            left = new SpanSet.Combined(sign, left, Sets(strength));
        }
    }

    private SpanSet Set()
    {
        if (Take("("))
        {
            SpanSet inner = Sets(0);
            Expect(")");
            return inner;
        }

        Expect("{");
        SpanCondition condition = Take("}") ? new SpanCondition.Any() : Or();
        if (condition is not SpanCondition.Any)
        {
            Expect("}");
        }

        return new SpanSet.Filter(condition);
    }

    private SpanCondition Or()
    {
        Deeper();
        SpanCondition left = And();
        while (Take("||"))
        {
            left = new SpanCondition.Or(left, And());
        }

        _depth--;
        return left;
    }

    private SpanCondition And()
    {
        SpanCondition left = One();
        while (Take("&&"))
        {
            left = new SpanCondition.And(left, One());
        }

        return left;
    }

    private SpanCondition One()
    {
        if (Take("!"))
        {
            return new SpanCondition.Not(One());
        }

        if (Take("("))
        {
            SpanCondition inner = Or();
            Expect(")");
            return inner;
        }

        if (Take("true"))
        {
            return new SpanCondition.Any();
        }

        SpanField field = Field();
        string sign = Array.Find(Signs, Ahead) ?? throw Unexpected("=, !=, >, >=, <, <=, =~ or !~");
        _at += sign.Length;
        object? value = Value();
        if (sign is not ("=~" or "!~"))
        {
            return new SpanCondition.Compare(field, sign, value, null);
        }

        try
        {
            return new SpanCondition.Compare(field, sign, value, Re2Pattern.Compile($"^(?:{value as string ?? throw Unexpected("a text in quotes")})$"));
        }
        catch (FormatException wrong)
        {
            throw new SignalQueryException(wrong.Message, wrong);
        }
    }

    private SpanField Field()
    {
        Space();
        int start = _at;
        while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] is '_' or '.' or '-' or '/' or ':'))
        {
            _at++;
        }

        string name = text[start.._at];
        foreach (string scope in (ReadOnlySpan<string>)["span", "resource", "event"])
        {
            if (name.StartsWith(scope + ".", StringComparison.Ordinal) && name.Length > scope.Length + 1)
            {
                return new SpanField(scope, name[(scope.Length + 1)..]);
            }
        }

        if (name is ['.', _, ..])
        {
            return new SpanField("any", name[1..]);
        }

        // TraceQL's newer names have the scope before a colon.
        string plain = name switch { "trace:duration" => "traceDuration", "trace:rootName" => "rootName", "trace:rootService" => "rootServiceName", "trace:id" => "traceId", "span:id" => "spanId", "span:parentID" => "parentId", _ => name.StartsWith("span:", StringComparison.Ordinal) ? name[5..] : name };
        return SpanField.IsIntrinsic(plain) ? new SpanField("", plain) : throw new SignalQueryException($"\"{name}\" is no field; expected span.x, resource.x, event.x, .x, name, duration, status, kind, rootName, rootServiceName or traceDuration");
    }

    private object? Value()
    {
        Space();
        if (_at < text.Length && text[_at] is '"' or '`')
        {
            return Quoted();
        }

        int start = _at;
        while (_at < text.Length && (char.IsLetterOrDigit(text[_at]) || text[_at] is '.' or '-' or '+' or '_' or 'µ'))
        {
            _at++;
        }

        string word = text[start.._at];
        return word switch
        {
            "true" => true,
            "false" => false,
            "nil" => null,
            "" => throw Unexpected("a value"),
            _ => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
                : GoDurations.TryParseAny(word, out long nanoseconds) ? (double)nanoseconds
                : char.IsLetter(word[0]) ? word
                : throw new SignalQueryException($"\"{word}\" is no value; expected a text in quotes, a number, a duration, true, false or nil"),
        };
    }

    private string Quoted()
    {
        char quote = text[_at++];
        var value = new StringBuilder();
        while (_at < text.Length && text[_at] != quote)
        {
            _at += text[_at] == '\\' && quote == '"' && _at + 1 < text.Length ? 1 : 0;
            value.Append(text[_at++]);
        }

        if (_at++ >= text.Length)
        {
            throw Unexpected("the end of the text in quotes");
        }

        return value.ToString();
    }

    private SpanAggregate Aggregate()
    {
        Space();
        int start = _at;
        while (_at < text.Length && char.IsLetter(text[_at]))
        {
            _at++;
        }

        string function = text[start.._at];
        if (function is not ("count" or "avg" or "min" or "max" or "sum"))
        {
            throw Unexpected("count(), avg(), min(), max() or sum()");
        }

        Expect("(");
        SpanField? field = function == "count" ? null : Field();
        Expect(")");
        string sign = Array.Find(Signs, one => one is not ("=~" or "!~") && Ahead(one)) ?? throw Unexpected("a comparison");
        _at += sign.Length;
        return new SpanAggregate(function, field, sign, Value() is double limit ? limit : throw Unexpected("a number or a duration"));
    }

    private void Deeper()
    {
        if (++_depth > MostDepth)
        {
            throw new SignalQueryException("the search is nested too deeply");
        }
    }

    private bool Ahead(string sign)
    {
        Space();
        return string.CompareOrdinal(text, _at, sign, 0, sign.Length) == 0;
    }

    private bool Take(string sign)
    {
        bool ahead = Ahead(sign);
        _at += ahead ? sign.Length : 0;
        return ahead;
    }

    private void Expect(string sign)
    {
        if (!Take(sign))
        {
            throw Unexpected(sign);
        }
    }

    private void Space()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }
    }

    private SignalQueryException Unexpected(string expected)
        => new($"character {_at + 1}: expected {expected}, found {(_at < text.Length ? $"\"{text[_at]}\"" : "the end")}");
}

namespace Fairway.Resources.Schemas;

/// <summary>What is wrong with text that is not JSON, in the words of Go's scanner: the first letter that does not fit, and where.</summary>
internal ref struct GoSyntax
{
    private const int MaxDepth = 10_000;

    private readonly ReadOnlySpan<byte> _text;
    private int _at;
    private string? _problem;

    private GoSyntax(ReadOnlySpan<byte> text) => _text = text;

    /// <summary>Null when the text is JSON.</summary>
    public static string? Problem(ReadOnlySpan<byte> text)
    {
        var scan = new GoSyntax(text);
        scan.Value(0, "looking for beginning of value");
        scan.Blank();
        return scan._problem ?? (scan._at < text.Length ? scan.Unexpected("after top-level value") : null);
    }

    private bool Fails => _problem is not null;

    private void Value(int depth, string where)
    {
        if (depth > MaxDepth)
        {
            _problem = "exceeded max depth";
            return;
        }

        Blank();
        switch (Peek())
        {
            case (byte)'{':
                Object(depth);
                break;
            case (byte)'[':
                List(depth);
                break;
            case (byte)'"':
                Text();
                break;
            case (byte)'t':
                Word("true");
                break;
            case (byte)'f':
                Word("false");
                break;
            case (byte)'n':
                Word("null");
                break;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                Number();
                break;
            default:
                Unexpected(where);
                break;
        }
    }

    private void Object(int depth)
    {
        _at++;
        Blank();
        if (Peek() == '}')
        {
            _at++;
            return;
        }

        while (!Fails)
        {
            Blank();
            if (Peek() != '"')
            {
                Unexpected("looking for beginning of object key string");
                return;
            }

            Text();
            Expect(':', "after object key");
            if (!Fails)
            {
                Value(depth + 1, "looking for beginning of value");
            }

            if (!More('}', "after object key:value pair"))
            {
                return;
            }
        }
    }

    private void List(int depth)
    {
        _at++;
        Blank();
        if (Peek() == ']')
        {
            _at++;
            return;
        }

        do
        {
            Value(depth + 1, "looking for beginning of value");
        }
        while (More(']', "after array element"));
    }

    private bool More(char end, string where)
    {
        if (Fails)
        {
            return false;
        }

        Blank();
        int next = Peek();
        if (next != ',' && next != end)
        {
            Unexpected(where);
            return false;
        }

        _at++;
        return next == ',';
    }

    private void Expect(char letter, string where)
    {
        if (Fails)
        {
            return;
        }

        Blank();
        if (Peek() != letter)
        {
            Unexpected(where);
        }
        else
        {
            _at++;
        }
    }

    private void Text()
    {
        for (_at++; _at < _text.Length; _at++)
        {
            byte letter = _text[_at];
            if (letter == '"')
            {
                _at++;
                return;
            }

            if (letter < 0x20)
            {
                Unexpected("in string literal");
                return;
            }

            if (letter == '\\' && !Escape())
            {
                return;
            }
        }

        Unexpected("");
    }

    private bool Escape()
    {
        _at++;
        if (Peek() == 'u')
        {
            for (int i = 0; i < 4; i++)
            {
                _at++;
                if (_at >= _text.Length || !char.IsAsciiHexDigit((char)_text[_at]))
                {
                    Unexpected("in \\u hexadecimal character escape");
                    return false;
                }
            }

            return true;
        }

        if (Peek() is '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't')
        {
            return true;
        }

        Unexpected("in string escape code");
        return false;
    }

    private void Word(string word)
    {
        for (int i = 1; i < word.Length; i++)
        {
            _at++;
            if (Peek() != word[i])
            {
                Unexpected($"in literal {word} (expecting '{word[i]}')");
                return;
            }
        }

        _at++;
    }

    private void Number()
    {
        if (Peek() == '-')
        {
            _at++;
        }

        if (Peek() == '0')
        {
            _at++;
        }
        else if (!Digits("in numeric literal"))
        {
            return;
        }

        if (Peek() == '.')
        {
            _at++;
            if (!Digits("after decimal point in numeric literal"))
            {
                return;
            }
        }

        if (Peek() is 'e' or 'E')
        {
            _at++;
            if (Peek() is '+' or '-')
            {
                _at++;
            }

            Digits("in exponent of numeric literal");
        }
    }

    private bool Digits(string where)
    {
        if (Peek() is not (>= '0' and <= '9'))
        {
            Unexpected(where);
            return false;
        }

        while (Peek() is >= '0' and <= '9')
        {
            _at++;
        }

        return true;
    }

    private readonly int Peek() => _at < _text.Length ? _text[_at] : -1;

    private void Blank()
    {
        while (Peek() is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }
    }

    private string Unexpected(string where)
    {
        int letter = Peek();
        return _problem ??= letter < 0 ? "unexpected end of JSON input" : $"invalid character {Quoted((char)letter)} {where}";
    }

    private static string Quoted(char letter) => letter switch
    {
        '\'' => "'\\''",
        '"' => "'\"'",
        '\n' => "'\\n'",
        '\r' => "'\\r'",
        '\t' => "'\\t'",
        < ' ' => $"'\\x{(int)letter:x2}'",
        _ => $"'{letter}'",
    };
}

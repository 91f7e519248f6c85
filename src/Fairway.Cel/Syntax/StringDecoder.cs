using System.Globalization;
using System.Text;

namespace Fairway.Cel.Syntax;

/// <summary>Undoes the escapes of string and bytes literals.</summary>
internal sealed class StringDecoder(bool bytes)
{
    private readonly StringBuilder _text = new();
    private readonly List<byte> _bytes = [];

    public string Text() => _text.ToString();

    public byte[] Bytes() => [.. _bytes];

    public string? TakeRaw(string text)
    {
        AddText(text);
        return null;
    }

    /// <summary>Null, or what is wrong.</summary>
    public string? Take(string text)
    {
        int at = 0;
        while (at < text.Length)
        {
            int slash = text.IndexOf('\\', at);
            if (slash < 0)
            {
                AddText(text[at..]);
                return null;
            }

            AddText(text[at..slash]);
            at = slash + 1;
            if (at >= text.Length)
            {
                return "unfinished escape at the end";
            }

            if (Escape(text, ref at) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    private string? Escape(string text, ref int at)
    {
        char c = text[at++];
        switch (c)
        {
            case 'a': AddText("\a"); return null;
            case 'b': AddText("\b"); return null;
            case 'f': AddText("\f"); return null;
            case 'n': AddText("\n"); return null;
            case 'r': AddText("\r"); return null;
            case 't': AddText("\t"); return null;
            case 'v': AddText("\v"); return null;
            case '\\' or '?' or '"' or '\'' or '`': AddText(c.ToString()); return null;
            case 'x' or 'X': return Code(text, ref at, 2, 16, isByte: true);
            case 'u' when !bytes: return Code(text, ref at, 4, 16, isByte: false);
            case 'U' when !bytes: return Code(text, ref at, 8, 16, isByte: false);
            case >= '0' and <= '3':
                at--;
                return Code(text, ref at, 3, 8, isByte: true);
            default: return $"unknown escape '\\{c}'";
        }
    }

    private string? Code(string text, ref int at, int digits, int radix, bool isByte)
    {
        uint value = 0;
        for (int i = 0; i < digits; i++)
        {
            if (at >= text.Length || !char.IsAsciiHexDigit(text[at]) || (radix == 8 && text[at] > '7'))
            {
                return string.Create(CultureInfo.InvariantCulture, $"an escape needs {digits} {(radix == 8 ? "octal" : "hexadecimal")} digits");
            }

            value = (value * (uint)radix) + (uint)Convert.ToInt32(text[at++].ToString(), 16);
        }

        if (bytes && isByte)
        {
            _bytes.Add((byte)value);
            return null;
        }

        if (!Rune.IsValid(value))
        {
            return string.Create(CultureInfo.InvariantCulture, $"U+{value:X4} is no Unicode scalar value");
        }

        AddText(new Rune(value).ToString());
        return null;
    }

    private void AddText(string text)
    {
        if (bytes)
        {
            _bytes.AddRange(Encoding.UTF8.GetBytes(text));
        }
        else
        {
            _text.Append(text);
        }
    }
}

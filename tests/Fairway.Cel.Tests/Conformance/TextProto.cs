using System.Globalization;
using System.Text;

namespace Fairway.Cel.Tests.Conformance;

/// <summary>A message in protobuf's text format: its fields in order, each a scalar's text, bytes of a string, or a message.</summary>
internal sealed class TextProto
{
    private readonly List<(string Name, object Value)> _fields = [];

    public IReadOnlyList<(string Name, object Value)> Fields => _fields;

    public TextProto? Message(string name) => One(name) as TextProto;

    public IEnumerable<TextProto> Messages(string name) => _fields.Where(field => field.Name == name).Select(field => (TextProto)field.Value);

    public string? Text(string name) => One(name) switch
    {
        null => null,
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        var scalar => (string)scalar,
    };

    public bool Has(string name) => _fields.Exists(field => field.Name == name);

    public object? One(string name) => _fields.LastOrDefault(field => field.Name == name).Value;

    public static TextProto Parse(string text)
    {
        int at = 0;
        return new Reader(text).Fields(ref at, '\0');
    }

    private sealed class Reader(string text)
    {
        public TextProto Fields(ref int at, char close)
        {
            var message = new TextProto();
            while (true)
            {
                Skip(ref at);
                if (at >= text.Length)
                {
                    return message;
                }

                if (text[at] == close)
                {
                    at++;
                    return message;
                }

                if (text[at] is ',' or ';')
                {
                    at++;
                    continue;
                }

                string name = Name(ref at);
                Skip(ref at);
                if (text[at] == ':')
                {
                    at++;
                    Skip(ref at);
                }

                if (text[at] == '[')
                {
                    at++;
                    while (true)
                    {
                        Skip(ref at);
                        if (text[at] is ']' or ',')
                        {
                            if (text[at++] == ']')
                            {
                                break;
                            }

                            continue;
                        }

                        message._fields.Add((name, Value(ref at)));
                    }
                }
                else
                {
                    message._fields.Add((name, Value(ref at)));
                }
            }
        }

        private string Name(ref int at)
        {
            int start = at;
            if (text[at] == '[')
            {
                at = text.IndexOf(']', at) + 1;
                return text[start..at];
            }

            while (char.IsLetterOrDigit(text[at]) || text[at] is '_' or '.')
            {
                at++;
            }

            return start == at ? throw new FormatException($"unexpected '{text[at]}' at {at}") : text[start..at];
        }

        private object Value(ref int at)
        {
            char c = text[at];
            if (c is '{' or '<')
            {
                at++;
                return Fields(ref at, c == '{' ? '}' : '>');
            }

            if (c is '"' or '\'')
            {
                var bytes = new List<byte>();
                while (at < text.Length && text[at] is '"' or '\'')
                {
                    Literal(ref at, bytes);
                    Skip(ref at);
                }

                return bytes.ToArray();
            }

            int start = at;
            while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '_' or '.' or '-' or '+'))
            {
                at++;
            }

            return text[start..at];
        }

        private void Literal(ref int at, List<byte> bytes)
        {
            char quote = text[at++];
            while (text[at] != quote)
            {
                if (text[at] != '\\')
                {
                    int length = char.IsHighSurrogate(text[at]) ? 2 : 1;
                    bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(at, length)));
                    at += length;
                    continue;
                }

                char c = text[++at];
                at++;
                switch (c)
                {
                    case 'n': bytes.Add(10); break;
                    case 'r': bytes.Add(13); break;
                    case 't': bytes.Add(9); break;
                    case 'a': bytes.Add(7); break;
                    case 'b': bytes.Add(8); break;
                    case 'f': bytes.Add(12); break;
                    case 'v': bytes.Add(11); break;
                    case 'x' or 'X': bytes.Add((byte)Code(ref at, 2, 16)); break;
                    case 'u': bytes.AddRange(Encoding.UTF8.GetBytes(new Rune(Code(ref at, 4, 16)).ToString())); break;
                    case 'U': bytes.AddRange(Encoding.UTF8.GetBytes(new Rune(Code(ref at, 8, 16)).ToString())); break;
                    case >= '0' and <= '7':
                        at--;
                        bytes.Add((byte)Code(ref at, 3, 8));
                        break;
                    default: bytes.Add((byte)c); break;
                }
            }

            at++;
        }

        private int Code(ref int at, int most, int radix)
        {
            int start = at;
            while (at < text.Length && at - start < most && (radix == 8 ? text[at] is >= '0' and <= '7' : char.IsAsciiHexDigit(text[at])))
            {
                at++;
            }

            return Convert.ToInt32(text[start..at], radix);
        }

        private void Skip(ref int at)
        {
            while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] == '#'))
            {
                if (text[at] == '#')
                {
                    while (at < text.Length && text[at] != '\n')
                    {
                        at++;
                    }
                }
                else
                {
                    at++;
                }
            }
        }
    }
}

using System.Collections.Immutable;

namespace Fairway.Cel;

/// <summary>Reads types written as text: <c>int</c>, <c>map(string, list(dyn))</c>, <c>wrapper(int)</c>, a message's full name.</summary>
public static class CelTypeText
{
    /// <summary>The type, or null when the text is no type. Single capital letters (<c>T</c>, <c>A</c>) are type parameters.</summary>
    public static CelType? TryParse(string text)
    {
        int at = 0;
        CelType? type = Read(text, ref at, 0);
        Skip(text, ref at);
        return type is not null && at == text.Length ? type : null;
    }

    private static CelType? Read(string text, ref int at, int depth)
    {
        Skip(text, ref at);
        int start = at;
        while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '.' or '_' or '-' or '/'))
        {
            at++;
        }

        string name = text[start..at];
        if (name.Length == 0 || depth > 32)
        {
            return null;
        }

        Skip(text, ref at);
        var parameters = ImmutableArray.CreateBuilder<CelType>();
        if (at < text.Length && text[at] is '(' or '<')
        {
            char close = text[at] == '(' ? ')' : '>';
            do
            {
                at++;
                if (Read(text, ref at, depth + 1) is not { } parameter)
                {
                    return null;
                }

                parameters.Add(parameter);
                Skip(text, ref at);
            }
            while (at < text.Length && text[at] == ',');
            if (at >= text.Length || text[at++] != close)
            {
                return null;
            }
        }

        return Build(name, parameters.ToImmutable());
    }

    private static CelType? Build(string name, ImmutableArray<CelType> parameters) => (name, parameters.Length) switch
    {
        ("bool", 0) => CelType.Bool,
        ("int", 0) => CelType.Int,
        ("uint", 0) => CelType.Uint,
        ("double", 0) => CelType.Double,
        ("string", 0) => CelType.String,
        ("bytes", 0) => CelType.Bytes,
        ("null" or "null_type", 0) => CelType.Null,
        ("dyn", 0) => CelType.Dyn,
        ("any", 0) => CelType.Any,
        ("error", 0) => CelType.Error,
        ("timestamp", 0) => CelType.Timestamp,
        ("duration", 0) => CelType.Duration,
        ("list", 0) => CelType.ListOf(CelType.Dyn),
        ("list", 1) => CelType.ListOf(parameters[0]),
        ("map", 0) => CelType.MapOf(CelType.Dyn, CelType.Dyn),
        ("map", 2) => CelType.MapOf(parameters[0], parameters[1]),
        ("type", 0) => CelType.TypeOfAny,
        ("type", 1) => CelType.TypeOf(parameters[0]),
        ("wrapper", 1) => CelType.WrapperOf(parameters[0]),
        ("optional" or "optional_type", 1) => CelType.OptionalOf(parameters[0]),
        (_, 0) when name.Length == 1 && char.IsAsciiLetterUpper(name[0]) => CelType.Param(name),
        (_, 0) => CelType.Message(name),
        _ => CelType.Opaque(name, parameters),
    };

    private static void Skip(string text, ref int at)
    {
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }
    }
}

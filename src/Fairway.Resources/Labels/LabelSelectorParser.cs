using System.Globalization;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Labels;

/// <summary>
/// Recursive descent over <c>key</c>, <c>!key</c>, <c>key=value</c>, <c>key in (a,b)</c>, <c>key&gt;1</c>, joined by commas; takes and
/// refuses what kube-apiserver does, in its words.
/// </summary>
internal sealed class LabelSelectorParser(string text)
{
    private const string Special = "=!(),<>";
    private const string End = "";
    private const string Operators = "in, notin, =, ==, !=, gt, lt";

    private readonly List<Token> _tokens = Scan(text);
    private int _position;

    public List<LabelRequirement> Parse()
    {
        var requirements = new List<LabelRequirement>();
        while (true)
        {
            if (Next.IsEnd)
            {
                return requirements;
            }

            if (!Next.IsWord && Next.Text != "!")
            {
                throw Refuse($"found '{Next.Text}', expected: !, identifier, or 'end of string'");
            }

            requirements.Add(Requirement());
            Token after = Take();
            if (after.IsEnd)
            {
                return requirements;
            }

            if (after.Text != ",")
            {
                throw Refuse($"found '{after.Text}', expected: ',' or 'end of string'");
            }

            if (!Next.IsWord && Next.Text != "!")
            {
                throw Refuse($"found '{Next.Text}', expected: identifier after ','");
            }
        }
    }

    private Token Next => _tokens[_position];

    // The end is never passed.
    private Token Take() => Next.IsEnd ? Next : _tokens[_position++];

    private LabelRequirement Requirement()
    {
        bool isAbsent = Next.Text == "!" && !Next.IsWord;
        if (isAbsent)
        {
            Take();
        }

        Token key = Take();
        if (!key.IsWord)
        {
            throw RefuseRequirement($"found '{key.Text}', expected: identifier");
        }

        if (Names.QualifiedNameProblem(key.Text) is { } problem)
        {
            throw RefuseRequirement($"<nil>: Invalid value: {KubeJson.Quote(key.Text)}: {problem}");
        }

        if (isAbsent)
        {
            return new LabelRequirement(key.Text, LabelOperator.DoesNotExist, []);
        }

        if (Next.IsEnd || Next.Text == ",")
        {
            return new LabelRequirement(key.Text, LabelOperator.Exists, []);
        }

        Token symbol = Take();
        (LabelOperator Operator, IReadOnlyList<string> Values) made = symbol.Text switch
        {
            "=" or "==" => (LabelOperator.Equals, [Value()]),
            "!=" => (LabelOperator.NotEquals, [Value()]),
            ">" => (LabelOperator.GreaterThan, [Value()]),
            "<" => (LabelOperator.LessThan, [Value()]),
            "in" => (LabelOperator.In, Set()),
            "notin" => (LabelOperator.NotIn, Set()),
            _ => throw RefuseRequirement($"found '{symbol.Text}', expected: {Operators}"),
        };
        Check(key.Text, made.Operator, made.Values);
        return new LabelRequirement(key.Text, made.Operator, made.Values);
    }

    private static void Check(string key, LabelOperator @operator, IReadOnlyList<string> values)
    {
        var problems = new List<string>();
        if (@operator is LabelOperator.GreaterThan or LabelOperator.LessThan
            && !long.TryParse(values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        {
            problems.Add($"values[0]: Invalid value: {KubeJson.Quote(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer");
        }

        for (int index = 0; index < values.Count; index++)
        {
            if (Names.LabelValueProblem(values[index]) is { } problem)
            {
                problems.Add($"values[{index}][{key}]: Invalid value: {KubeJson.Quote(values[index])}: {problem}");
            }
        }

        if (problems.Count > 0)
        {
            throw RefuseRequirement(problems.Count == 1 ? problems[0] : $"[{string.Join(", ", problems)}]");
        }
    }

    private string Value()
    {
        if (Next.IsEnd || Next.Text == ",")
        {
            return "";
        }

        Token value = Take();
        return value.IsWord ? value.Text : throw RefuseRequirement($"found '{value.Text}', expected: identifier");
    }

    private string[] Set()
    {
        if (Take() is var open && open.Text != "(")
        {
            throw RefuseRequirement($"found '{open.Text}' expected: '('");
        }

        if (Next.Text == ")")
        {
            Take();
            return [""];
        }

        if (!Next.IsWord && Next.Text != ",")
        {
            throw RefuseRequirement($"found '{Next.Text}', expected: ',', ')' or identifier");
        }

        string[] values = Identifiers();
        Take(); // the parenthesis that ends the list
        return values;
    }

    // Between commas, and before the first and after the last, nothing is the empty value.
    private string[] Identifiers()
    {
        var values = new SortedSet<string>(StringComparer.Ordinal);
        while (true)
        {
            Token token = Take();
            if (token.IsWord)
            {
                values.Add(token.Text);
                if (Next.Text == ")")
                {
                    return [.. values];
                }

                if (Next.Text != ",")
                {
                    throw RefuseRequirement($"found '{Next.Text}', expected: ',' or ')'");
                }
            }
            else if (token.Text == ",")
            {
                if (values.Count == 0)
                {
                    values.Add("");
                }

                if (Next.Text == ")")
                {
                    values.Add("");
                    return [.. values];
                }

                if (Next.Text == ",")
                {
                    Take();
                    values.Add("");
                }
            }
            else
            {
                throw RefuseRequirement($"found '{token.Text}', expected: ',', or identifier");
            }
        }
    }

    private static List<Token> Scan(string text)
    {
        var tokens = new List<Token>();
        int at = 0;
        while (at < text.Length)
        {
            char letter = text[at];
            if (letter is ' ' or '\t' or '\r' or '\n')
            {
                at++;
                continue;
            }

            int length = 1;
            bool isSpecial = Special.Contains(letter, StringComparison.Ordinal);
            if (isSpecial)
            {
                length = text.AsSpan(at).StartsWith("==") || text.AsSpan(at).StartsWith("!=") ? 2 : 1;
            }
            else
            {
                while (at + length < text.Length && text[at + length] is not (' ' or '\t' or '\r' or '\n') && !Special.Contains(text[at + length], StringComparison.Ordinal))
                {
                    length++;
                }
            }

            tokens.Add(new Token(text.Substring(at, length), !isSpecial, IsEnd: false));
            at += length;
        }

        tokens.Add(new Token(End, IsWord: false, IsEnd: true));
        return tokens;
    }

    private static StatusException RefuseRequirement(string why) => Refuse($"unable to parse requirement: {why}");

    private static StatusException Refuse(string why) => StatusException.BadRequest(why);

    private readonly record struct Token(string Text, bool IsWord, bool IsEnd);
}

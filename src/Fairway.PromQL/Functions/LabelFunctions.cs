using System.Text;
using System.Text.RegularExpressions;
using Fairway.PromQL.Evaluation;
using Fairway.PromQL.Parsing;

namespace Fairway.PromQL.Functions;

/// <summary>Functions that change labels only.</summary>
internal static class LabelFunctions
{
    public static List<Column> Replace(Evaluator evaluator, CallExpression call)
    {
        string target = evaluator.Text(call.Arguments[1]);
        string replacement = evaluator.Text(call.Arguments[2]);
        string source = evaluator.Text(call.Arguments[3]);
        string pattern = evaluator.Text(call.Arguments[4]);
        Regex regex;
        try
        {
            regex = Re2Pattern.Compile("^(?s:" + pattern + ")$");
        }
        catch (FormatException)
        {
            throw PromQLException.Execution($"invalid regular expression in label_replace(): {pattern}");
        }

        if (!Names.IsLabelName(target))
        {
            throw PromQLException.Execution($"invalid destination label name in label_replace(): {target}");
        }

        List<Column> input = evaluator.Vector(call.Arguments[0]);
        return Column.Merge(input.ConvertAll(column =>
        {
            Match match = regex.Match(column.Labels[source]);
            return match.Success ? column.Relabelled(column.Labels.With(target, GoTemplate.Expand(replacement, match))) : column;
        }));
    }

    public static List<Column> Join(Evaluator evaluator, CallExpression call)
    {
        string target = evaluator.Text(call.Arguments[1]);
        string separator = evaluator.Text(call.Arguments[2]);
        string[] sources = [.. call.Arguments.Skip(3).Select(evaluator.Text)];
        if (Array.Find(sources, source => !Names.IsLabelName(source)) is { } bad)
        {
            throw PromQLException.Execution($"invalid source label name in label_join(): {bad}");
        }

        if (!Names.IsLabelName(target))
        {
            throw PromQLException.Execution($"invalid destination label name in label_join(): {target}");
        }

        List<Column> input = evaluator.Vector(call.Arguments[0]);
        return Column.Merge(input.ConvertAll(column
            => column.Relabelled(column.Labels.With(target, string.Join(separator, sources.Select(source => column.Labels[source]))))));
    }
}

/// <summary>Replacement texts of Go's regular expressions: <c>$1</c>, <c>$name</c>, <c>${1}x</c>, <c>$$</c>.</summary>
public static class GoTemplate
{
    /// <summary>Puts the groups of a match into a replacement text. A name is as long as can be; an unknown one is empty.</summary>
    public static string Expand(string replacement, Match match)
    {
        var text = new StringBuilder();
        for (int i = 0; i < replacement.Length; i++)
        {
            if (replacement[i] != '$' || i + 1 == replacement.Length)
            {
                text.Append(replacement[i]);
                continue;
            }

            if (replacement[i + 1] == '$')
            {
                text.Append('$');
                i++;
                continue;
            }

            bool braces = replacement[i + 1] == '{';
            int start = i + (braces ? 2 : 1);
            int end = start;
            while (end < replacement.Length && (char.IsLetterOrDigit(replacement[end]) || replacement[end] == '_'))
            {
                end++;
            }

            bool isName = end > start && (!braces || (end < replacement.Length && replacement[end] == '}'));
            if (!isName)
            {
                text.Append('$');
                continue;
            }

            text.Append(match.Groups[replacement[start..end]].Value);
            i = braces ? end : end - 1;
        }

        return text.ToString();
    }
}

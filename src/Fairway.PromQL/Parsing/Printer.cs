using System.Globalization;
using System.Text;

namespace Fairway.PromQL.Parsing;

/// <summary>Writes a tree as text: on one line, or over several with two spaces for each level where a line would pass 100 characters.</summary>
public static class Printer
{
    private const int LongestLine = 100;

    /// <summary>The tree on one line.</summary>
    public static string Print(Expression node) => node switch
    {
        NumberLiteral number => Number(number),
        StringLiteral text => GoText.Quote(text.Value),
        ParenExpression paren => $"({Print(paren.Inner)})",
        UnaryExpression unary => (unary.Negative ? "-" : "+") + Print(unary.Operand),
        CallExpression call => $"{call.Function.Name}({string.Join(", ", call.Arguments.Select(Print))})",
        AggregateExpression aggregate => $"{Head(aggregate)}({(aggregate.Parameter is null ? string.Empty : Print(aggregate.Parameter) + ", ")}{Print(aggregate.Operand)})",
        BinaryExpression binary => $"{Print(binary.Left)} {binary.Operator.Symbol()}{Modifiers(binary)} {Print(binary.Right)}",
        VectorSelector selector => Selector(selector),
        MatrixSelector matrix => Matrix(matrix),
        SubqueryExpression subquery => Print(subquery.Inner) + Suffix(subquery),
        _ => throw new ArgumentOutOfRangeException(nameof(node), node.GetType().Name, "no such node"),
    };

    /// <summary>The tree over several lines where it is long: what the API's <c>format_query</c> answers.</summary>
    public static string Format(Expression node) => Format(node, 0);

    private static string Format(Expression node, int level)
    {
        string indent = Indent(level);
        string line = Print(node);
        bool split = line.Length > LongestLine;
        switch (node)
        {
            case SubqueryExpression subquery:
                return split ? Format(subquery.Inner, level) + Suffix(subquery) : line;
            case UnaryExpression unary:
                return $"{indent}{(unary.Negative ? "-" : "+")}{Format(unary.Operand, level).Trim()}";
            case AggregateExpression aggregate when split:
                string parameter = aggregate.Parameter is null ? string.Empty : Format(aggregate.Parameter, level + 1) + ",\n";
                return $"{indent}{Head(aggregate)}(\n{parameter}{Format(aggregate.Operand, level + 1)}\n{indent})";
            case BinaryExpression binary when split:
                return $"{Format(binary.Left, level + 1)}\n{indent}{binary.Operator.Symbol()}{Modifiers(binary)}\n{Format(binary.Right, level + 1)}";
            case CallExpression call when split:
                return $"{indent}{call.Function.Name}(\n{string.Join(",\n", call.Arguments.Select(one => Format(one, level + 1)))}\n{indent})";
            case ParenExpression paren when split:
                return $"{indent}(\n{Format(paren.Inner, level + 1)}\n{indent})";
            default:
                return indent + line;
        }
    }

    private static string Indent(int level) => new(' ', level * 2);

    private static string Number(NumberLiteral number)
        => number.IsDuration ? NumberScanner.FormatDuration((long)Math.Round(number.Value * 1000)) : GoText.FormatPlain(number.Value);

    private static string Head(AggregateExpression node)
        => node.Without ? $"{node.Operation} without ({LabelList(node.Grouping)}) "
            : node.Grouping.Count > 0 ? $"{node.Operation} by ({LabelList(node.Grouping)}) "
            : node.Operation;

    private static string LabelList(IEnumerable<string> labels)
        => string.Join(", ", labels.Select(label => Names.IsLegacyLabelName(label) ? label : GoText.Quote(label)));

    private static string Modifiers(BinaryExpression node)
    {
        var text = new StringBuilder(node.ReturnBool ? " bool" : string.Empty);
        if (node.Matching is not { } matching)
        {
            return text.ToString();
        }

        bool grouped = matching.Cardinality is MatchCardinality.ManyToOne or MatchCardinality.OneToMany;
        if (matching.Labels.Count > 0 || matching.On || grouped)
        {
            text.Append(matching.On ? " on (" : " ignoring (").Append(LabelList(matching.Labels)).Append(')');
        }

        if (grouped)
        {
            text.Append(matching.Cardinality == MatchCardinality.ManyToOne ? " group_left (" : " group_right (");
            text.Append(LabelList(matching.Include)).Append(')');
        }

        if (matching.FillLeft is { } both && both.Equals(matching.FillRight))
        {
            return text.Append($" fill ({GoText.FormatGeneral(both)})").ToString();
        }

        if (matching.FillLeft is { } left)
        {
            text.Append($" fill_left ({GoText.FormatGeneral(left)})");
        }

        if (matching.FillRight is { } right)
        {
            text.Append($" fill_right ({GoText.FormatGeneral(right)})");
        }

        return text.ToString();
    }

    private static string Bare(VectorSelector node)
    {
        IEnumerable<string> matchers = node.Matchers
            .Where(one => !(one.Name == Labels.MetricName && one.Type == MatchType.Equal && one.Value == node.Name && one.Value.Length > 0))
            .Select(one => one.ToString())
            .Order(StringComparer.Ordinal);
        string joined = string.Join(",", matchers);
        return joined.Length > 0 ? $"{node.Name}{{{joined}}}" : node.Name.Length > 0 || node.Matchers.Count > 0 ? node.Name : string.Empty;
    }

    private static string Selector(VectorSelector node) => Bare(node) + At(node.At) + Extension(node) + Offset(node.Offset);

    private static string Matrix(MatrixSelector node)
        => $"{Bare(node.Selector)}[{Duration(node.Range)}]{Extension(node.Selector)}{At(node.Selector.At)}{Offset(node.Selector.Offset)}";

    private static string Suffix(SubqueryExpression node)
        => $"[{Duration(node.Range)}:{(node.Step is null ? string.Empty : Duration(node.Step))}]{At(node.At)}{Offset(node.Offset)}";

    private static string Extension(VectorSelector node) => node.Anchored ? " anchored" : node.Smoothed ? " smoothed" : string.Empty;

    private static string At(AtModifier? at)
        => at is null ? string.Empty
            : at.Timestamp is { } time ? $" @ {(time / 1000m).ToString("F3", CultureInfo.InvariantCulture)}"
            : at.IsEnd ? " @ end()" : " @ start()";

    private static string Offset(DurationValue offset) => offset.IsZero ? string.Empty : $" offset {Duration(offset)}";

    private static string Duration(DurationValue duration)
        => duration.Formula is { } formula ? Formula(formula) : NumberScanner.FormatDuration(duration.Milliseconds);

    internal static string Formula(DurationFormula node)
    {
        string text = node.Operation switch
        {
            "number" => Number(node.Literal!),
            "step" or "range" => node.Operation + "()",
            "min_of" or "max_of" => $"{node.Operation}({Formula(node.Left!)}, {Formula(node.Right!)})",
            _ when node.Left is null => node.Operation + Formula(node.Right!),
            _ => $"{Formula(node.Left)} {node.Operation} {Formula(node.Right!)}",
        };
        return node.Wrapped ? $"({text})" : text;
    }
}

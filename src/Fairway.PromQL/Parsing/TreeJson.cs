using System.Buffers;
using System.Text.Json;

namespace Fairway.PromQL.Parsing;

/// <summary>The tree as JSON in the shape of Prometheus' <c>parse_query</c>.</summary>
public static class TreeJson
{
    /// <summary>The tree as UTF-8 JSON.</summary>
    public static byte[] Write(Expression node)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            Write(json, node);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes the tree as one JSON value.</summary>
    public static void Write(Utf8JsonWriter json, Expression node)
    {
        json.WriteStartObject();
        switch (node)
        {
            case NumberLiteral number:
                json.WriteString("type", "numberLiteral");
                json.WriteString("val", GoText.FormatPlain(number.Value));
                break;
            case StringLiteral text:
                json.WriteString("type", "stringLiteral");
                json.WriteString("val", text.Value);
                break;
            case ParenExpression paren:
                json.WriteString("type", "parenExpr");
                Child(json, "expr", paren.Inner);
                break;
            case UnaryExpression unary:
                json.WriteString("type", "unaryExpr");
                json.WriteString("op", unary.Negative ? "-" : "+");
                Child(json, "expr", unary.Operand);
                break;
            case CallExpression call:
                WriteCall(json, call);
                break;
            case AggregateExpression aggregate:
                json.WriteString("type", "aggregation");
                json.WriteString("op", aggregate.Operation);
                Child(json, "expr", aggregate.Operand);
                Child(json, "param", aggregate.Parameter);
                Texts(json, "grouping", aggregate.Grouping);
                json.WriteBoolean("without", aggregate.Without);
                break;
            case BinaryExpression binary:
                WriteBinary(json, binary);
                break;
            case VectorSelector selector:
                json.WriteString("type", "vectorSelector");
                WriteSelector(json, selector);
                break;
            case MatrixSelector matrix:
                json.WriteString("type", "matrixSelector");
                WriteSelector(json, matrix.Selector);
                Duration(json, "range", "rangeExpr", matrix.Range);
                break;
            case SubqueryExpression subquery:
                json.WriteString("type", "subquery");
                Child(json, "expr", subquery.Inner);
                Duration(json, "range", "rangeExpr", subquery.Range);
                Duration(json, "offset", "offsetExpr", subquery.Offset);
                Duration(json, "step", "stepExpr", subquery.Step ?? DurationValue.Zero);
                At(json, subquery.At);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter json, CallExpression call)
    {
        json.WriteString("type", "call");
        json.WriteStartObject("func");
        json.WriteString("name", call.Function.Name);
        Texts(json, "argTypes", call.Function.Parameters.Select(TypeChecker.ShortName));
        json.WriteNumber("variadic", call.Function.Variadic);
        json.WriteString("returnType", TypeChecker.ShortName(call.Function.Returns));
        json.WriteEndObject();
        json.WriteStartArray("args");
        foreach (Expression argument in call.Arguments)
        {
            Write(json, argument);
        }

        json.WriteEndArray();
    }

    private static void WriteBinary(Utf8JsonWriter json, BinaryExpression binary)
    {
        json.WriteString("type", "binaryExpr");
        json.WriteString("op", binary.Operator.Symbol());
        Child(json, "lhs", binary.Left);
        Child(json, "rhs", binary.Right);
        if (binary.Matching is { } matching)
        {
            json.WriteStartObject("matching");
            json.WriteString("card", matching.Cardinality switch
            {
                MatchCardinality.OneToOne => "one-to-one",
                MatchCardinality.ManyToOne => "many-to-one",
                MatchCardinality.OneToMany => "one-to-many",
                _ => "many-to-many",
            });
            Texts(json, "labels", matching.Labels);
            json.WriteBoolean("on", matching.On);
            Texts(json, "include", matching.Include);
            json.WriteStartObject("fillValues");
            Fill(json, "lhs", matching.FillLeft);
            Fill(json, "rhs", matching.FillRight);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("matching");
        }

        json.WriteBoolean("bool", binary.ReturnBool);
    }

    private static void Fill(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void WriteSelector(Utf8JsonWriter json, VectorSelector selector)
    {
        json.WriteString("name", selector.Name);
        Duration(json, "offset", "offsetExpr", selector.Offset);
        json.WriteStartArray("matchers");
        foreach (LabelMatcher matcher in selector.Matchers)
        {
            json.WriteStartObject();
            json.WriteString("name", matcher.Name);
            json.WriteString("type", matcher.Symbol);
            json.WriteString("value", matcher.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        At(json, selector.At);
        json.WriteBoolean("anchored", selector.Anchored);
        json.WriteBoolean("smoothed", selector.Smoothed);
    }

    private static void At(Utf8JsonWriter json, AtModifier? at)
    {
        if (at?.Timestamp is { } time)
        {
            json.WriteNumber("timestamp", time);
        }
        else
        {
            json.WriteNull("timestamp");
        }

        if (at is { Timestamp: null })
        {
            json.WriteString("startOrEnd", at.IsEnd ? "end" : "start");
        }
        else
        {
            json.WriteNull("startOrEnd");
        }
    }

    private static void Duration(Utf8JsonWriter json, string name, string formulaName, DurationValue duration)
    {
        json.WriteNumber(name, duration.Milliseconds);
        json.WritePropertyName(formulaName);
        Formula(json, duration.Formula);
    }

    private static void Formula(Utf8JsonWriter json, DurationFormula? formula)
    {
        if (formula is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        if (formula.Literal is { } literal)
        {
            json.WriteString("type", "numberLiteral");
            json.WriteString("val", GoText.FormatPlain(literal.Value));
            json.WriteBoolean("duration", literal.IsDuration);
        }
        else
        {
            json.WriteString("type", "durationExpr");
            json.WriteString("op", formula.Operation);
            json.WritePropertyName("lhs");
            Formula(json, formula.Left);
            json.WritePropertyName("rhs");
            Formula(json, formula.Right);
            json.WriteBoolean("wrapped", formula.Wrapped);
        }

        json.WriteEndObject();
    }

    private static void Child(Utf8JsonWriter json, string name, Expression? node)
    {
        json.WritePropertyName(name);
        if (node is null)
        {
            json.WriteNullValue();
        }
        else
        {
            Write(json, node);
        }
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}

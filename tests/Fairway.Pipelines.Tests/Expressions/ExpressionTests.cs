using Fairway.Pipelines.Expressions;
using FsCheck;
using FsCheck.Fluent;
using static Fairway.Pipelines.Expressions.ExpressionValue;

namespace Fairway.Pipelines.Tests.Expressions;

public sealed class ExpressionTests
{
    private static readonly EvaluationContext Values = new()
    {
        Contexts = new Dictionary<string, ExpressionValue>
        {
            ["github"] = new ObjectValue(
            [
                KeyValuePair.Create("ref", Of("refs/heads/main")),
                KeyValuePair.Create("event", JsonText.Read("""{"commits":[{"id":"a","files":["x","y"]},{"id":"b","files":["z"]},{"none":1}],"n":3,"empty":null}""")),
            ]),
            ["env"] = Of([KeyValuePair.Create("Name", "Ada")]),
            ["matrix"] = Null,
        },
    };

    [Theory]
    [InlineData("1", "1")]
    [InlineData("-1.50", "-1.5")]
    [InlineData(".5", "0.5")]
    [InlineData("0xff", "255")]
    [InlineData("0o17", "15")]
    [InlineData("1e3", "1000")]
    [InlineData("-0", "0")]
    [InlineData("0.1 + 0", "ERR Unexpected symbol '+'")]
    [InlineData("'it''s'", "it's")]
    [InlineData("null", "")]
    [InlineData("true", "true")]
    [InlineData("NaN", "NaN")]
    [InlineData("github.ref", "refs/heads/main")]
    [InlineData("GITHUB.REF", "refs/heads/main")]
    [InlineData("github['ref']", "refs/heads/main")]
    [InlineData("env.name", "Ada")]
    [InlineData("github.nothing.at.all", "")]
    [InlineData("matrix.os", "")]
    [InlineData("github.event.commits[1].id", "b")]
    [InlineData("github.event.commits[1.9].id", "b")]
    [InlineData("github.event.commits[9].id", "")]
    [InlineData("join(github.event.commits.*.id)", "a,b")]
    [InlineData("join(github.event.commits[*].files.*, '-')", "x-y-z")]
    [InlineData("join(github.event.commits.*.files[0], '-')", "x-z")]
    [InlineData("github.event.commits", "Array")]
    [InlineData("github.event", "Object")]
    public void Evaluate_ValuesAndAccess(string expression, string expected) => Evaluate(expression).ShouldStartWith(expected);

    [Theory]
    [InlineData("'a' == 'A'", true)]
    [InlineData("'1' == 1", true)]
    [InlineData("'' == 0", true)]
    [InlineData("null == 0", true)]
    [InlineData("null == false", true)]
    [InlineData("'true' == true", false)]
    [InlineData("'x' == 0", false)]
    [InlineData("NaN == NaN", false)]
    [InlineData("NaN != NaN", true)]
    [InlineData("github == github", true)]
    [InlineData("github.event.commits == 'Array'", false)]
    [InlineData("2 > 10", false)]
    [InlineData("'2' > '10'", true)]
    [InlineData("'b' > 'A'", true)]
    [InlineData("true > false", true)]
    [InlineData("1 < 2 == true", true)]
    [InlineData("!true == false", true)]
    [InlineData("true || false && false", true)]
    [InlineData("(true || false) && false", false)]
    [InlineData("1 >= 1 && 1 <= 1", true)]
    [InlineData("contains('Hello World', 'WORLD')", true)]
    [InlineData("contains(fromJSON('[\"push\", 1]'), 'PUSH')", true)]
    [InlineData("contains(fromJSON('[\"1\"]'), 1)", true)]
    [InlineData("contains(github.event, 'n')", false)]
    [InlineData("startsWith('refs/heads/x', 'REFS/')", true)]
    [InlineData("endsWith('web.CS', '.cs')", true)]
    [InlineData("startsWith('', '')", true)]
    [InlineData("startsWith(github.event, '')", false)]
    public void Evaluate_Conditions(string expression, bool expected) => Evaluate(expression).ShouldBe(expected ? "true" : "false");

    [Theory]
    [InlineData("'' || 'fallback'", "fallback")]
    [InlineData("0 || null", "")]
    [InlineData("'a' && 'b'", "b")]
    [InlineData("0 && 'b'", "0")]
    [InlineData("github.ref == 'refs/heads/main' && 'yes' || 'no'", "yes")]
    [InlineData("format('{0} {{x}} {1}', 'a', 2)", "a {x} 2")]
    [InlineData("format('{0}{0}', null)", "")]
    [InlineData("format('{1}', 'a')", "ERR The following format string references more arguments")]
    [InlineData("format('{', 'a')", "ERR The following format string is invalid")]
    [InlineData("format('}', 'a')", "ERR The following format string is invalid")]
    [InlineData("join('a')", "a")]
    [InlineData("join(fromJSON('[1,true,null]'), ' ')", "1 true ")]
    [InlineData("toJSON('a\"b')", "\"a\\\"b\"")]
    [InlineData("toJSON(fromJSON('{\"a\":[1,{}],\"b\":[]}'))", "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}")]
    [InlineData("fromJSON('{\"A\":1}').a", "1")]
    [InlineData("fromJSON('nonsense')", "ERR fromJSON was given text that is not JSON")]
    [InlineData("case(false, 1, true, 2, 3)", "2")]
    [InlineData("case(1, 2, 3)", "ERR case predicate must evaluate to a boolean value")]
    public void Evaluate_Functions(string expression, string expected) => Evaluate(expression).ShouldStartWith(expected);

    [Theory]
    [InlineData("", 0, "An expression is expected")]
    [InlineData("1 <", 2, "Unexpected end of expression")]
    [InlineData("1 2", 2, "Unexpected symbol '2'")]
    [InlineData("'open", 0, "Unexpected symbol")]
    [InlineData("\"double\"", 0, "Unexpected symbol")]
    [InlineData("a = b", 2, "Unexpected symbol '='")]
    [InlineData("a == 1", 0, "Unrecognized named-value: 'a'")]
    [InlineData("github.ref = 1", 11, "Unexpected symbol '='")]
    [InlineData("secrets.TOKEN", 0, "Unrecognized named-value: 'secrets' (available here: env, github, matrix)")]
    [InlineData("nothing()", 0, "Unrecognized function: 'nothing'")]
    [InlineData("always()", 0, "Unrecognized function: 'always'")]
    [InlineData("contains('a')", 0, "Too few parameters")]
    [InlineData("toJSON(1, 2)", 0, "Too many parameters")]
    [InlineData("case(true, 1)", 0, "Too few parameters")]
    [InlineData("(1", 1, "Unexpected end of expression")]
    [InlineData("github.", 6, "Unexpected end of expression")]
    [InlineData("-0xff", 0, "Unexpected symbol '-0xff'")]
    [InlineData("1__2", 0, "Unexpected symbol")]
    public void Parse_WhatIsNoExpression_SaysWhereAndWhy(string expression, int position, string message)
    {
        ExpressionException wrong = Should.Throw<ExpressionException>(() => Parse(expression));
        wrong.Message.ShouldStartWith(message);
        wrong.Position.ShouldBe(position);
    }

    [Fact]
    public void Parse_TooDeepOrTooLong_IsRefusedWithoutHarm()
    {
        Parse(new string('!', 49) + "true");
        Should.Throw<ExpressionException>(() => Parse(new string('!', 50) + "true")).Message.ShouldContain("depth");
        Should.Throw<ExpressionException>(() => Parse(new string('(', 20_000))).Message.ShouldContain("depth");
        Should.Throw<ExpressionException>(() => Parse("github" + string.Concat(Enumerable.Repeat(".a", 60)))).Message.ShouldContain("depth");
        Should.Throw<ExpressionException>(() => Parse("'" + new string('x', 21_000) + "'")).Message.ShouldContain("length");
        Parse(string.Join(" && ", Enumerable.Repeat("true", 1000)));
    }

    [Fact]
    public void Evaluate_TextThatGrows_IsRefused()
    {
        string bomb = "'0123456789'";
        for (int i = 0; i < 7; i++)
        {
            bomb = $"format('{{0}}{{0}}{{0}}{{0}}{{0}}{{0}}{{0}}{{0}}{{0}}{{0}}', {bomb})";
        }

        Evaluate(bomb).ShouldStartWith("ERR The result is longer");
    }

    /// <summary>What is printed reads back to what prints the same and means the same.</summary>
    [Fact]
    public void Print_AnyExpression_ParsesBackToItself()
        => Prop.ForAll(Trees(4).ToArbitrary(), tree =>
        {
            string printed = tree.ToString();
            Expression again = Parse(printed);
            return again.ToString() == printed && Show(again) == Show(tree);
        }).ShouldHold();

    [Fact]
    public void Parse_AnyText_GivesAnExpressionOrAPosition()
        => Prop.ForAll<string>(text =>
        {
            try
            {
                Parse(text ?? "");
                return true;
            }
            catch (ExpressionException wrong)
            {
                return wrong.Position >= 0 && wrong.Position <= (text ?? "").Length;
            }
        }).ShouldHold();

    [Fact]
    public void Equality_IsSymmetric_AndOrderIsAsymmetric()
        => Prop.ForAll(Literals().Two().ToArbitrary(), pair =>
            Coercion.AreEqual(pair.Item1, pair.Item2) == Coercion.AreEqual(pair.Item2, pair.Item1)
            && !(Coercion.IsLess(pair.Item1, pair.Item2) && Coercion.IsLess(pair.Item2, pair.Item1))).ShouldHold();

    private static Gen<ExpressionValue> Literals() => Gen.OneOf(
        Gen.Constant(Null),
        Gen.Elements(True, False),
        ArbMap.Default.GeneratorFor<NormalFloat>().Select(number => Of(number.Get)),
        Gen.Elements("", "a", "A", "it's", "1", "0x1", " 2 ", "Infinity", "ü").Select(text => Of(text)));

    private static Gen<Expression> Trees(int depth)
    {
        Gen<Expression> leaf = Gen.OneOf(
            Literals().Select(value => (Expression)new Expression.Literal(value)),
            Gen.Elements("github", "env", "matrix").Select(name => (Expression)new Expression.Context(name)));
        if (depth == 0)
        {
            return leaf;
        }

        Gen<Expression> inner = Trees(depth - 1);
        Gen<Expression> context = Gen.Elements("github", "env").Select(name => (Expression)new Expression.Context(name));
        return Gen.OneOf(
            leaf,
            inner.Select(operand => (Expression)new Expression.Not(operand)),
            inner.Two().Zip(Gen.Elements(Enum.GetValues<CompareOperator>())).Select(parts => (Expression)new Expression.Compare(parts.Item2, parts.Item1.Item1, parts.Item1.Item2)),
            inner.Two().Zip(Gen.Elements(true, false)).Select(parts => (Expression)new Expression.Logical(parts.Item2, [parts.Item1.Item1, parts.Item1.Item2])),
            context.Zip(inner).Select(parts => (Expression)new Expression.Access(parts.Item1, parts.Item2)),
            context.Select(target => (Expression)new Expression.Access(target, null)),
            inner.Two().Zip(Gen.Elements("contains", "startsWith", "join", "format")).Select(parts => (Expression)new Expression.Call(parts.Item2, [parts.Item1.Item1, parts.Item1.Item2])));
    }

    private static Expression Parse(string text) => ExpressionParser.Parse(text, new ExpressionScope(["github", "env", "matrix"]));

    private static string Evaluate(string text)
    {
        try
        {
            return ExpressionEvaluator.Evaluate(Parse(text), Values).AsText();
        }
        catch (ExpressionException wrong)
        {
            return "ERR " + wrong.Message;
        }
    }

    private static string Show(Expression expression)
    {
        try
        {
            return JsonText.Write(ExpressionEvaluator.Evaluate(expression, Values));
        }
        catch (ExpressionException wrong)
        {
            return wrong.Message;
        }
    }
}

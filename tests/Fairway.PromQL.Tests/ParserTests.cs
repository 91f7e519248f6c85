using Fairway.PromQL.Parsing;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.PromQL.Tests;

public sealed class ParserTests
{
    [Theory]
    [InlineData("sum by(job)(rate(x_total{a!=\"b\"}[5m]))", "sum by (job) (rate(x_total{a!=\"b\"}[5m]))")]
    [InlineData("foo offset -1h @ 12.5", "foo @ 12.500 offset -1h")]
    [InlineData("a + on(x) group_left(y) b", "a + on (x) group_left (y) b")]
    [InlineData("-1^2", "-1 ^ 2")]
    [InlineData("{\"http.requests\", 'le'=~`a|b`}", "{__name__=\"http.requests\",le=~\"a|b\"}")]
    [InlineData("foo[90m:30s] @ end()", "foo[1h30m:30s] @ end()")]
    [InlineData("0x1F + 1_000 + Inf", "31 + 1000 + +Inf")]
    [InlineData("topk(3, sum) # a comment", "topk(3, sum)")]
    [InlineData("count_values without () (\"v\", x)", "count_values without () (\"v\", x)")]
    public void Parser_OnQueries_PrintsThemNormalised(string query, string printed)
        => PromQLParser.Parse(query, ParserOptions.Stable).ToString().ShouldBe(printed);

    [Theory]
    [InlineData("", "unknown position: parse error: no expression found in input")]
    [InlineData("1 +", "1:4: parse error: unexpected end of input")]
    [InlineData("foo{a=1}", "1:7: parse error: unexpected character inside braces: '1'")]
    [InlineData("foo{}[5m", "1:9: parse error: unclosed left bracket")]
    [InlineData("sum(foo bar)", "1:9: parse error: unexpected identifier \"bar\" in aggregation")]
    [InlineData("rate(foo)", "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector")]
    [InlineData("1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier")]
    [InlineData("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher")]
    [InlineData("nope(x)", "1:1: parse error: unknown function with name \"nope\"")]
    [InlineData("sort_by_label(x, \"a\")", "1:1: parse error: function \"sort_by_label\" is not enabled")]
    [InlineData("foo[5m * 2]", "1:5: parse error: experimental duration expression is not enabled")]
    [InlineData("a and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression")]
    [InlineData("foo[5m][5m]", "1:8: parse error: ranges only allowed for vector selectors")]
    [InlineData("foo offset 5m offset 5m", "1:1: parse error: offset may not be set multiple times")]
    [InlineData("foo{a=~\"(\"}", "1:5: parse error: error parsing regexp: missing closing ): `(`")]
    public void Parser_OnBrokenQueries_SaysWhatAndWhere(string query, string problem)
        => Should.Throw<PromQLException>(() => PromQLParser.Parse(query, ParserOptions.Stable)).Message.ShouldBe(problem);

    /// <summary>What is printed parses to a tree that prints the same, on one line and over several.</summary>
    [Fact]
    public void Printer_OnAnyTree_PrintsWhatParsesToTheSame()
        => Prop.ForAll(Arb.From(Queries.Any(4)), query =>
        {
            Expression first = PromQLParser.Parse(query, ParserOptions.All);
            string printed = first.ToString();
            PromQLParser.Parse(printed, ParserOptions.All).ToString().ShouldBe(printed);
            PromQLParser.Parse(Printer.Format(first), ParserOptions.All).ToString().ShouldBe(printed);
            TreeJson.Write(first).Length.ShouldBeGreaterThan(0);
        }).ShouldHold();

    /// <summary>Whatever the text, the parser gives a tree or an error with a position, and ends.</summary>
    [Fact]
    public void Parser_OnAnyText_EndsWithATreeOrAnError()
    {
        string[] parts =
        [
            "sum", "by", "(", ")", "{", "}", "[", "]", "5m", "1", "foo", "\"a\"", "'", "=", "=~", "!", ",", ":", "@", "offset", "-", "+", "^", "and", "on",
            "bool", "group_left", " ", "\n", "#", "start()", "rate", "1e", "0x", "`", "\\", "step", "max_of", "anchored", "fill", "é", "\uD800", "<", "/",
        ];
        Gen<string> text = Gen.ListOf(Gen.Elements(parts)).Select(list => string.Concat(list));
        Prop.ForAll(Arb.From(text), query =>
        {
            try
            {
                PromQLParser.Parse(query, ParserOptions.All);
            }
            catch (PromQLException expected)
            {
                expected.Message.ShouldContain("parse error: ");
            }
        }).ShouldHold(3000, size: 60);
    }

    [Fact]
    public void Parser_OnDeepNesting_RefusesInsteadOfOverflowing()
    {
        string deep = new string('(', 20_000) + "1" + new string(')', 20_000);
        Should.Throw<PromQLException>(() => PromQLParser.Parse(deep, ParserOptions.Stable)).Message.ShouldContain("nested deeper");
        Should.Throw<PromQLException>(() => PromQLParser.Parse(new string('-', 20_000) + "x", ParserOptions.Stable)).Message.ShouldContain("nested deeper");
    }
}

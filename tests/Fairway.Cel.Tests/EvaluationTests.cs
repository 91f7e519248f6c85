namespace Fairway.Cel.Tests;

public sealed class EvaluationTests
{
    [Theory]
    [InlineData("1 + 2 * 3", "7")]
    [InlineData("'a' + \"b\"", "\"ab\"")]
    [InlineData("[1, 2, 3].map(x, x * 2)", "[2, 4, 6]")]
    [InlineData("[1, 2, 3].filter(x, x > 1).all(x, x < 4)", "true")]
    [InlineData("{'a': 1}.a == 1 && has({'b': 2}.b)", "true")]
    [InlineData("1 / 0 == 1 || true", "true")]
    [InlineData("[1, 2].exists_one(x, x == 2)", "true")]
    [InlineData("cel.bind(x, [1, 2], x.size() + x[0])", "3")]
    [InlineData("{'a': {'b': 5}}.?a.?c.orValue(7)", "7")]
    [InlineData("[1, 2, 3].transformMap(i, v, i > 0, v * v)", "{1: 4, 2: 9}")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("timestamp('2024-02-29T12:30:00Z').getDayOfYear()", "59")]
    [InlineData("duration('1h30m') + duration('30m') == duration('2h')", "true")]
    [InlineData("'%s is %d'.format(['x', 5])", "\"x is 5\"")]
    public void Expression_Evaluates_ToTheValue(string text, string expected)
    {
        CelCompilation compiled = CelEnvironment.Extended.Compile(text);
        compiled.Issues.ShouldBeEmpty();
        compiled.Program!.Evaluate(CelBindings.Empty, CelLimits.None, CancellationToken.None).Value.ToString().ShouldBe(expected);
        compiled.Program!.Interpret(CelBindings.Empty, CelLimits.None, CancellationToken.None).Value.ToString().ShouldBe(expected);
    }

    [Fact]
    public void Issue_Rendered_PointsAtThePlace()
        => CelEnvironment.Standard.Compile("1 + foo.bar").Render().ShouldBe("ERROR: <input>:1:5: undeclared reference to 'foo' (in container '')\n | 1 + foo.bar\n | ....^");
}

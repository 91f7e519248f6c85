namespace Fairway.PromQL.Tests;

public sealed class LabelsTests
{
    [Fact]
    public void Labels_FromAnyOrder_AreSortedAndDropEmptyValues()
    {
        Labels labels = Labels.Of(("z", "1"), ("__name__", "up"), ("a", ""), ("b", "2"));
        labels.ToString().ShouldBe("{__name__=\"up\", b=\"2\", z=\"1\"}");
        labels.ToSelector().ShouldBe("up{b=\"2\", z=\"1\"}");
        labels.ShouldBe(Labels.Of(("b", "2"), ("z", "1"), ("__name__", "up")));
    }

    [Fact]
    public void Labels_WithNamesBeyondAscii_AreQuoted()
        => Labels.Of(("__name__", "http.requests"), ("service.name", "a\"b")).ToSelector()
            .ShouldBe("{__name__=\"http.requests\", \"service.name\"=\"a\\\"b\"}");

    [Theory]
    [InlineData("a|b", "b", true)]
    [InlineData("a|b", "ab", false)]
    [InlineData("foo.*", "foo\nbar", true)]
    [InlineData("foo.+", "foo", false)]
    [InlineData("[[:alpha:]]+\\d", "abc1", true)]
    [InlineData("(?i)ABC", "abc", true)]
    [InlineData("a$", "a\n", false)]
    [InlineData("x{2}", "xx", true)]
    [InlineData("\\Qa.b\\E", "a.b", true)]
    [InlineData("a|", "", true)]
    public void Matcher_WithPattern_MatchesTheWholeValue(string pattern, string value, bool matches)
    {
        new LabelMatcher(MatchType.Regexp, "x", pattern).Matches(value).ShouldBe(matches);
        new LabelMatcher(MatchType.NotRegexp, "x", pattern).Matches(value).ShouldBe(!matches);
    }

    [Theory]
    [InlineData("a(", "missing closing ): `a(`")]
    [InlineData("*a", "missing argument to repetition operator: `*`")]
    [InlineData("[a", "missing closing ]: `[a`")]
    [InlineData("(?=a)", "invalid or unsupported Perl syntax: `(?=`")]
    public void Matcher_WithBrokenPattern_SaysWhere(string pattern, string reason)
        => Should.Throw<FormatException>(() => new LabelMatcher(MatchType.Regexp, "x", pattern)).Message.ShouldContain(reason);

    [Theory]
    [InlineData(1e21, "1000000000000000000000", "1e+21")]
    [InlineData(0.1, "0.1", "0.1")]
    [InlineData(1234567, "1234567", "1.234567e+06")]
    [InlineData(1e-7, "0.0000001", "1e-07")]
    [InlineData(-0.0, "-0", "-0")]
    [InlineData(double.PositiveInfinity, "+Inf", "+Inf")]
    [InlineData(123.456, "123.456", "123.456")]
    public void Numbers_AreWrittenAsGoDoes(double value, string plain, string general)
    {
        GoText.FormatPlain(value).ShouldBe(plain);
        GoText.FormatGeneral(value).ShouldBe(general);
    }
}

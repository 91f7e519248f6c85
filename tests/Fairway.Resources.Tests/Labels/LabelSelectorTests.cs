using Fairway.Resources.Labels;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Resources.Tests.Labels;

public sealed class LabelSelectorTests
{
    private static readonly Dictionary<string, string> Labels = new() { ["app"] = "web", ["tier"] = "front", ["n"] = "5", ["x.io/y"] = "", ["in"] = "z" };

    [Theory]
    [InlineData("", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web", true)]
    [InlineData(" app = web , tier != back ", true)]
    [InlineData("app!=web", false)]
    [InlineData("missing!=web", true)]
    [InlineData("app in (web, api)", true)]
    [InlineData("app in (api)", false)]
    [InlineData("app notin (api)", true)]
    [InlineData("missing notin (api)", true)]
    [InlineData("missing in (api)", false)]
    [InlineData("app", true)]
    [InlineData("!app", false)]
    [InlineData("! missing", true)]
    [InlineData("x.io/y=", true)]
    [InlineData("x.io/y in (,a)", true)]
    [InlineData("n>4", true)]
    [InlineData("n<4", false)]
    [InlineData("app>4", false)]
    [InlineData("in=z", true)]
    [InlineData("in in (z)", true)]
    [InlineData("app=web,tier=back", false)]
    public void Matches_Table_AsKubernetes(string selector, bool expected)
        => LabelSelector.Parse(selector).Matches(Labels).ShouldBe(expected);

    [Theory]
    [InlineData("app=web,", "found '', expected: identifier after ','")]
    [InlineData("=web", "found '=', expected: !, identifier, or 'end of string'")]
    [InlineData("a in b", "found 'b' expected: '('")]
    [InlineData("a in (b", "found '', expected: ',' or ')'")]
    [InlineData("a in (", "found '', expected: ',', ')' or identifier")]
    [InlineData("a=b c", "found 'c', expected: ',' or 'end of string'")]
    [InlineData("a=b,,c", "found ',', expected: identifier after ','")]
    [InlineData("!a=b", "found '=', expected: ',' or 'end of string'")]
    [InlineData("!!a", "found '!', expected: identifier")]
    [InlineData("a b", "found 'b', expected: in, notin, =, ==, !=, gt, lt")]
    [InlineData("a=b=c", "found '=', expected: ',' or 'end of string'")]
    [InlineData("a>x", "the value must be an integer")]
    [InlineData("-a=b", "name part must consist of")]
    [InlineData("a=-b", "a valid label must be an empty string or consist of")]
    [InlineData("/a", "prefix part must be non-empty")]
    public void Parse_Malformed_SaysWhatInKubernetesWords(string selector, string expected)
    {
        StatusException error = Should.Throw<StatusException>(() => LabelSelector.Parse(selector));
        error.Code.ShouldBe(400);
        error.Message.ShouldContain(expected);
    }

    [Fact]
    public void Parse_Printed_IsTheSame()
    {
        Gen<string> word = Gen.Elements("a", "app", "x.io/name", "in", "notin", "T-1", "v1.2");
        Gen<string> value = Gen.Elements("", "web", "1", "a.b_c-d");
        Gen<LabelRequirement> requirement = Gen.OneOf(
            word.Select(key => new LabelRequirement(key, LabelOperator.Exists, [])),
            word.Select(key => new LabelRequirement(key, LabelOperator.DoesNotExist, [])),
            Gen.Zip(word, value).Select(pair => new LabelRequirement(pair.Item1, LabelOperator.Equals, [pair.Item2])),
            Gen.Zip(word, value).Select(pair => new LabelRequirement(pair.Item1, LabelOperator.NotEquals, [pair.Item2])),
            Gen.Zip(word, value.NonEmptyListOf()).Select(pair => new LabelRequirement(pair.Item1, LabelOperator.In, [.. pair.Item2.Distinct().Order(StringComparer.Ordinal)])),
            Gen.Zip(word, value.NonEmptyListOf()).Select(pair => new LabelRequirement(pair.Item1, LabelOperator.NotIn, [.. pair.Item2.Distinct().Order(StringComparer.Ordinal)])),
            word.Select(key => new LabelRequirement(key, LabelOperator.GreaterThan, ["3"])));
        Prop.ForAll(requirement.NonEmptyListOf().ToArbitrary(), requirements =>
        {
            string text = new LabelSelector(requirements).ToString();
            return LabelSelector.Parse(text).ToString() == text;
        }).ShouldHold();
    }

    [Fact]
    public void FromObject_AbsentAndEmpty_NothingAndEverything()
    {
        LabelSelector.FromObject(null).Matches(Labels).ShouldBeFalse();
        LabelSelector.FromObject(Json.Node("{}")).Matches(Labels).ShouldBeTrue();
        LabelSelector.FromObject(Json.Node("{'matchLabels':{'app':'web'},'matchExpressions':[{'key':'tier','operator':'NotIn','values':['back']},{'key':'zz','operator':'DoesNotExist'}]}"))
            .Matches(Labels).ShouldBeTrue();
    }
}

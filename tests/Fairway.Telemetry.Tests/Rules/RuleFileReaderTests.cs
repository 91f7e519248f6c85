using Fairway.PromQL;
using Fairway.Telemetry.Rules;

namespace Fairway.Telemetry.Tests.Rules;

public sealed class RuleFileReaderTests
{
    [Theory]
    [InlineData("groups:\n- name: a\n  rules:\n  - record: x\n    alert: y\n    expr: up", "f.yml: 4:13: 5:12: group \"a\", rule 1, \"y\": only one of 'record' and 'alert' must be set")]
    [InlineData("groups:\n- name: a\n  rules:\n  - alert: y\n    expr: up ==", "f.yml: 5:11: group \"a\", rule 1, \"y\": could not parse expression: 1:6: parse error: unexpected end of input")]
    [InlineData("groups:\n- name: a\n- name: a", "f.yml: 3:3: groupname: \"a\" is repeated in the same file")]
    [InlineData("groups:\n- rules: []", "f.yml: 2:3: Groupname must not be empty")]
    [InlineData("groups:\n- name: a\n  rules:\n  - record: x\n    expr: up\n    for: 5m", "f.yml: 4:13: group \"a\", rule 1, \"x\": invalid field 'for' in recording rule")]
    [InlineData("groups:\n- name: a\n  foo: 1", "f.yml: yaml: unmarshal errors:\n  line 3: field foo not found in type rulefmt.RuleGroup")]
    [InlineData("groups:\n- name: a\n  limit: x", "f.yml: yaml: unmarshal errors:\n  line 3: cannot unmarshal !!str `x` into int")]
    [InlineData("groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up\n    annotations: {s: '{{ nope 1 }}'}", "f.yml: group \"a\", rule 1, \"A\": annotation \"s\": template: __alert_A:1: function \"nope\" not defined")]
    [InlineData("groups:\n- name: a\n  rules:\n  - alert: A\n    expr: up\n    labels: {s: \"x\\n{{ $y }}\"}", "f.yml: group \"a\", rule 1, \"A\": label \"s\": template: __alert_A:2: undefined variable \"$y\"")]
    public void Rules_ThatAreBroken_AreRefusedWithTheirPlace(string text, string problem)
        => Should.Throw<RuleFileException>(() => RuleFileReader.Read(text, "f.yml", ParserOptions.Stable)).Problems.ShouldContain(problem);

    [Fact]
    public void UnknownFields_WhenTheyAreToPass_Pass()
    {
        var problems = new List<string>();
        RuleFileReader.Read("groups:\n- name: a\n  foo: 1\n  rules: [{record: x, expr: 1}]", "f.yml", ParserOptions.Stable, problems, ignoreUnknown: true).Groups[0].Rules.ShouldHaveSingleItem();
        problems.ShouldBeEmpty();
    }

    [Fact]
    public void Lint_FindsWhatIsWrittenTwice()
        => RuleLint.Duplicates(RuleFileReader.Read("groups:\n- name: a\n  rules: [{record: x, expr: 1, labels: {a: b}}, {record: x, expr: 2, labels: {a: b}}, {record: x, expr: 3}]", "f", ParserOptions.Stable))
            .ShouldBe("lint error 1 duplicate rule(s) found.\nMetric: x\nLabel(s):\n\ta: b\nMight cause inconsistency while recording expressions");
}

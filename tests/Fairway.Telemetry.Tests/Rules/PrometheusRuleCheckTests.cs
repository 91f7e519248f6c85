using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.Resources.Schemas;
using Fairway.Telemetry.Rules;

namespace Fairway.Telemetry.Tests.Rules;

public sealed class PrometheusRuleCheckTests
{
    [Theory]
    [InlineData("""{"record":"a","expr":"sum("}""", "spec.groups[0].rules[0].expr", "could not parse expression: 1:5: parse error: unclosed left parenthesis")]
    [InlineData("""{"record":"a","expr":""}""", "spec.groups[0].rules[0].expr", "field 'expr' must be set in rule")]
    [InlineData("""{"expr":"up"}""", "spec.groups[0].rules[0]", "one of 'record' or 'alert' must be set")]
    [InlineData("""{"record":"a","alert":"b","expr":"up"}""", "spec.groups[0].rules[0]", "only one of 'record' and 'alert' must be set")]
    [InlineData("""{"alert":"a","expr":"up","for":"1x"}""", "spec.groups[0].rules[0].for", "1x")]
    [InlineData("""{"record":"a","expr":"up","for":"1m"}""", "spec.groups[0].rules[0].for", "invalid field 'for' in recording rule")]
    [InlineData("""{"alert":"a","expr":"up","annotations":{"summary":"{{ $labels.x "}}""", "spec.groups[0].rules[0].annotations[summary]", "template: __alert_a:")]
    [InlineData("""{"alert":"a","expr":"up","labels":{"severity":"{{ nothing }}"}}""", "spec.groups[0].rules[0].labels[severity]", "template: __alert_a:")]
    [InlineData("""{"alert":"a","expr":"up","labels":{"__name__":"x"}}""", "spec.groups[0].rules[0].labels", "invalid label name: __name__")]
    public void Rule_ThatIsWrong_IsRefusedAtItsField(string rule, string field, string message)
    {
        FieldErrors errors = Judge("{\"name\":\"g\",\"rules\":[" + rule + "]}");
        errors.Causes.ShouldContain(cause => cause.Field == field && cause.Message!.Contains(message, StringComparison.Ordinal), string.Join("\n", errors.Causes));
    }

    [Fact]
    public void Groups_WithBadDurationsAndOneNameTwice_AreRefused()
        => Judge("""{"name":"g","interval":"1"},{"name":"g","query_offset":"y"}""").Causes.Select(cause => cause.Field)
            .ShouldBe(["spec.groups[0].interval", "spec.groups[1].name", "spec.groups[1].query_offset"]);

    [Fact]
    public void Rules_ThatAreRight_Pass()
        => Judge("""{"name":"g","interval":"30s","labels":{"team":"a"},"rules":[{"record":"a:b","expr":"sum(up)"},{"alert":"Down","expr":"up == 0","for":"0","labels":{"severity":"{{ $value }}"},"annotations":{"summary":"{{ $labels.job }}"}},{"record":"one","expr":1}]}""").Causes.ShouldBeEmpty();

    private static FieldErrors Judge(string groups)
    {
        var errors = new FieldErrors();
        PrometheusRuleCheck.Judge((JsonObject)JsonNode.Parse("{\"spec\":{\"groups\":[" + groups + "]}}")!, ParserOptions.Stable, errors);
        return errors;
    }
}

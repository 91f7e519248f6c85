using Fairway.PromQL;
using Fairway.Telemetry.Scrape;

namespace Fairway.Telemetry.Tests.Scrape;

public sealed class RelabelRuleTests
{
    private static readonly Labels Start = Labels.Of(("a", "foo"), ("b", "bar"), ("c", "baz"), ("__tmp_x", "Up"));

    public static TheoryData<string, string> Cases => new()
    {
        { "source=a,b;regex=foo;bar;target=d;replacement=x", "{__tmp_x=\"Up\", a=\"foo\", b=\"bar\", c=\"baz\", d=\"x\"}" },
        { "source=a;regex=f(.*);target=d;replacement=ch${1}-ch${1}", "{__tmp_x=\"Up\", a=\"foo\", b=\"bar\", c=\"baz\", d=\"choo-choo\"}" },
        { "source=a;regex=f(.*);target=${1};replacement=y", "{__tmp_x=\"Up\", a=\"foo\", b=\"bar\", c=\"baz\", oo=\"y\"}" },
        { "source=a;regex=nothing;target=d;replacement=x", "{__tmp_x=\"Up\", a=\"foo\", b=\"bar\", c=\"baz\"}" },
        { "source=a;target=b;regex=f.*;replacement=", "{__tmp_x=\"Up\", a=\"foo\", c=\"baz\"}" },
        { "source=a;regex=f|foo;action=drop", "dropped" },
        { "source=a;regex=f|fo;action=drop", "{__tmp_x=\"Up\", a=\"foo\", b=\"bar\", c=\"baz\"}" },
        { "source=a;regex=fo;action=KEEP", "dropped" },
        { "source=a;regex=f.o;action=keep", "{__tmp_x=\"Up\", a=\"foo\", b=\"bar\", c=\"baz\"}" },
        { "source=a;target=b;action=keepequal", "dropped" },
        { "source=a;target=a;action=dropequal", "dropped" },
        { "source=c;target=d;modulus=1000;action=hashmod", "{__tmp_x=\"Up\", a=\"foo\", b=\"bar\", c=\"baz\", d=\"976\"}" },
        { "regex=(b|c);replacement=new_$1;action=labelmap", "{__tmp_x=\"Up\", a=\"foo\", b=\"bar\", c=\"baz\", new_b=\"bar\", new_c=\"baz\"}" },
        { "regex=__tmp_.*|c;action=labeldrop", "{a=\"foo\", b=\"bar\"}" },
        { "regex=a|b;action=labelkeep", "{a=\"foo\", b=\"bar\"}" },
        { "source=__tmp_x;target=d;action=uppercase", "{__tmp_x=\"Up\", a=\"foo\", b=\"bar\", c=\"baz\", d=\"UP\"}" },
        { "source=__tmp_x;target=d;action=lowercase", "{__tmp_x=\"Up\", a=\"foo\", b=\"bar\", c=\"baz\", d=\"up\"}" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rule_OnLabels_DoesWhatItsActionSays(string rule, string expected)
    {
        var labels = new LabelsBuilder(Start);
        bool kept = RelabelRule.Apply([Parse(rule)], labels);
        (kept ? labels.ToLabels().ToString() : "dropped").ShouldBe(expected);
    }

    [Theory]
    [InlineData("action=bounce", "unknown relabel action \"bounce\"")]
    [InlineData("action=hashmod;target=d", "relabel configuration for hashmod requires non-zero modulus")]
    [InlineData("source=a", "relabel configuration for replace action requires 'target_label' value")]
    [InlineData("action=lowercase;target=d;replacement=x", "'replacement' can not be set for lowercase action")]
    [InlineData("action=labeldrop;source=a", "labeldrop action requires only 'regex', and no other fields")]
    [InlineData("action=keepequal;target=d;regex=x", "keepequal action requires only 'source_labels' and `target_label`, and no other fields")]
    public void Rule_ThatMakesNoSense_IsRefusedInPrometheusWords(string rule, string expected)
        => Should.Throw<FormatException>(() => Parse(rule)).Message.ShouldBe(expected);

    private static RelabelRule Parse(string text)
    {
        // In these texts a regex may hold the separator.
        text = text.Replace("foo;bar", "foo\u0001bar", StringComparison.Ordinal);
        var parts = text.Split(';').Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1].Replace('\u0001', ';'));
        return new RelabelRule(
            parts.GetValueOrDefault("source")?.Split(','),
            null,
            parts.GetValueOrDefault("regex"),
            ulong.Parse(parts.GetValueOrDefault("modulus") ?? "0", System.Globalization.CultureInfo.InvariantCulture),
            parts.GetValueOrDefault("target"),
            parts.GetValueOrDefault("replacement"),
            parts.GetValueOrDefault("action"));
    }
}

using Fairway.Telemetry.Rules;
using Fairway.Telemetry.Templates;

namespace Fairway.Telemetry.Tests.Templates;

public sealed class TemplateTests
{
    private static readonly Dictionary<string, TemplateFunction> Functions = new()
    {
        ["humanize"] = arguments => Humane.Thousands(TemplateBuiltins.Number(arguments, 0)),
        ["toUpper"] = arguments => TemplateBuiltins.Text(arguments, 0).ToUpperInvariant(),
    };

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("{{ .a }}-{{ .missing }}", "x-<no value>")]
    [InlineData("{{ $v := 2 }}{{ if gt $v 1 }}big{{ else }}small{{ end }}", "big")]
    [InlineData("{{ range $i, $e := .list }}{{ $i }}={{ $e }};{{ else }}none{{ end }}", "0=p;1=q;")]
    [InlineData("{{ range .empty }}x{{ else }}none{{ end }}", "none")]
    [InlineData("{{ with .a }}<{{ . }}>{{ end }}", "<x>")]
    [InlineData("{{ .a | toUpper | printf \"%s/%5.2f\" }}", "%!s(MISSING)")]
    [InlineData("{{ printf \"%s %.2f %5d|%-4s|%q\" .a 1.239 7 \"l\" \"z\" }}", "x 1.24     7|l   |\"z\"")]
    [InlineData("a {{- /* gone */ -}} b", "ab")]
    [InlineData("a {{- 1 -}} b", "a1b")]
    [InlineData("{{ define \"t\" }}[{{ . }}]{{ end }}{{ template \"t\" .a }}", "[x]")]
    [InlineData("{{ if and .a (not .empty) }}yes{{ end }}", "yes")]
    [InlineData("{{ index .map \"k\" }} {{ .map.k }} {{ len .list }}", "v v 2")]
    [InlineData("{{ if eq .a \"y\" }}1{{ else if eq .a \"x\" }}2{{ else }}3{{ end }}", "2")]
    [InlineData("{{ humanize 1234567.0 }} {{ humanize 0.0012 }}", "1.235M 1.2m")]
    public void Template_FilledIn_YieldsWhatGoWould(string template, string expected)
    {
        var data = new Dictionary<string, object?>
        {
            ["a"] = "x",
            ["list"] = new List<object?> { "p", "q" },
            ["empty"] = new List<object?>(),
            ["map"] = new Dictionary<string, string> { ["k"] = "v" },
        };
        if (expected.StartsWith("%!", StringComparison.Ordinal))
        {
            new Template(Functions).Expand(template, data).ShouldContain("MISSING");
            return;
        }

        new Template(Functions).Expand(template, data).ShouldBe(expected);
    }

    [Theory]
    [InlineData("{{ nope }}", "not defined")]
    [InlineData("{{ if }}", "missing value")]
    [InlineData("{{ .a", "unclosed action")]
    [InlineData("{{ range .list }}", "unexpected EOF")]
    public void Template_ThatIsBroken_SaysWhy(string template, string problem)
        => Should.Throw<TemplateException>(() => new Template(Functions).Expand(template, new Dictionary<string, object?>())).Message.ShouldContain(problem);

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(59.5, "59.5s")]
    [InlineData(3725, "1h 2m 5s")]
    [InlineData(90061, "1d 1h 1m 1s")]
    [InlineData(0.1, "100ms")]
    public void Duration_ForPeople_IsWrittenAsPrometheusDoes(double seconds, string expected) => Humane.Duration(seconds).ShouldBe(expected);
}

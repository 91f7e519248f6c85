using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Cel.Tests;

/// <summary>Any text at all is compiled or refused, and evaluated, in bounded time and without an exception.</summary>
public sealed class FuzzTests
{
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(5);

    private static readonly string[] Tokens =
    [
        "(", ")", "[", "]", "{", "}", ".", ",", ":", "?", "?.", "[?", "!", "-", "+", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", " in ", " ", "\n", "//", "'", "\"",
        "'''", "r'", "b'", "\\x", "\\u00e9", "\\777", "\\", "0", "1", "1u", "0x", "0xfF", "1.5e3", "1e999", ".5", "9223372036854775808", "true", "null", "object", "request", "self", "x", "e",
        "has(", ".all(", ".exists(", ".map(e, ", ".filter(e, ", "cel.bind(", ".transformMap(", "size(", ".matches('", "(a+)+$", "[[:", "optional.of(", ".orValue(", "type(", "duration('", "timestamp('",
        "quantity('", "ip('", "cidr('", "url('", "semver('", ".format([", "%s", "%d", "Object{", "JSONPatch{op:", "\0", "\ud800", "😬", "é", "\u2028", "namespace", "__namespace__", "`a-b`",
    ];

    private static Arbitrary<string> Soup => Gen.Elements(Tokens).ArrayOf().Select(parts => string.Concat(parts)).ToArbitrary();

    private static Arbitrary<string> Damaged => (
        from text in Gen.Elements(
            "object.spec.containers.all(c, has(c.securityContext) && c.securityContext.privileged != true)",
            "[1, 2, 3].map(e, e * 2).filter(e, e > 2).exists(e, e == 4) ? 'yes' : \"no\"",
            "quantity('1Gi').isGreaterThan(quantity('5Mi')) || ip('10.0.0.1').family() == 4 && cidr('10.0.0.0/8').containsIP('10.1.1.1')",
            "'a,b'.split(',').map(s, '%s-%d'.format([s, 1])).join('|').matches('^[a-z]+$') == {'k': [1u, 2.5, b'x']}.?k.orValue([]).size() > 0")
        from at in Gen.Choose(0, 200)
        from length in Gen.Choose(0, 6)
        from put in Gen.Elements(Tokens)
        select text[..Math.Min(at, text.Length)] + put + text[Math.Min(at + length, text.Length)..]).ToArbitrary();

    [Fact]
    public void Text_OfAnyTokens_IsAnswered() => Prop.ForAll(Soup, Answer).ShouldHold(cases: 2000, size: 40);

    [Fact]
    public void Expression_Damaged_IsAnswered() => Prop.ForAll(Damaged, Answer).ShouldHold(cases: 2000);

    [Theory]
    [InlineData("(", 50_000)]
    [InlineData("[", 50_000)]
    [InlineData("!", 50_000)]
    [InlineData("-", 50_000)]
    [InlineData("{1:", 30_000)]
    [InlineData("a.", 40_000)]
    [InlineData("a[", 40_000)]
    [InlineData("a?b:", 25_000)]
    [InlineData("1+", 45_000)]
    [InlineData("x||", 30_000)]
    [InlineData("size(", 15_000)]
    [InlineData("[1].map(e,", 9_000)]
    [InlineData("'a'+", 20_000)]
    public void Text_Nested_IsAnsweredInTime(string part, int times) => Answer(string.Concat(Enumerable.Repeat(part, times)) + "1");

    [Theory]
    [InlineData("[1,2,3,4,5,6,7,8,9].map(a, [1,2,3,4,5,6,7,8,9].map(b, [1,2,3,4,5,6,7,8,9].map(c, [1,2,3,4,5,6,7,8,9].map(d, [1,2,3,4,5,6,7,8,9].map(e, [1,2,3,4,5,6,7,8,9].map(f, [1,2,3,4,5,6,7,8,9].map(g, g)))))))")]
    [InlineData("cel.bind(a, 'xxxxxxxxxx', cel.bind(b, a+a+a+a+a+a+a+a, cel.bind(c, b+b+b+b+b+b+b+b, cel.bind(d, c+c+c+c+c+c+c+c, cel.bind(e, d+d+d+d+d+d+d+d, cel.bind(f, e+e+e+e+e+e+e+e, (f+f+f+f+f+f+f+f).size()))))))")]
    [InlineData("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')")]
    [InlineData("'a'.matches('(((((a{100}){100}){100}){100}){100})')")]
    public void Expression_ThatCostsMuch_IsCutOff(string text) => Answer(text);

    private static void Answer(string text)
    {
        long start = Stopwatch.GetTimestamp();
        CelEnvironment environment = CelEnvironment.Kubernetes.WithVariable("object", CelType.Dyn).WithVariable("request", CelType.Dyn).WithVariable("self", CelType.Dyn);
        foreach (bool check in new[] { true, false })
        {
            CelCompilation compiled = environment.Compile(text, new CelCompileOptions(Check: check));
            (compiled.Program is null && compiled.Issues.Count == 0).ShouldBeFalse(text);
            compiled.Render().ShouldNotBeNull();
            _ = compiled.Program?.Evaluate(
                new CelVariables { ["object"] = CelJson.From(System.Text.Json.Nodes.JsonNode.Parse("""{"spec":{"containers":[{"name":"a"}]}}""")) },
                new CelLimits(MaxCost: 1_000_000), CancellationToken.None).Value.ToString();
        }

        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(Enough, text.Length > 200 ? text[..200] : text);
    }
}

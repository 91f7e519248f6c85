using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Cel.Tests;

/// <summary>What holds for every expression: printing keeps the meaning, both evaluators agree, types hold, nothing is thrown.</summary>
public sealed class LanguageProperties
{
    private static readonly CelEnvironment Environment = CelEnvironment.All
        .WithVariable("n", CelType.Int)
        .WithVariable("s", CelType.String)
        .WithVariable("xs", CelType.ListOf(CelType.Int))
        .WithVariable("m", CelType.MapOf(CelType.String, CelType.Int))
        .WithVariable("d", CelType.Dyn);

    private static readonly CelVariables Bindings = new()
    {
        ["n"] = CelValue.Of(3L),
        ["s"] = CelValue.Of("héllo😬"),
        ["xs"] = CelValue.Of([CelValue.Of(1L), CelValue.Of(2L), CelValue.Of(5L)]),
        ["m"] = CelJson.From(System.Text.Json.Nodes.JsonNode.Parse("""{"a":1,"b":2}""")),
        ["d"] = CelJson.From(System.Text.Json.Nodes.JsonNode.Parse("""{"x":[1,"two",null,{"y":2.5}]}""")),
    };

    private static readonly string[] Leaves =
    [
        "n", "s", "xs", "m", "d", "1", "-7", "0u", "2.5", "'a'", "b'z'", "true", "false", "null", "[1, 2]", "[]", "{'a': 1}", "{}", "9223372036854775807",
        "duration('1h')", "timestamp('2024-01-01T00:00:00Z')", "optional.none()", "int", "d.x", "m.a",
    ];

    private static readonly string[] Shapes =
    [
        "({0}) + ({1})", "({0}) - ({1})", "({0}) * ({1})", "({0}) / ({1})", "({0}) % ({1})", "({0}) == ({1})", "({0}) != ({1})", "({0}) < ({1})", "({0}) >= ({1})",
        "({0}) && ({1})", "({0}) || ({1})", "({0}) in ({1})", "!({0})", "-({0})", "({0}) ? ({1}) : ({0})", "[({0}), ({1})]", "{{'k': ({0}), 'l': ({1})}}",
        "({0})[({1})]", "({0})[?({1})]", "size({0})", "string({0})", "int({0})", "type({0})", "dyn({0})", "({0}).map(v, ({1}))", "({0}).filter(v, ({1}) == v)",
        "({0}).all(v, v == ({1}))", "({0}).exists(v, ({1}))", "({0}).exists_one(v, v == ({1}))", "({0}).transformList(i, v, ({1}))", "cel.bind(w, ({0}), [w, ({1})])",
        "optional.of({0}).orValue({1})", "({0}).?a.orValue({1})", "has({{'q': ({0})}}.q)", "({0}).contains({1})", "({0}).startsWith({1})", "'%s %d'.format([({0}), ({1})])",
    ];

    private static Gen<string> Expressions(int depth) => depth <= 0
        ? Gen.Elements(Leaves)
        : Gen.Frequency(
            (1, Gen.Elements(Leaves)),
            (4, from shape in Gen.Elements(Shapes)
                from left in Expressions(depth - 1)
                from right in Expressions(depth - 2)
                select string.Format(System.Globalization.CultureInfo.InvariantCulture, shape, left, right)));

    private static Arbitrary<string> AnyExpression => Expressions(4).ToArbitrary();

    private static readonly CelLimits Limits = new(MaxCost: 200_000);

    [Fact]
    public void Delegates_AndInterpreter_GiveTheSame() => Prop.ForAll(AnyExpression, text =>
    {
        foreach (bool check in new[] { true, false })
        {
            if (Environment.Compile(text, new CelCompileOptions(Check: check)).Program is { } program)
            {
                CelValue fast = program.Evaluate(Bindings, Limits, CancellationToken.None).Value;
                CelValue plain = program.Interpret(Bindings, Limits, CancellationToken.None).Value;
                fast.IsError.ShouldBe(plain.IsError, text);
                if (!fast.IsError)
                {
                    fast.ToString().ShouldBe(plain.ToString(), text);
                }
            }
        }
    }).ShouldHold();

    [Fact]
    public void Printed_ParsedAgain_PrintsTheSameAndMeansTheSame() => Prop.ForAll(AnyExpression, text =>
    {
        CelProgram program = Environment.Compile(text, new CelCompileOptions(Check: false)).Program!;
        string printed = program.Print();
        CelCompilation again = Environment.Compile(printed, new CelCompileOptions(Check: false));
        again.Issues.ShouldBeEmpty(printed);
        again.Program!.Print().ShouldBe(printed);
        again.Program!.Evaluate(Bindings, Limits, CancellationToken.None).Value.ToString()
            .ShouldBe(program.Evaluate(Bindings, Limits, CancellationToken.None).Value.ToString(), $"{text} printed as {printed}");
    }).ShouldHold();

    /// <summary>
    /// Without dyn a checked expression has no failure of types left, and its value is of the type that was inferred. Null is
    /// left out too: the language lets it stand for a time, a message or an optional, which fails when it is used as one. So is
    /// an optional without a value, whose type stays open and is dyn in the end.
    /// </summary>
    [Fact]
    public void Checked_WithoutDynOrNull_NeverFailsWithATypeError() => Prop.ForAll(AnyExpression, text =>
    {
        CelCompilation compiled = Environment.Compile(text);
        if (!compiled.Succeeded || text.Contains('d', StringComparison.Ordinal) || text.Contains("null", StringComparison.Ordinal) || text.Contains("none", StringComparison.Ordinal))
        {
            return;
        }

        CelResult result = compiled.Program.Evaluate(Bindings, Limits, CancellationToken.None);
        if (result.Error is { } error)
        {
            error.Message.ShouldNotContain("no such overload", Case.Sensitive, text);
        }
        else if (compiled.Type.Kind is CelTypeKind.Int or CelTypeKind.String or CelTypeKind.Bool or CelTypeKind.List or CelTypeKind.Map or CelTypeKind.Double)
        {
            result.Value.Type.Kind.ShouldBe(compiled.Type.Kind, text);
        }
    }).ShouldHold();

    [Fact]
    public void AnyText_Compiles_WithoutAnException() => Prop.ForAll(
        Gen.ListOf(Gen.Elements("(", ")", "[", "]", "{", "}", ".", ",", "?", ":", "!", "-", "&&", "||", "in", "'", "\"", "\\", "`", "x", "1", "0x", "1e", "r'", "b\"", "has", ".map(x, ", "\n", "//", "😬", "\0", "true", "u", "@", "#", "if"))
            .Select(parts => string.Concat(parts)).ToArbitrary(),
        text =>
        {
            CelCompilation compiled = Environment.Compile(text);
            compiled.Render();
            (compiled.Succeeded || compiled.Issues.Count > 0).ShouldBeTrue();
            compiled.Program?.Evaluate(Bindings, Limits, CancellationToken.None);
        }).ShouldHold();

    [Theory]
    [InlineData("[1,2,3,4,5,6,7,8,9].all(a, [1,2,3,4,5,6,7,8,9].all(b, [1,2,3,4,5,6,7,8,9].all(c, [1,2,3,4,5,6,7,8,9].all(d, [1,2,3,4,5,6,7,8,9].all(e, [1,2,3,4,5,6,7,8,9].all(f, true))))))")]
    [InlineData("lists.range(1000000).map(x, lists.range(1000000))")]
    [InlineData("cel.bind(a, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', cel.bind(b, a+a+a+a+a+a+a+a, cel.bind(c, b+b+b+b+b+b+b+b, [1,2,3,4,5,6,7,8,9,0].map(x, [1,2,3,4,5,6,7,8,9,0].map(y, [1,2,3,4,5,6,7,8,9,0].map(z, c+c+c+c+c+c+c+c+c))))))")]
    public void Expression_ThatCostsTooMuch_IsCutOff(string text)
    {
        CelProgram program = CelEnvironment.All.Compile(text).Program!;
        CelResult result = program.Evaluate(CelBindings.Empty, new CelLimits(MaxCost: 1_000_000), CancellationToken.None);
        result.Error!.Reason.ShouldBe(CelErrorKind.Limit);
    }

    [Fact]
    public void Nesting_BeyondTheLimit_IsAnIssue()
    {
        CelEnvironment.All.Compile(new string('(', 5_000) + "1" + new string(')', 5_000)).Issues.ShouldNotBeEmpty();
        CelEnvironment.All.Compile(string.Join(" + ", Enumerable.Repeat("1", 20_000))).Issues.ShouldNotBeEmpty();
        CelEnvironment.All.Compile(string.Concat(Enumerable.Repeat("!", 50_000)) + "true").Issues.ShouldBeEmpty();
    }

    [Fact]
    public void Cancelled_Evaluation_Ends()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        CelProgram program = CelEnvironment.All.Compile("lists.range(100000).all(x, x >= 0)").Program!;
        program.Evaluate(CelBindings.Empty, CelLimits.None, source.Token).Error!.Reason.ShouldBe(CelErrorKind.Cancelled);
    }

    [Theory]
    [InlineData("[{'k1': 1}, {'k2': 2}].all(x, true)", 77)]
    [InlineData("1 + 2", 1)]
    [InlineData("'abc'.contains('a')", 1)]
    [InlineData("[1, 2].map(x, x)", 47)]
    public void Cost_IsReckoned_AsTheReferenceDoes(string text, long cost)
        => CelEnvironment.All.Compile(text).Program!.Evaluate(CelBindings.Empty, CelLimits.None, CancellationToken.None).Cost.ShouldBe(cost);

    [Theory]
    [InlineData("'a'.matches('^a$')", true)]
    [InlineData("'a\\n'.matches('^a$')", false)]
    [InlineData("'😬'.matches('^.$')", true)]
    [InlineData("'x-1'.matches('^[\\\\w-.]+$')", true)]
    [InlineData("'٣'.matches('^\\\\d$')", false)]
    [InlineData("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')", false)]
    [InlineData("'{a}'.matches('{a}')", true)]
    [InlineData("'AB'.matches('(?i)ab')", true)]
    public void Matches_HasTheMeaningOfRe2(string text, bool expected)
        => CelEnvironment.All.Compile(text).Program!.Evaluate(CelBindings.Empty, CelLimits.None, CancellationToken.None).Value.ShouldBe(CelValue.Of(expected));

    [Theory]
    [InlineData("quantity('1.5Gi').isGreaterThan(quantity('1G'))", "true")]
    [InlineData("quantity('50k').add(20).compareTo(quantity('50020'))", "0")]
    [InlineData("isQuantity('1.3Zi')", "false")]
    [InlineData("url('https://user@example.com:8080/a b'.replace(' ', '%20') + '?q=1&q=2').getQuery()", "{\"q\": [\"1\", \"2\"]}")]
    [InlineData("url('https://[::1]:80/x').getHostname()", "\"::1\"")]
    [InlineData("isURL('../x')", "false")]
    [InlineData("semver('1.2.3-rc.1').isLessThan(semver('1.2.3'))", "true")]
    [InlineData("isSemver('v1.2', true)", "true")]
    [InlineData("'123 abc 456'.findAll('[0-9]+')", "[\"123\", \"456\"]")]
    [InlineData("[3, 1, 2].sort().isSorted() && [1, 2].sum() == 3 && [1, 5].max() == 5 && ['a', 'b', 'a'].lastIndexOf('a') == 2", "true")]
    [InlineData("format.dns1123Label().validate('my-name').hasValue()", "false")]
    [InlineData("format.named('uuid').value().validate('x').hasValue()", "true")]
    [InlineData("cidr('10.0.0.0/8').containsIP('10.1.2.3') && ip('::1').isLoopback()", "true")]
    public void KubernetesLibraries_Answer(string text, string expected)
        => CelEnvironment.All.Compile(text).Program!.Evaluate(CelBindings.Empty, CelLimits.None, CancellationToken.None).Value.ToString().ShouldBe(expected);

    [Theory]
    [InlineData("duration('1h30m5.25s').getMilliseconds()", "5405250")]
    [InlineData("'abc'.indexOf('x', 99)", "-1")]
    [InlineData("'abc'.lastIndexOf('', 99)", "99")]
    [InlineData("sign(quantity('-3'))", "-1")]
    [InlineData("'%s %d'.format(['a', 1])", "\"a 1\"")]
    [InlineData("timestamp('9999-12-31T23:59:59Z').getFullYear('+05:30')", "10000")]
    [InlineData("timestamp('9999-12-31T23:59:59Z').getDayOfWeek('+05:30')", "6")]
    [InlineData("url('https://a.b/c?q=1#f').getQuery()", "{\"q\": [\"1\"]}")]
    [InlineData("quantity('-3').sign()", "1:20: found no matching overload for 'sign' applied to 'kubernetes.Quantity.()'")]
    [InlineData("[-1, dyn(1)]", "1:9: expected type 'int' but found 'dyn'")]
    [InlineData("{'a': 1, 'b': 'c'}", "1:15: expected type 'int' but found 'string'")]
    [InlineData("[[1], ['a']]", "1:7: expected type 'list(int)' but found 'list(string)'")]
    [InlineData("duration('abc') > duration('1s')", "1:10: invalid duration argument")]
    [InlineData("timestamp('x') > timestamp(0)", "1:11: invalid timestamp argument")]
    [InlineData("'x'.matches('[')", "1:13: invalid matches argument")]
    [InlineData("'%d'.format(['a'])", "1:14: error during formatting: decimal clause can only be used on integers, was given string")]
    [InlineData("'%s'.format([[1, ip('::1')]])", "1:20: error during formatting: string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given net.IP")]
    [InlineData("'%s'.format([1, 2])", "1:12: too many arguments supplied to string.format (expected 1, got 2)")]
    [InlineData("'%s'.format([])", "1:12: index 0 out of range")]
    public void Kubernetes_ReadsAndEvaluates_AsItsApiServerDoes(string text, string expected)
    {
        CelCompilation compiled = CelEnvironment.Kubernetes.Compile(text);
        (compiled.Program is { } program
            ? program.Evaluate(CelBindings.Empty, CelLimits.None, CancellationToken.None).Value.ToString()
            : string.Join("; ", compiled.Issues.Select(issue => $"{issue.Line}:{issue.Column}: {issue.Message}"))).ShouldBe(expected);
    }

    [Fact]
    public void Unknown_IsKept_UnlessTheOtherSideDecides()
    {
        CelEnvironment environment = CelEnvironment.Standard.WithVariable("later", CelType.Bool);
        CelVariables bindings = new() { ["later"] = CelValue.Unknown("later") };
        CelResult Run(string text) => environment.Compile(text).Program!.Evaluate(bindings, CelLimits.None, CancellationToken.None);
        Run("later && false").Value.IsFalse.ShouldBeTrue();
        Run("later || true").Value.IsTrue.ShouldBeTrue();
        Run("later && 1 / 0 == 1").Error!.Reason.ShouldBe(CelErrorKind.Unknown);
        Run("!later").Error!.Reason.ShouldBe(CelErrorKind.Unknown);
    }
}

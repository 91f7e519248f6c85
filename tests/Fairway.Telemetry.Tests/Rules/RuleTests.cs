using Fairway.PromQL;
using Fairway.Telemetry.Rules;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Telemetry.Tests.Rules;

public sealed class RuleTests
{
    private const string Rules = """
        groups:
          - name: g
            interval: 1m
            rules:
              - record: job:up:sum
                expr: sum by (job) (up)
                labels: { kept: "yes" }
              - alert: Down
                expr: job:up:sum == 0
                for: 2m
                keep_firing_for: 1m
                labels: { severity: page }
                annotations: { summary: "{{ $labels.job }} is down ({{ $value }})" }
        """;

    [Fact]
    public async Task Rules_OverTime_RecordAndAlertInOrder()
    {
        var source = new MemorySource();
        Labels up = Labels.Of(("__name__", "up"), ("job", "a"));
        for (int i = 0; i < 20; i++)
        {
            source.Add(up, i * 60_000, i is >= 2 and < 8 ? 0 : 1);
        }

        var sent = new List<SentAlert>();
        RuleBook book = Book(source, sent);
        book.Set("made", Rules);
        await book.EvaluateAllAsync(60_000, default);
        book.ActiveAlerts.ShouldBeEmpty();
        await book.EvaluateAllAsync(120_000, default);
        book.ActiveAlerts.Single().State.ShouldBe(AlertState.Pending);
        sent.ShouldBeEmpty();
        await book.EvaluateAllAsync(240_000, default);
        Alert firing = book.ActiveAlerts.Single();
        firing.State.ShouldBe(AlertState.Firing);
        firing.ActiveAt.ShouldBe(120_000);
        firing.Labels.ToString().ShouldBe("{alertname=\"Down\", job=\"a\", kept=\"yes\", severity=\"page\"}");
        firing.Annotations["summary"].ShouldBe("a is down (0)");
        sent.Single().EndsAt.ShouldBe(240_000 + (4 * 60_000));

        // Kept firing for a minute after it has ended, then told as ended.
        await book.EvaluateAllAsync(480_000, default);
        book.ActiveAlerts.Single().KeepFiringSince.ShouldBe(480_000);
        await book.EvaluateAllAsync(540_000, default);
        book.ActiveAlerts.ShouldBeEmpty();
        sent[^1].EndsAt.ShouldBe(540_000);
        Value(source, "count(ALERTS{alertstate=\"firing\"})", 480_000).ShouldBe(1);
        Value(source, "count(ALERTS)", 540_000).ShouldBeNull();
        Value(source, "sum(job:up:sum{kept=\"yes\"})", 540_000).ShouldBe(1);
    }

    [Fact]
    public async Task Rules_AfterARestart_GivePendingAlertsTheirTimeBack()
    {
        var source = new MemorySource();
        for (int i = 0; i < 40; i++)
        {
            source.Add(Labels.Of(("__name__", "up"), ("job", "a")), i * 60_000, 0);
        }

        string rules = Rules.Replace("for: 2m", "for: 30m", StringComparison.Ordinal);
        RuleBook before = Book(source, []);
        before.Set("made", rules);
        for (int i = 0; i <= 10; i++)
        {
            await before.EvaluateAllAsync(i * 60_000, default);
        }

        // The first book had to look twice before it wrote what it waits for.
        RuleBook after = Book(source, []);
        after.Set("made", rules);
        await after.EvaluateAllAsync(12 * 60_000, default);
        await after.EvaluateAllAsync(13 * 60_000, default);
        after.ActiveAlerts.Single().ActiveAt.ShouldBe(3 * 60_000);
    }

    [Theory]
    [InlineData("groups: [{name: g, rules: [{expr: up}]}]", "one of 'record' or 'alert' must be set")]
    [InlineData("groups: [{name: g, rules: [{alert: A, record: b, expr: up}]}]", "only one of 'record' and 'alert' must be set")]
    [InlineData("groups: [{name: g, rules: [{alert: A, expr: 'up +'}]}]", "could not parse expression: 1:5: parse error: unexpected end of input")]
    [InlineData("groups: [{name: g}, {name: g}]", "groupname: \"g\" is repeated in the same file")]
    [InlineData("groups: [{name: g, rules: [{record: a, expr: up, for: 5m}]}]", "invalid field 'for' in recording rule")]
    [InlineData("groups: [{name: g, rulez: []}]", "field rulez not found")]
    [InlineData("groups: [{name: g, rules: [{alert: A, expr: up, annotations: {x: '{{ .a'}}]}]", "unclosed action")]
    public void RuleFile_ThatIsBroken_NamesPlaceAndProblem(string text, string problem)
        => Should.Throw<RuleFileException>(() => RuleFileReader.Read(text, "f.yml", ParserOptions.Stable)).Message.ShouldContain(problem);

    [Fact]
    public async Task UnitTests_InPromtoolsFormat_PassAndFailAsThere()
    {
        string directory = Directory.CreateTempSubdirectory().FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "rules.yml"), Rules);
        string test = """
            rule_files: [rules.yml]
            evaluation_interval: 1m
            tests:
              - interval: 1m
                input_series:
                  - { series: 'up{job="a"}', values: "1 0x10" }
                alert_rule_test:
                  - eval_time: 5m
                    alertname: Down
                    exp_alerts:
                      - exp_labels: { severity: page, job: a, kept: "yes" }
                        exp_annotations: { summary: "a is down (0)" }
                promql_expr_test:
                  - expr: job:up:sum
                    eval_time: 3m
                    exp_samples: [{ labels: 'job:up:sum{job="a", kept="yes"}', value: 0 }]
            """;
        string file = Path.Combine(directory, "test.yml");
        await File.WriteAllTextAsync(file, test);
        var runner = new RuleUnitTests(ParserOptions.Stable, TimeProvider.System);
        (await runner.RunAsync(file, default)).ShouldBeEmpty();
        await File.WriteAllTextAsync(file, test.Replace("severity: page, job", "severity: ticket, job", StringComparison.Ordinal));
        (await runner.RunAsync(file, default)).Single().ShouldContain("alertname: Down, time: 5m");
    }

    private static RuleBook Book(MemorySource source, List<SentAlert> sent)
    {
        var context = new RuleContext(
            new PromQLEngine(new EngineOptions(), TimeProvider.System),
            source,
            (samples, _) =>
            {
                foreach (Sample sample in samples)
                {
                    source.Add(sample.Labels, sample.Time, sample.Value);
                }

                return ValueTask.CompletedTask;
            },
            sent.AddRange,
            new Dictionary<string, string>(),
            "http://localhost");
        return new RuleBook(context, new RuleOptions(), TimeProvider.System, NullLoggerFactory.Instance);
    }

    private static double? Value(MemorySource source, string query, long time)
        => ((VectorValue)new PromQLEngine(new EngineOptions(), TimeProvider.System).Instant(source, query, time, QueryOptions.Default, default).Value).Samples is [var one] ? one.Value : null;
}

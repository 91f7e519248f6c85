using Fairway.Telemetry.Slos;

namespace Fairway.Telemetry.Tests.Slos;

public sealed class OpenSloReaderTests
{
    private const string Spec = """
        apiVersion: openslo/v1
        kind: SLO
        metadata:
          name: web-availability
          displayName: Web answers
          labels: {team: [shop, web], tier: gold}
        spec:
          service: web
          indicator:
            metadata: {name: web-errors}
            spec:
              ratioMetric:
                counter: true
                good: {metricSource: {type: Prometheus, spec: {query: 'sum(http_requests_total{code!~"5.."})'}}}
                total: {metricSource: {type: Prometheus, spec: {query: 'sum(http_requests_total)'}}}
          timeWindow: [{duration: 28d, isRolling: true}]
          budgetingMethod: Occurrences
          objectives:
            - {displayName: Most, target: 0.99}
            - {displayName: All, targetPercent: 99.9}
        """;

    /// <summary>A change of the text above, and the problem that it makes.</summary>
    public static TheoryData<string, string, string> Slips => new()
    {
        { "openslo/v1", "openslo/v2", "apiVersion: \"openslo/v2\" is not read; expected openslo/v1" },
        { "kind: SLO", "kind: Slo", "kind: \"Slo\" is none of" },
        { "name: web-availability", "name: Web", "metadata.name: \"Web\" must be lower-case" },
        { "service: web", "servis: web", "spec.service: is required" },
        { "service: web", "Service: web", "spec.Service: is written service" },
        { "budgetingMethod: Occurrences", "budgetingMethod: Weekly", "\"Weekly\" is none of Occurrences, Timeslices, RatioTimeslices" },
        { "budgetingMethod: Occurrences", "budgetingMethod: Timeslices", "spec.objectives[0].timeSliceWindow: is required" },
        { "target: 0.99}", "target: 1}", "spec.objectives[0].target: must be at least 0 and below 1" },
        { "targetPercent: 99.9", "targetPercent: 100", "spec.objectives[1].targetPercent: must be at least 0 and below 100" },
        { "targetPercent: 99.9", "targetPercent: 99.9, target: 0.9", "exactly one of target and targetPercent" },
        { "target: 0.99}", "target: 0.99, op: about}", "\"about\" is none of" },
        { "target: 0.99}", "target: '0.99'}", "must be a number, not \"0.99\"" },
        { "duration: 28d", "duration: 28 days", "timeWindow[0].duration: \"28 days\" is no duration" },
        { "isRolling: true", "isRolling: false", "isRolling: must be true when there is no calendar" },
        { "{duration: 28d, isRolling: true}", "{duration: 28d, isRolling: true}, {duration: 7d, isRolling: true}", "timeWindow: has 2 items; exactly one" },
        { "{duration: 28d, isRolling: true}", "{duration: 1M, calendar: {startTime: 2026-01-01 00:00:00, timeZone: Mars/Base}}", "\"Mars/Base\" is no time zone" },
        { "{duration: 28d, isRolling: true}", "{duration: 1M, calendar: {startTime: soon, timeZone: UTC}}", "startTime: \"soon\" is no time" },
        { "good: {metricSource: {type: Prometheus", "good: {metricSource: {type: Datadog", "\"Datadog\" cannot be asked; expected Prometheus" },
        { "good: {metricSource: {type: Prometheus", "good: {metricSource: {metricSourceRef: theirs", "there is no DataSource \"theirs\"" },
        { "counter: true", "counter: true\n        bad: {metricSource: {spec: {query: x}}}", "exactly one of good and bad" },
        { "counter: true", "counter: true\n        raw: {metricSource: {spec: {query: x}}}", "raw: cannot stand beside good, bad or total" },
        { "indicator:\n", "indicatorRef: elsewhere\n  indicator:\n", "exactly one of indicator and indicatorRef" },
        { "budgetingMethod: Occurrences", "budgetingMethod: Occurrences\n  alertPolicies: [{alertPolicyRef: loud}]", "there is no AlertPolicy \"loud\"" },
        { "displayName: Web answers", "displayName: Web answers\n  annotations: {fairway.dev/minimum-events: many}", "\"many\" is no number of events" },
        { "displayName: Web answers", "displayName: Web answers\n  annotations: {fairway.dev/corrections: '[{from: 2026-01-02T00:00:00Z, to: 2026-01-01T00:00:00Z, reason: x}]'}", "must be a YAML list of {from, to, reason}" },
    };

    [Fact]
    public void Read_Ratio_HasBothObjectivesAndTheirQueries()
    {
        OpenSloCatalog catalog = Read(Spec);
        catalog.Problems.ShouldBeEmpty();
        Slo slo = catalog.Slos.ShouldHaveSingleItem();
        slo.Name.ShouldBe("web-availability");
        slo.Labels["team"].ShouldBe("shop,web");
        slo.Window.Length.ToString().ShouldBe("28d");
        slo.Objectives.Select(one => (one.Name, one.Target)).ShouldBe([("most", 0.99), ("all", 0.99900000000000011)], ignoreOrder: false);
        slo.Objectives[0].Indicator.ShouldBe(new Indicator.Ratio("sum(http_requests_total{code!~\"5..\"})", false, "sum(http_requests_total)", true));
        slo.Source.ShouldBe("slo.yaml:1");
    }

    [Theory]
    [MemberData(nameof(Slips))]
    public void Read_Slip_IsNamedByFieldAndTheSloLeftOut(string right, string wrong, string problem)
    {
        string text = Spec.ReplaceLineEndings("\n");
        text.ShouldContain(right);
        OpenSloCatalog catalog = Read(text.Replace(right, wrong, StringComparison.Ordinal));
        catalog.Problems.Select(one => one.ToString()).ShouldContain(one => one.Contains(problem, StringComparison.Ordinal), string.Join('\n', catalog.Problems));
        catalog.Slos.ShouldBeEmpty();
    }

    [Fact]
    public void Read_DocumentsThatReferToEachOther_AreResolvedAcrossFiles()
    {
        OpenSloCatalog catalog = OpenSloReader.Read(
        [
            ("a.yaml", """
                apiVersion: openslo/v1
                kind: SLO
                metadata: {name: latency}
                spec:
                  service: web
                  indicatorRef: p99
                  timeWindow: [{duration: 1M, calendar: {startTime: 2026-01-01 00:00:00, timeZone: Europe/Berlin}}]
                  budgetingMethod: Timeslices
                  objectives: [{op: lte, value: 0.3, target: 0.95, timeSliceTarget: 0.9, timeSliceWindow: 5}]
                  alertPolicies: [{alertPolicyRef: fast}]
                """),
            ("b.yaml", """
                apiVersion: openslo/v1
                kind: SLI
                metadata: {name: p99}
                spec: {thresholdMetric: {metricSource: {metricSourceRef: ours, spec: {query: 'histogram_quantile(0.99, x)'}}}}
                ---
                apiVersion: openslo/v1
                kind: DataSource
                metadata: {name: ours}
                spec: {type: prometheus, connectionDetails: {}}
                ---
                apiVersion: openslo/v1
                kind: AlertPolicy
                metadata: {name: fast}
                spec:
                  alertWhenBreaching: true
                  alertWhenNoData: true
                  conditions: [{conditionRef: twice}]
                  notificationTargets: [{targetRef: team}]
                ---
                apiVersion: openslo/v1
                kind: AlertCondition
                metadata: {name: twice}
                spec: {severity: page, condition: {kind: burnrate, op: gte, threshold: 2, lookbackWindow: 1h, alertAfter: 0m}}
                ---
                apiVersion: openslo/v1
                kind: AlertNotificationTarget
                metadata: {name: team}
                spec: {target: slack}
                """),
        ]);
        catalog.Problems.ShouldBeEmpty();
        Slo slo = catalog.Slos.ShouldHaveSingleItem();
        slo.Window.Zone!.Id.ShouldBe("Europe/Berlin");
        slo.Objectives[0].Slice.ShouldBe(TimeSpan.FromMinutes(5));
        slo.Objectives[0].Indicator.ShouldBeOfType<Indicator.Threshold>();
        BurnAlert alert = slo.Alerts.ShouldHaveSingleItem();
        (alert.Name, alert.Threshold, alert.Lookback, alert.After, alert.WhenNoData, alert.Operator).ShouldBe(("fast", 2, TimeSpan.FromHours(1), TimeSpan.Zero, true, SloOperator.Gte));
        alert.Targets.ShouldBe(["team"]);
    }

    [Fact]
    public void Read_TextThatIsNoYaml_SaysWhere()
        => Read("apiVersion: openslo/v1\nkind: [SLO").Problems.ShouldHaveSingleItem().Source.ShouldMatch("^slo.yaml:[1-9]");

    private static OpenSloCatalog Read(string text) => OpenSloReader.Read([("slo.yaml", text)]);
}

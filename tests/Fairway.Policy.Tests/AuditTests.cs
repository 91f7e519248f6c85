using System.Text.Json.Nodes;
using Fairway.Policy.Auditing;
using Fairway.Policy.Packs;
using Fairway.Policy.Rehearsing;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Testing;

namespace Fairway.Policy.Tests;

/// <summary>The audit keeps verdicts at a cost that follows what changed, and shows them as reports.</summary>
public sealed class AuditTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Dictionary<string, JsonObject> NoNamespaces = [];
    private readonly ManualTime _time = new(Now);

    [Fact]
    public void Judge_OfOneChangedObject_AsksOnlyThePoliciesAboutIt()
    {
        (ClusterAudit audit, int pods, int deployments) = Filled(200);
        long before = audit.Evaluations;
        audit.Judge(Thing("Pod", "v1", "pod-7", "2", true), KindOf<Pod>.Type, NoNamespaces, null, _ => null, default);
        (audit.Evaluations - before).ShouldBe(pods);
        audit.Judge(Thing("Deployment", "apps/v1", "deployment-7", "2", true), KindOf<Deployment>.Type, NoNamespaces, null, _ => null, default);
        (audit.Evaluations - before).ShouldBe(pods + deployments);
    }

    [Fact]
    public void Use_OfAChangedPolicy_JudgesAgainOnlyByThatOne()
    {
        (ClusterAudit audit, _, _) = Filled(50);
        PolicyDefinition[] policies = [.. Policies()];
        var problems = new List<PolicyProblem>();
        CompiledPolicy[] compiled = [.. audit.Bindings.Select(binding => binding.Policy)];
        compiled[0] = CompiledPolicy.Compile(compiled[0].Definition, problems)!;
        audit.Use(PolicyJudge.Build(compiled, PolicySet.Empty with { Policies = policies }, boundOnly: false), out IReadOnlySet<string> changed);
        changed.Count.ShouldBe(1);
        long before = audit.Evaluations;
        for (int i = 0; i < 50; i++)
        {
            audit.Judge(Thing("Pod", "v1", $"pod-{i}", "1", true), KindOf<Pod>.Type, NoNamespaces, changed, _ => null, default);
        }

        (audit.Evaluations - before).ShouldBe(50);
        audit.Objects.First(one => one.Identity.Name == "pod-3").Verdicts.Count.ShouldBe(19);
    }

    [Fact]
    public void Use_WithoutAPolicy_ForgetsItsVerdicts()
    {
        (ClusterAudit audit, _, _) = Filled(5);
        audit.Use(PolicyJudge.Build([], PolicySet.Empty, boundOnly: false), out _);
        audit.Objects.ShouldAllBe(one => one.Verdicts.Count == 0);
        AuditReports.Of(audit, "openreports.io/v1alpha1", "Report", null).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("openreports.io/v1alpha1", "Report", "description")]
    [InlineData("wgpolicyk8s.io/v1alpha2", "PolicyReport", "message")]
    public void Report_OfAnObject_SumsItsResults(string apiVersion, string kind, string text)
    {
        (ClusterAudit audit, _, _) = Filled(3);
        IReadOnlyList<Document> reports = AuditReports.Of(audit, apiVersion, kind, "shop");
        reports.Count.ShouldBe(6);
        JsonObject report = reports[0].ToNode();
        ((string?)report["apiVersion"], (string?)report["kind"]).ShouldBe((apiVersion, kind));
        JsonArray results = report["results"]!.AsArray();
        ((int?)report["summary"]!["fail"]).ShouldBe(results.Count(result => (string?)result!["result"] == "fail"));
        ((int?)report["summary"]!["pass"] + (int?)report["summary"]!["fail"]).ShouldBe(results.Count);
        ((string?)results.First(result => (string?)result!["policy"] == "pss-privileged")![text]).ShouldNotBeNull().ShouldContain("Privileged");
        AuditReports.Of(audit, apiVersion, "Cluster" + kind, null).ShouldBeEmpty();
        AuditReports.Of(audit, apiVersion, kind, "other").ShouldBeEmpty();
    }

    [Fact]
    public void Waiver_ThatCovers_IsToldOnceAnObject()
    {
        var told = new List<string>();
        var audit = new ClusterAudit("prod", _time) { WaiverUsed = (finding, one) => told.Add($"{finding.Waiver} {one.Identity.Name}") };
        var problems = new List<PolicyProblem>();
        var waiver = new Waiver
        {
            Metadata = new ObjectMeta { Name = "w", Namespace = "shop", CreationTimestamp = Now },
            Spec = new WaiverSpec
            {
                Policy = "pss-privileged",
                Owner = "a",
                Reason = "because of reasons",
                CompensatingControl = "none",
                ExpiresAt = Now.AddDays(10),
                RequestedBy = "ann",
                Approval = new Approval { By = "bob" },
                Scope = new WaiverScope { Names = ["pod-*"] },
            },
        };
        audit.Use(PolicyJudge.Build(PolicySet.Empty with { Policies = [.. Policies()], Waivers = [waiver] }, problems, boundOnly: false), out _);
        foreach (string version in (string[])["1", "2"])
        {
            audit.Judge(Thing("Pod", "v1", "pod-1", version, true), KindOf<Pod>.Type, NoNamespaces, null, _ => null, default);
        }

        told.ShouldBe(["w pod-1"]);
        audit.Objects.Single().Verdicts.Values.Single(one => one.Policy.Name == "pss-privileged").Verdict.Outcome.ShouldBe(Outcome.Waived);
        _time.Advance(TimeSpan.FromDays(11));
        audit.Judge(Thing("Pod", "v1", "pod-1", "3", true), KindOf<Pod>.Type, NoNamespaces, null, _ => null, default);
        audit.Objects.Single().Verdicts.Values.Single(one => one.Policy.Name == "pss-privileged").Verdict.Outcome.ShouldBe(Outcome.Fail);
    }

    [Fact]
    public void Rehearsal_OverPastWrites_TellsWhomItWouldHaveStopped()
    {
        var problems = new List<PolicyProblem>();
        PolicyJudge judge = PolicyJudge.Build(PolicySet.Empty with { Policies = [Policies().Single(policy => policy.Name == "pss-privileged")] }, problems, boundOnly: false);
        PastWrite Write(int day, string name, string version, bool privileged) => new("prod", KindOf<Pod>.Type, Now.AddDays(day), Thing("Pod", "v1", name, version, privileged));
        RehearsalResult result = Rehearsal.Run(
            judge, [Write(0, "a", "1", true), Write(1, "a", "2", true), Write(2, "b", "3", true), Write(3, "b", "4", false), Write(4, "c", "5", false)], _ => NoNamespaces, default);
        result.Writes.ShouldBe(4); // the second of a changed nothing that people want
        result.Refused.ShouldBe(2);
        result.Objects.Select(one => (one.Identity.Name, one.StillViolates)).ShouldBe([("a", true), ("b", false)]);
        result.ByTeam.Single().Key.ShouldBe("shop");
        result.Objects[0].Finding.Patch.ShouldNotBeNull();
    }

    private (ClusterAudit Audit, int Pods, int Deployments) Filled(int count)
    {
        var problems = new List<PolicyProblem>();
        var audit = new ClusterAudit("prod", _time);
        PolicyJudge judge = PolicyJudge.Build(PolicySet.Empty with { Policies = [.. Policies()] }, problems, boundOnly: false);
        audit.Use(judge, out _);
        for (int i = 0; i < count; i++)
        {
            audit.Judge(Thing("Pod", "v1", $"pod-{i}", "1", true), KindOf<Pod>.Type, NoNamespaces, null, _ => null, default);
            audit.Judge(Thing("Deployment", "apps/v1", $"deployment-{i}", "1", true), KindOf<Deployment>.Type, NoNamespaces, null, _ => null, default);
        }

        int About(ResourceType type) => judge.About(new ResourceIdentity { Group = type.Group, Version = type.Version, Kind = type.Kind, Resource = type.Plural }).Count;
        return (audit, About(KindOf<Pod>.Type), About(KindOf<Deployment>.Type));
    }

    private static IEnumerable<PolicyDefinition> Policies() => PackLibrary.PoliciesOf(PackLibrary.Find("pod-security-restricted")!);

    private static Document Thing(string kind, string apiVersion, string name, string version, bool privileged)
    {
        var spec = new JsonObject { ["containers"] = new JsonArray(new JsonObject { ["name"] = "a", ["image"] = "a", ["securityContext"] = new JsonObject { ["privileged"] = privileged } }) };
        return Document.From(new JsonObject
        {
            ["apiVersion"] = apiVersion,
            ["kind"] = kind,
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "shop", ["uid"] = $"{kind}-{name}", ["resourceVersion"] = version },
            ["spec"] = kind == "Pod" ? spec : new JsonObject { ["template"] = new JsonObject { ["spec"] = spec } },
        });
    }
}

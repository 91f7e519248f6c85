using System.Text.Json.Nodes;
using Fairway.Admission.Reading;
using Fairway.Admission.Waivers;
using Fairway.Policy.Sources;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Policy.Tests;

/// <summary>The one function: (policy, parameters, waivers, object, facts, now) to pass, fail or unknown.</summary>
public sealed class EngineTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("object.spec.x == 1", Outcome.Pass)]
    [InlineData("object.spec.x == 2", Outcome.Fail)]
    [InlineData("object.spec.missing == 2", Outcome.Fail)] // an error, and the policy fails closed
    [InlineData("object.spec.missing == 2 || true", Outcome.Pass)]
    [InlineData("facts.release.signed", Outcome.Unknown)]
    [InlineData("facts.release.signed || object.spec.x == 1", Outcome.Pass)]
    [InlineData("facts.release.signed && object.spec.x == 2", Outcome.Fail)]
    [InlineData("facts.owner == 'shop'", Outcome.Pass)]
    [InlineData("facts.no_such_fact == 'shop'", Outcome.Fail)]
    [InlineData("variables.double == 2", Outcome.Pass)]
    public void Decide_OnAnExpression_GivesItsVerdict(string expression, Outcome expected)
        => Decide(Vap(expression)).Outcome.ShouldBe(expected);

    [Fact]
    public void Decide_WithFailurePolicyIgnore_PassesOverErrorsButNotOverTheUnknown()
    {
        Decide(Vap("object.spec.missing == 2", failurePolicy: "Ignore")).Outcome.ShouldBe(Outcome.Pass);
        Decide(Vap("facts.release.signed", failurePolicy: "Ignore")).Outcome.ShouldBe(Outcome.Unknown);
    }

    [Theory]
    [InlineData("""["false", "object.nothing.here"]""", Outcome.NotApplicable)]
    [InlineData("""["object.nothing.here", "false"]""", Outcome.NotApplicable)]
    [InlineData("""["object.nothing.here", "true"]""", Outcome.Fail)]
    [InlineData("""["true"]""", Outcome.Fail)]
    public void Decide_WithMatchConditions_SkipsWhenAnyIsFalse(string conditions, Outcome expected)
    {
        JsonObject policy = Vap("false");
        policy["spec"]!["matchConditions"] = new JsonArray([.. JsonNode.Parse(conditions)!.AsArray().Select((one, index) => (JsonNode)new JsonObject { ["name"] = $"c{index}", ["expression"] = one!.DeepClone() })]);
        Decide(policy).Outcome.ShouldBe(expected);
    }

    [Fact]
    public void Decide_OnStaleEvidence_IsUnknown()
    {
        var facts = new JsonObject { ["findings"] = new JsonObject { ["critical"] = 0, ["asOf"] = "2026-01-01T00:00:00Z" } };
        Decide(Vap("facts.findings.critical == 0"), facts: facts).Outcome.ShouldBe(Outcome.Unknown);
        facts["findings"]!["asOf"] = "2026-02-27T00:00:00Z";
        Decide(Vap("facts.findings.critical == 0"), facts: facts).Outcome.ShouldBe(Outcome.Pass);
    }

    [Theory]
    [InlineData("object.spec.list.all(x, x.ok)", "spec.list[1].ok")]
    [InlineData("!object.spec.list.exists(x, !x.ok)", "spec.list[1].ok")]
    [InlineData("object.spec.names.all(x, x != 'b')", "spec.names[1]")]
    [InlineData("object.spec.names.all(x, x != 'a')", "spec.names[0]")]
    [InlineData("object.spec.names.all(x, x != 'c')", "spec.names[2]")]
    [InlineData("(object.spec.list + object.spec.more).all(x, x.ok || has(x.name))", "spec.list[1].name")]
    [InlineData("(object.spec.more + object.spec.list).all(x, x.ok)", "spec.list[1].ok")]
    [InlineData("has(object.spec.x) && has(object.spec.y)", "spec.y")]
    public void Decide_OnAViolation_NamesTheFieldThatDecided(string expression, string path)
        => Decide(Vap(expression)).Findings[0].Path.ToString().ShouldBe(path);

    [Fact]
    public void Decide_WithAMend_OffersThePatchOnlyIfThePolicyThenPasses()
    {
        JsonObject good = Vap("object.spec.x == 7", mend: "- set: spec.x\n  value: 7\n");
        Decide(good).Findings[0].Patch!.ToJsonString().ShouldBe("""[{"op":"replace","path":"/spec/x","value":7}]""");
        Decide(Vap("object.spec.x == 7", mend: "- set: spec.x\n  value: 8\n")).Findings[0].Patch.ShouldBeNull();
    }

    [Theory]
    [InlineData("ann", "bob", 10, Outcome.Waived)]
    [InlineData("ann", "ann", 10, Outcome.Fail)] // asked and approved by one person
    [InlineData("ann", null, 10, Outcome.Fail)] // nobody approved it
    [InlineData("ann", "bob", -1, Outcome.Fail)] // expired
    [InlineData("ann", "bob", 200, Outcome.Fail)] // longer than the policy allows
    public void Decide_WithAWaiver_HonoursItOnlyInForce(string asker, string? approver, int days, Outcome expected)
        => Decide(Vap("false"), waivers: [Waiver(asker, approver, days, new WaiverScope { Names = ["thing"] })]).Outcome.ShouldBe(expected);

    [Theory]
    [InlineData("bob", 10, true, "is in force: ends in 10 days")]
    [InlineData(null, 10, false, "waits for approval by another person than who asked")]
    [InlineData("bob", -1, false, "has expired: it ended 2026-02-28 00:00 UTC")]
    [InlineData("ann", 10, false, "is not honoured: approved by ann, who asked for it")]
    public void Find_OfAWaiverInScope_TellsWhereItStands(string? approver, int days, bool inForce, string clause)
    {
        WaiverStanding standing = Find(Waiver("ann", approver, days, new WaiverScope { Names = ["thing"] })).ShouldNotBeNull();
        (standing.InForce, standing.Clause).ShouldBe((inForce, clause));
    }

    [Fact]
    public void Find_AmongSeveral_PrefersTheOneInForceAndThenTheLatest()
    {
        Waiver old = Waiver("ann", "bob", -5, new WaiverScope { Names = ["thing"] });
        Waiver recent = Waiver("ann", "bob", -1, new WaiverScope { Names = ["thing"] });
        Waiver good = Waiver("ann", "bob", 1, new WaiverScope { Names = ["thing"] });
        Find(old, recent)!.Waiver.ShouldBeSameAs(recent);
        Find(recent, old)!.Waiver.ShouldBeSameAs(recent);
        Find(old, good, recent)!.Waiver.ShouldBeSameAs(good);
        Find(Waiver("ann", "bob", 1, new WaiverScope { Names = ["other"] })).ShouldBeNull();
    }

    private static WaiverStanding? Find(params Waiver[] waivers)
    {
        PolicyDefinition policy = PolicyReader.Read([(Vap("false"), "p")], new List<PolicyProblem>()).Policies[0];
        var thing = new Subject { Identity = new ResourceIdentity { Group = "example.com", Version = "v1", Kind = "Thing", Resource = "things", Name = "thing" }, Object = [] };
        return WaiverRules.Find(waivers, policy, "0", thing, Now);
    }

    [Fact]
    public void Decide_WithAWaiverForOthers_Fails()
    {
        Decide(Vap("false"), waivers: [Waiver("ann", "bob", 5, new WaiverScope { Names = ["other"] })]).Outcome.ShouldBe(Outcome.Fail);
        Decide(Vap("false"), waivers: [Waiver("ann", "bob", 5, new WaiverScope())]).Outcome.ShouldBe(Outcome.Fail);
        Decide(Vap("false"), waivers: [Waiver("ann", "bob", 5, new WaiverScope { Namespaces = ["sh*"], Kinds = ["Thing"] })]).Outcome.ShouldBe(Outcome.Waived);
    }

    [Fact]
    public void Compile_OfABadPolicy_TellsEveryErrorWithItsPlace()
    {
        var problems = new List<PolicyProblem>();
        JsonObject policy = Vap("object.x ==");
        policy["spec"]!["variables"] = new JsonArray(new JsonObject { ["name"] = "v", ["expression"] = "nothing + 1" });
        PolicySet set = PolicyReader.Read([(policy, "p.yaml:1")], problems);
        PolicyJudge.Build(set, problems, boundOnly: false).Policies.ShouldBeEmpty();
        problems.Count.ShouldBeGreaterThanOrEqualTo(2);
        problems.ShouldContain(problem => problem.Field == "spec.validations[0].expression" && problem.Message.Contains('^'));
        problems.ShouldContain(problem => problem.Field == "spec.variables[0].expression" && problem.Message.Contains("nothing", StringComparison.Ordinal));
    }

    [Fact]
    public void Compile_OfAVariableThatNamesItself_IsRefused()
    {
        var problems = new List<PolicyProblem>();
        JsonObject policy = Vap("true");
        policy["spec"]!["variables"] = new JsonArray(new JsonObject { ["name"] = "selfish", ["expression"] = "variables.selfish + 1" });
        CompiledPolicy.Compile(PolicyReader.Read([(policy, "p")], problems).Policies[0], problems).IsSound.ShouldBeFalse();
        problems.ShouldHaveSingleItem().Message.ShouldContain("undefined field 'selfish'");
    }

    [Fact]
    public void Decide_OfAnEndlessPolicy_IsCutOff()
        => Decide(Vap("[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))"))
            .Findings[0].IsError.ShouldBeTrue();

    [Fact]
    public void Kyverno_AboutPods_JudgesTheirControllers()
    {
        const string Policy = """
            apiVersion: policies.kyverno.io/v1
            kind: ValidatingPolicy
            metadata: {name: no-latest}
            spec:
              matchConstraints:
                resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods]}]
              validations:
              - expression: object.spec.containers.all(c, !c.image.endsWith(':latest'))
                message: no latest
            """;
        const string Objects = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, namespace: shop}
            spec: {template: {spec: {containers: [{name: a, image: "a:latest"}]}}}
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: web, namespace: shop}
            spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: a, image: "a:1"}, {name: b, image: "b:latest"}]}}}}}
            """;
        Finding[] findings = Check(Policy, Objects);
        findings.Select(finding => finding.Path.ToString()).ShouldBe(
            ["spec.template.spec.containers[0].image", "spec.jobTemplate.spec.template.spec.containers[1].image"]);
    }

    [Fact]
    public void Gatekeeper_TemplateWithConstraint_SeesParametersAndScope()
    {
        const string Policy = """
            apiVersion: templates.gatekeeper.sh/v1
            kind: ConstraintTemplate
            metadata: {name: k8srequiredlabels}
            spec:
              crd: {spec: {names: {kind: K8sRequiredLabels}}}
              targets:
              - target: admission.k8s.gatekeeper.sh
                code:
                - engine: K8sNativeValidation
                  source:
                    validations:
                    - expression: variables.params.labels.all(l, has(variables.anyObject.metadata.labels) && l in variables.anyObject.metadata.labels)
                      messageExpression: '"missing one of " + variables.params.labels.join(", ")'
            ---
            apiVersion: constraints.gatekeeper.sh/v1beta1
            kind: K8sRequiredLabels
            metadata: {name: owner}
            spec:
              match: {kinds: [{apiGroups: [""], kinds: [Namespace]}]}
              parameters: {labels: [owner]}
            """;
        Check(Policy, "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n").Single().Message.ShouldBe("missing one of owner");
        Check(Policy, "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {owner: x}}\n").ShouldBeEmpty();
        Check(Policy, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n").ShouldBeEmpty();
    }

    [Fact]
    public void Judge_WithParameters_AsksForEveryOneAndTellsWhenThereIsNone()
    {
        const string Policy = """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicy
            metadata: {name: p}
            spec:
              paramKind: {apiVersion: v1, kind: ConfigMap}
              matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ["*"], resources: [deployments]}]}
              validations: [{expression: "object.spec.replicas <= int(params.data.max)"}]
            """;
        const string Deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 5}\n";
        const string Max = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: max}\ndata: {max: \"3\"}\n";
        Check(Policy + "\n---\n" + Max, Deployment).Single().Outcome.ShouldBe(Outcome.Fail);
        Check(Policy, Deployment).Single().Outcome.ShouldBe(Outcome.Unknown);
    }

    internal static Finding[] Check(string policies, string objects)
    {
        var problems = new List<PolicyProblem>();
        PolicySet set = PolicyReader.Read(SourceReader.Read("p.yaml", policies, "").Objects.Select(one => (one.Object, "p.yaml")), problems);
        PolicyJudge judge = PolicyJudge.Build(set, problems, boundOnly: false);
        problems.ShouldBeEmpty();
        SourceSet sources = SourceReader.Read("o.yaml", objects);
        return [.. sources.Objects.SelectMany(one => judge.Decide(new PreparedSubject(one.Subject(_ => null)), FactSnapshot.Of(null, Now), Now, default)).SelectMany(one => one.Verdict.Findings)];
    }

    private static Waiver Waiver(string asker, string? approver, int days, WaiverScope scope) => new()
    {
        Metadata = new ObjectMeta { Name = "w", Namespace = "shop", CreationTimestamp = Now.AddDays(-2) },
        Spec = new WaiverSpec
        {
            Policy = "p",
            Scope = scope,
            Owner = "shop",
            Reason = "because of reasons",
            CompensatingControl = "none",
            ExpiresAt = Now.AddDays(days),
            RequestedBy = asker,
            Approval = approver is null ? null : new Approval { By = approver },
        },
    };

    private static Verdict Decide(JsonObject policy, JsonObject? facts = null, IReadOnlyList<Waiver>? waivers = null)
    {
        var problems = new List<PolicyProblem>();
        PolicySet set = PolicyReader.Read([(policy, "p")], problems);
        var compiled = CompiledPolicy.Compile(set.Policies[0], problems);
        problems.ShouldBeEmpty();
        JsonObject thing = JsonNode.Parse(
            """
            {"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"thing","namespace":"shop"},
             "spec":{"x":1,"list":[{"ok":true},{"ok":false},{"ok":true}],"more":[{"ok":true}],"names":["a","b","c"]}}
            """)!.AsObject();
        var subject = new PreparedSubject(new Subject { Identity = KindNames.Of(thing), Object = thing });
        return PolicyEngine.Decide(compiled, null, waivers ?? [], subject, FactSnapshot.Of(facts ?? new JsonObject { ["owner"] = "shop" }, Now), Now, default);
    }

    private static JsonObject Vap(string expression, string failurePolicy = "Fail", string? mend = null) => new()
    {
        ["apiVersion"] = "admissionregistration.k8s.io/v1",
        ["kind"] = "ValidatingAdmissionPolicy",
        ["metadata"] = new JsonObject { ["name"] = "p", ["annotations"] = mend is null ? null : new JsonObject { ["policy.fairway.dev/mend"] = mend } },
        ["spec"] = new JsonObject
        {
            ["failurePolicy"] = failurePolicy,
            ["matchConstraints"] = new JsonObject { ["resourceRules"] = new JsonArray(new JsonObject { ["apiGroups"] = new JsonArray("*"), ["apiVersions"] = new JsonArray("*"), ["operations"] = new JsonArray("*"), ["resources"] = new JsonArray("*") }) },
            ["variables"] = new JsonArray(new JsonObject { ["name"] = "double", ["expression"] = "object.spec.x * 2" }),
            ["validations"] = new JsonArray(new JsonObject { ["expression"] = expression }),
        },
    };
}

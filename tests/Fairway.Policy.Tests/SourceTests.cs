using System.Text.Json.Nodes;
using System.Xml.Linq;
using Fairway.Policy.Checking;
using Fairway.Policy.Packs;
using Fairway.Policy.Sources;

namespace Fairway.Policy.Tests;

/// <summary>What files become, and how findings find their way back to lines.</summary>
public sealed class SourceTests
{
    [Fact]
    public void Manifest_InAList_LocatesItsFields()
    {
        SourceSet set = SourceReader.Read("a.yaml", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n  spec:\n    containers:\n    - name: x\n      image: y\n");
        SourceObject pod = set.Objects.Single();
        pod.Identity.ToString().ShouldBe("Pod default/a");
        FieldPath container = FieldPath.Root.Field("spec").Field("containers").Item(0);
        pod.Locate(container.Field("image")).ShouldBe((10, 7));
        pod.Locate(container.Field("missing")).ShouldBe((9, 7));
    }

    [Fact]
    public void Json_WithTabs_IsReadAndLocated()
    {
        SourceSet set = SourceReader.Read("a.json", "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"metadata\": {\"name\": \"a\"},\n  \"spec\": {\n    \"hostPID\": true\n  }\n}\n");
        set.Objects.Single().Locate(FieldPath.Root.Field("spec").Field("hostPID")).Line.ShouldBe(6);
    }

    [Fact]
    public void Template_OfAChart_IsAnErrorThatTellsTheWay()
        => SourceReader.Read("t.yaml", "a: {{ .Values.x }}\nb: {{- if }}\n").Problems.Single().Message.ShouldContain("helm template");

    [Fact]
    public void Plan_WithSensitiveAndUnknownValues_ShowsNeither()
    {
        const string Plan = """
            {"format_version":"1.2","terraform_version":"1.11.4","variables":{"pw":{"value":"hunter2"}},
             "resource_changes":[{"address":"x.y","mode":"managed","type":"x","name":"y","provider_name":"p",
               "change":{"actions":["delete","create"],"before":{"password":"old-secret","n":1},"after":{"password":"hunter2","n":2,"list":[{"a":1,"key":"k3y"}]},
                 "after_unknown":{"id":true,"list":[{"arn":true}]},"before_sensitive":{"password":true},"after_sensitive":{"password":true,"list":[{"key":true}]}}}]}
            """;
        SourceSet set = SourceReader.Read("plan.json", Plan);
        SourceObject change = set.Objects.Single(one => one.Identity.Kind == "TerraformChange");
        string text = string.Join('\n', set.Objects.Select(one => one.Object.ToJsonString()));
        text.ShouldNotContain("hunter2");
        text.ShouldNotContain("old-secret");
        text.ShouldNotContain("k3y");
        change.UnknownValues.ShouldBe(["/spec/after/id", "/spec/after/list/0/arn"], ignoreOrder: true);
        ((string?)change.Object["spec"]!["action"]).ShouldBe("replace");
        SourceObject plan = set.Objects.Single(one => one.Identity.Kind == "TerraformPlan");
        ((int?)plan.Object["spec"]!["counts"]!["replace"]).ShouldBe(1);
    }

    [Theory]
    [InlineData("object.spec.after.n == 2", 0)]
    [InlineData("object.spec.after.id != 'x'", 1)]
    [InlineData("object.spec.after.list[0].arn.startsWith('arn')", 1)]
    [InlineData("object.spec.after.list[0].a == 1 || object.spec.after.id == ''", 0)]
    public void Plan_PolicyOnAValueKnownAtApply_IsUnknown(string expression, int unknown)
    {
        string policy = $"apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {{name: p}}\nspec:\n  matchConstraints: {{resourceRules: [{{apiGroups: [source.fairway.dev], apiVersions: ['*'], operations: ['*'], resources: [terraformchanges]}}]}}\n  validations:\n  - expression: {expression}\n";
        const string Plan = """{"format_version":"1.2","resource_changes":[{"address":"x.y","type":"x","change":{"actions":["create"],"before":null,"after":{"n":2,"list":[{"a":1}]},"after_unknown":{"id":true,"list":[{"arn":true}]}}}]}""";
        Finding[] findings = EngineTests.Check(policy, Plan);
        findings.Length.ShouldBe(unknown);
        findings.ShouldAllBe(finding => finding.Outcome == Outcome.Unknown);
    }

    [Fact]
    public void Dockerfile_WithContinuationsAndHeredocs_HasItsInstructions()
    {
        SourceSet set = SourceReader.Read("Dockerfile", "# syntax=docker/dockerfile:1\nARG V=3.20\nFROM --platform=linux/amd64 alpine:${V} AS build\nRUN apk add \\\n  # a comment\n  curl\nRUN <<EOF\ncurl x\nEOF\nFROM build\nUSER app\n");
        JsonNode spec = set.Objects.Single().Object["spec"]!;
        ((string?)spec["stages"]![0]!["image"]).ShouldBe("alpine:3.20");
        ((string?)spec["stages"]![0]!["platform"]).ShouldBe("linux/amd64");
        ((bool?)spec["stages"]![1]!["fromStage"]).ShouldBe(true);
        ((string?)spec["instructions"]![2]!["arguments"]).ShouldBe("apk add curl");
        ((int?)spec["instructions"]![3]!["line"]).ShouldBe(7);
        ((string?)spec["instructions"]![3]!["heredoc"]).ShouldBe("curl x\n");
        ((string?)spec["user"]).ShouldBe("app");
    }

    [Theory]
    [InlineData("""{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"a","version":"1","purl":"pkg:npm/a@1","licenses":[{"license":{"id":"MIT"}}]}]}""", "CycloneDX")]
    [InlineData("""{"spdxVersion":"SPDX-2.3","packages":[{"SPDXID":"x","name":"a","versionInfo":"1","licenseConcluded":"MIT","externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:npm/a@1"}]}]}""", "SPDX")]
    public void Sbom_OfEitherFormat_HasOneShape(string text, string format)
    {
        JsonNode spec = SourceReader.Read("bom.json", text).Objects.Single().Object["spec"]!;
        ((string?)spec["format"]).ShouldBe(format);
        JsonNode component = spec["components"]![0]!;
        (((string?)component["name"]), ((string?)component["version"]), ((string?)component["purl"]), ((string?)component["licenses"]![0])).ShouldBe(("a", "1", "pkg:npm/a@1", "MIT"));
    }

    [Fact]
    public void Report_AsSarifAndJunit_CarriesPlacesAndCounts()
    {
        CheckReport report = Report("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec:\n  hostPID: true\n  containers: [{name: x, image: y}]\n");
        JsonObject sarif = SarifReport.Write(report, "1.0.0");
        ((string?)sarif["version"]).ShouldBe("2.1.0");
        JsonNode result = sarif["runs"]![0]!["results"]![0]!;
        ((string?)result["ruleId"]).ShouldBe("pss-host-namespaces");
        ((int?)result["locations"]![0]!["physicalLocation"]!["region"]!["startLine"]).ShouldBe(5);
        int rule = (int)result["ruleIndex"]!;
        ((string?)sarif["runs"]![0]!["tool"]!["driver"]!["rules"]![rule]!["id"]).ShouldBe("pss-host-namespaces");
        XElement junit = XDocument.Parse(JunitReport.Write(report)).Root!;
        junit.Attribute("failures")!.Value.ShouldBe("1");
        junit.Descendants("testcase").Count().ShouldBe((int)junit.Attribute("tests")!);
    }

    [Fact]
    public void Mend_OfAFile_LeavesNothingThatCanBeMended()
    {
        const string Text = "# a pod\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  hostPID: true # why?\n  containers:\n  - {name: x, image: y, securityContext: {privileged: true}}\n  - name: z\n    image: z\n";
        CheckReport before = Report(Text, "pod-security-restricted");
        MendedFile mended = FileMender.Mend("a.yaml", Text, before.Findings);
        mended.Skipped.ShouldBeEmpty();
        Report(mended.Text, "pod-security-restricted").Findings.ShouldBeEmpty(mended.Text);
        mended.Text.ShouldStartWith("# a pod\n");
    }

    private static CheckReport Report(string text, string pack = "pod-security-baseline")
    {
        var problems = new List<PolicyProblem>();
        PolicyJudge judge = PolicyJudge.Build(PolicySet.Empty with { Policies = PackLibrary.PoliciesOf(PackLibrary.Find(pack)!) }, problems, boundOnly: false);
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return PolicyChecker.Check(judge, SourceReader.Read("a.yaml", text), FactSnapshot.Of(null, now), now, problems, default);
    }
}

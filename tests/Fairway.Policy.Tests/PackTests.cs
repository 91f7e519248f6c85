using System.Text.Json.Nodes;
using Fairway.Policy.Packs;
using Fairway.Policy.Testing;
using Fairway.Resources.Kinds;
using Fairway.Resources.Schemas;
using Fairway.Resources.Yaml;

namespace Fairway.Policy.Tests;

/// <summary>Every policy of every pack passes its own examples and says what it is for.</summary>
public sealed class PackTests
{
    public static TheoryData<string, string> Files
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (PolicyPack pack in PackLibrary.All)
            {
                foreach (PackTest test in pack.Tests)
                {
                    data.Add(pack.Name, test.File);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Policy_OnItsExamples_SaysWhatTheyExpect(string name, string file)
    {
        PolicyPack pack = PackLibrary.Find(name)!;
        PackTest test = pack.Tests.Single(one => one.File == file);
        PolicyDefinition policy = pack.Policies.Single(one => file.EndsWith($"/{one.Name}.test.yaml", StringComparison.Ordinal));
        var problems = new List<PolicyProblem>();
        PolicyJudge judge = PolicyJudge.Build(PolicySet.Empty with { Policies = [policy] }, problems, boundOnly: false);
        problems.ShouldBeEmpty();
        IReadOnlyList<PolicyTestCase> cases = PolicyTests.Read(file, YamlReader.Read(test.Text, file)[0].Node!, _ => throw new InvalidOperationException());
        cases.ShouldContain(one => one.Expect == "pass");
        cases.ShouldContain(one => one.Expect == "fail");
        string wrong = string.Join('\n', cases.Select(one => PolicyTests.Run(one, judge, default)).Where(outcome => outcome.Difference is not null)
            .Select(outcome => $"{outcome.Case.Name}: {outcome.Difference}"));
        Assert.True(wrong.Length == 0, wrong);
    }

    /// <summary>An API server must take what a pack installs, as ours and Kubernetes' judge it.</summary>
    [Fact]
    public void Packs_AtEveryStage_AreTakenByServers()
    {
        foreach (PolicyPack pack in PackLibrary.All)
        {
            foreach (RolloutStage stage in Enum.GetValues<RolloutStage>())
            {
                RolloutObjects objects = PackRollout.Plan(pack, stage, stage == RolloutStage.Warn ? ["shop"] : []);
                foreach (JsonObject one in objects.Policies.Concat(objects.Bindings))
                {
                    KindRules rules = KindRules.Of(AllKinds.Catalog.Find((string)one["apiVersion"]!, (string)one["kind"]!)!);
                    rules.Default(one);
                    FieldErrors errors = rules.ValidateCreate(one);
                    PolicyForm.Validate((string)one["kind"]!, one, errors);
                    errors.Causes.ShouldBeEmpty($"{pack.Name}: {one["metadata"]!["name"]}");
                }
            }
        }
    }

    [Fact]
    public void Policies_AllSayWhyHowToMendAndWhichControls()
    {
        foreach (PolicyDefinition policy in PackLibrary.All.SelectMany(pack => pack.Policies))
        {
            policy.Text.Title.ShouldNotBe(policy.Name);
            policy.Text.Why.Length.ShouldBeGreaterThan(20, policy.Name);
            policy.Text.HowToMend.Length.ShouldBeGreaterThan(8, policy.Name);
            policy.Text.Controls.ShouldContain(control => control.Framework == "nist-800-53", policy.Name);
            policy.Text.Controls.ShouldContain(control => control.Framework == "soc2", policy.Name);
        }
    }

    [Fact]
    public void Policies_HaveOneNameEach()
        => PackLibrary.All.SelectMany(pack => pack.Policies).GroupBy(policy => policy.Name).Where(group => group.Count() > 1).Select(group => group.Key).ShouldBeEmpty();

    [Fact]
    public void Packs_AreVersionedAndKnowWhatTheyInclude()
    {
        PackLibrary.All.Select(pack => pack.Name).ShouldBe(
            ["cis-workloads", "cost", "delivery", "pod-security-baseline", "pod-security-restricted", "reliability", "secrets-in-manifests", "supply-chain", "workflow-hygiene"]);
        PackLibrary.All.ShouldAllBe(pack => pack.Includes.All(included => PackLibrary.Find(included) != null));
        PackLibrary.PoliciesOf(PackLibrary.Find("pod-security-restricted")!).Count.ShouldBe(19);
    }
}

using System.Text.Json.Nodes;
using Fairway.Admission.Reading;
using Fairway.ApiServer.Testing;
using Fairway.Client;
using Fairway.Policy.Auditing;
using Fairway.Policy.Checking;
using Fairway.Policy.Sources;
using Fairway.Resources;
using Fairway.Resources.Kinds.Admission;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;
using FsCheck;
using FsCheck.Fluent;
using Outcome = Fairway.Admission.Outcome;

namespace Fairway.Policy.Tests;

/// <summary>
/// One policy and one object: the same verdict on files (which is also what the pipeline's step asks), at a real server's admission and
/// in the audit.
/// </summary>
public sealed class FourPointsTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, JsonObject> Homes = new() { ["default"] = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "default" } } };

    private EmbeddedServer _server = null!;

    public async Task InitializeAsync() => _server = await EmbeddedServer.StartAsync(clusters: ["dev"]);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public void Verdict_OfAnyPolicyOnAnyObject_IsTheSameEverywhere()
    {
        using HttpClusterApi api = _server.Connect("dev");
        int round = 0;
        Prop.ForAll(Cases.ToArbitrary(), one =>
        {
            string name = $"p{Interlocked.Increment(ref round)}";
            JsonObject policy = one.Policy(name);
            JsonObject map = one.Object(name);
            bool desk = Desk(policy, map);
            bool audit = Audit(policy, map);
            bool admission = AdmissionAsync(api, policy, map).GetAwaiter().GetResult();
            return (desk == audit && desk == admission).Label($"desk {desk}, audit {audit}, admission {admission}: {policy["spec"]!.ToJsonString()} on {map.ToJsonString()}");
        }).ShouldHold(60);
    }

    private static bool Desk(JsonObject policy, JsonObject map)
    {
        var problems = new List<PolicyProblem>();
        PolicyJudge judge = PolicyJudge.Build(PolicyReader.Read([(policy, "p")], problems), problems, boundOnly: false);
        SourceSet sources = SourceReader.Read("o.json", map.ToJsonString());
        CheckReport report = PolicyChecker.Check(judge, sources, FactSnapshot.Of(null, Now), Now, problems, default);
        problems.ShouldBeEmpty();
        return report.Count(Outcome.Fail) == 0;
    }

    private static bool Audit(JsonObject policy, JsonObject map)
    {
        var problems = new List<PolicyProblem>();
        var audit = new ClusterAudit("dev", new ManualTime(Now));
        audit.Use(PolicyJudge.Build(PolicyReader.Read([(policy, "p")], problems), problems, boundOnly: false), out _);
        JsonObject stored = map.DeepClone().AsObject();
        stored["metadata"]!["resourceVersion"] = "1";
        stored["metadata"]!["uid"] = "u";
        audit.Judge(Document.From(stored), KindOf<ConfigMap>.Type, Homes, null, _ => null, default);
        return !audit.Objects.SelectMany(one => one.Verdicts.Values).Any(one => one.Verdict.Outcome == Outcome.Fail);
    }

    private static async Task<bool> AdmissionAsync(HttpClusterApi api, JsonObject policy, JsonObject map)
    {
        string name = (string)policy["metadata"]!["name"]!;
        var binding = new JsonObject
        {
            ["apiVersion"] = "admissionregistration.k8s.io/v1",
            ["kind"] = "ValidatingAdmissionPolicyBinding",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject { ["policyName"] = name, ["validationActions"] = new JsonArray("Deny") },
        };
        await api.CreateAsync(KindOf<ValidatingAdmissionPolicy>.Type, null, Document.From(policy), WriteOptions.Default, default);
        await api.CreateAsync(KindOf<ValidatingAdmissionPolicyBinding>.Type, null, Document.From(binding), WriteOptions.Default, default);
        try
        {
            await api.CreateAsync(KindOf<ConfigMap>.Type, "default", Document.From(map), WriteOptions.Default, default);
            return true;
        }
        catch (StatusException refused) when (refused.Message.Contains($"ValidatingAdmissionPolicy '{name}'", StringComparison.Ordinal))
        {
            return false;
        }
        finally
        {
            await api.DeleteAsync(KindOf<ValidatingAdmissionPolicyBinding>.Type, null, name, DeleteOptions.Background, default);
        }
    }

    private static readonly Gen<string> Terms = Gen.Elements(
        "object.data.a == '1'", "has(object.data.b)", "object.data.c.size() > 1", "object.metadata.labels['x'] == 'y'", "'a' in object.data", "oldObject == null",
        "request.operation == 'CREATE'", "request.namespace == 'default'", "request.resource.resource == 'configmaps'", "object.data.all(k, object.data[k] != '2')",
        "object.metadata.name.startsWith('p')", "int(object.data.a) > 0", "variables.v == 1", "namespaceObject.metadata.name == 'default'", "object.kind == 'ConfigMap'");

    private static readonly Gen<string> Expressions =
        from left in Terms
        from right in Terms
        from op in Gen.Elements("{0}", "!({0})", "{0} && {1}", "{0} || {1}", "{0} ? {1} : true")
        select string.Format(System.Globalization.CultureInfo.InvariantCulture, op, left, right);

    private static readonly Gen<Case> Cases =
        from validation in Expressions
        from condition in Expressions
        from variable in Gen.Elements("1", "size(object.data)", "object.data.missing.size()")
        from ignores in Gen.Elements(false, true)
        from values in Gen.ArrayOf(Gen.Elements("a", "b", "c").SelectMany(key => Gen.Elements("1", "2", "x").Select(value => (key, value))))
        from labelled in Gen.Elements(false, true)
        select new Case(validation, condition, variable, ignores, values, labelled);

    private sealed record Case(string Validation, string Condition, string Variable, bool Ignores, (string Key, string Value)[] Values, bool IsLabelled)
    {
        public JsonObject Policy(string name) => new()
        {
            ["apiVersion"] = "admissionregistration.k8s.io/v1",
            ["kind"] = "ValidatingAdmissionPolicy",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject
            {
                ["failurePolicy"] = Ignores ? "Ignore" : "Fail",
                ["matchConstraints"] = new JsonObject
                {
                    ["resourceRules"] = new JsonArray(new JsonObject
                    {
                        ["apiGroups"] = new JsonArray(""),
                        ["apiVersions"] = new JsonArray("v1"),
                        ["operations"] = new JsonArray("CREATE"),
                        ["resources"] = new JsonArray("configmaps"),
                    }),
                },
                ["matchConditions"] = new JsonArray(new JsonObject { ["name"] = "c", ["expression"] = Condition.Replace("variables.v == 1", "true", StringComparison.Ordinal) }),
                ["variables"] = new JsonArray(new JsonObject { ["name"] = "v", ["expression"] = Variable }),
                ["validations"] = new JsonArray(new JsonObject { ["expression"] = Validation }),
            },
        };

        public JsonObject Object(string name)
        {
            var data = new JsonObject();
            foreach ((string key, string value) in Values)
            {
                data[key] = value;
            }

            var map = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default" } };
            if (IsLabelled)
            {
                map["metadata"]!["labels"] = new JsonObject { ["x"] = "y" };
            }

            if (data.Count > 0)
            {
                map["data"] = data;
            }

            return map;
        }
    }
}

using System.Text.Json.Nodes;
using Fairway.Admission.Reading;
using Fairway.Resources.Kinds;

namespace Fairway.Admission.Tests;

/// <summary>Expressions against the types of what they are about.</summary>
public sealed class PolicyTypeCheckTests
{
    [Theory]
    [InlineData("apps", "v1", "deployments", "object.spec.replicas > 1", null)]
    [InlineData("apps", "v1", "deployments", "object.spec.template.spec.containers.all(c, c.image.startsWith('x') && c.securityContext.runAsNonRoot)", null)]
    [InlineData("apps", "v1", "deployments", "object.metadata.name == 'a' && object.metadata.labels['x'] == 'y' && object.kind == 'Deployment'", null)]
    [InlineData("apps", "v1", "deployments", "object.foo == 'bar'", "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'foo'\n | object.foo == 'bar'\n | ......^\n")]
    [InlineData("", "v1", "pods", "object.spec.nodeName == 1", "/v1, Kind=Pod: ERROR: <input>:1:22: found no matching overload for '_==_' applied to '(string, int)'\n | object.spec.nodeName == 1\n | .....................^\n")]
    [InlineData("*", "v1", "deployments", "object.foo == 'bar'", null)] // a wildcard names no kind
    [InlineData("apps", "v1", "deployments/scale", "object.foo == 'bar'", null)]
    [InlineData("apps", "v1", "deployments", "variables.n + 1 == 2 && authorizer.group('').resource('pods').check('get').allowed()", null)]
    [InlineData("apps", "v1", "deployments", "variables.n + 'x' == 'y'", "apps/v1, Kind=Deployment: ERROR: <input>:1:13: found no matching overload for '_+_' applied to '(int, string)'\n | variables.n + 'x' == 'y'\n | ............^\n")]
    [InlineData("apps", "v1", "deployments", "object.spec.strategy.rollingUpdate.maxSurge == '1'", null)]
    public void Check_OfAnExpression_TellsWhatDoesNotFit(string group, string version, string resource, string expression, string? warning)
    {
        IReadOnlyList<TypeWarning> found = PolicyTypeCheck.Check(Policy(group, version, [resource], expression), AllKinds.Catalog.All);
        found.SingleOrDefault().ShouldBe(warning is null ? null : new TypeWarning("spec.validations[0].expression", warning));
    }

    [Fact]
    public void Check_AgainstSeveralKinds_NamesEachThatDoesNotFit()
    {
        TypeWarning found = PolicyTypeCheck.Check(Policy("apps", "v1", ["deployments", "replicasets"], "object.spec.paused"), AllKinds.Catalog.All).ShouldHaveSingleItem();
        found.Warning.ShouldStartWith("apps/v1, Kind=ReplicaSet: ");
        PolicyTypeCheck.Check(Policy("apps", "v1", ["deployments", "replicasets"], "object.nothing"), AllKinds.Catalog.All).ShouldHaveSingleItem()
            .Warning.ShouldContain("^\n\napps/v1, Kind=ReplicaSet: ");
    }

    private static PolicyDefinition Policy(string group, string version, string[] resources, string expression) => KubernetesPolicy.Read(
        new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "p" },
            ["spec"] = new JsonObject
            {
                ["matchConstraints"] = new JsonObject
                {
                    ["resourceRules"] = new JsonArray(new JsonObject
                    {
                        ["apiGroups"] = new JsonArray(group),
                        ["apiVersions"] = new JsonArray(version),
                        ["operations"] = new JsonArray("*"),
                        ["resources"] = new JsonArray([.. resources.Select(one => (JsonNode)one)]),
                    }),
                },
                ["variables"] = new JsonArray(new JsonObject { ["name"] = "n", ["expression"] = "1" }),
                ["validations"] = new JsonArray(new JsonObject { ["expression"] = expression }),
            },
        },
        "p",
        new List<PolicyProblem>())!;
}

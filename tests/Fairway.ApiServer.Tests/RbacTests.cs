using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer.Tests;

public sealed class RbacTests
{
    private static readonly Identity Ann = Identity.Of("ann", "team");

    [Theory]
    [InlineData("get", "", "pods", "", "web", true)]
    [InlineData("delete", "", "pods", "", "web", false)]
    [InlineData("get", "apps", "pods", "", "web", false)]
    [InlineData("get", "", "pods", "log", "web", true)]
    [InlineData("get", "", "pods", "exec", "web", false)]
    [InlineData("update", "", "configmaps", "", "mine", true)]
    [InlineData("update", "", "configmaps", "", "other", false)]
    [InlineData("update", "", "configmaps", "", "", false)]
    [InlineData("get", "apps", "replicasets", "status", "x", true)]
    public void Rule_AgainstRequest_AllowsWhatItNames(string verb, string group, string resource, string subresource, string name, bool expected)
    {
        RbacRule[] rules =
        [
            new RbacRule { Verbs = ["get", "list"], ApiGroups = [""], Resources = ["pods", "pods/log"] },
            new RbacRule { Verbs = ["update"], ApiGroups = [""], Resources = ["configmaps"], ResourceNames = ["mine"] },
            new RbacRule { Verbs = ["*"], ApiGroups = ["apps"], Resources = ["*/status"] },
        ];

        rules.Any(rule => rule.Allows(Wanted(verb, group, resource, subresource, name))).ShouldBe(expected);
    }

    [Theory]
    [InlineData("/healthz", true)]
    [InlineData("/apis/apps", true)]
    [InlineData("/metrics", false)]
    public void Rule_NonResource_MatchesByPrefix(string path, bool expected)
    {
        var rule = new RbacRule { Verbs = ["get"], NonResourceUrls = ["/healthz", "/apis/*"] };

        rule.Allows(new AccessAttributes { Verb = "get", Path = path, Group = "", Subresource = "", Namespace = "", Name = "" }).ShouldBe(expected);
    }

    [Fact]
    public void Binding_OfClusterRoleInNamespace_GrantsOnlyThere()
    {
        RbacAuthorizer authorizer = With(
            ("rolebindings", Binding("b", "shop", "ClusterRole", "viewer", ("User", "ann"))),
            ("clusterroles", Role("viewer", null, "get", "pods")));

        authorizer.Allows(Ann, Wanted("get", "", "pods", "", "web", "shop")).ShouldBeTrue();
        authorizer.Allows(Ann, Wanted("get", "", "pods", "", "web", "other")).ShouldBeFalse();
        authorizer.Allows(Identity.Of("bob"), Wanted("get", "", "pods", "", "web", "shop")).ShouldBeFalse();
    }

    [Fact]
    public void Grant_OfWhatIsNotHeld_IsRefused()
    {
        (string, Document)[] objects =
        [
            ("clusterrolebindings", Binding("b", null, "ClusterRole", "own", ("Group", "team"))),
            ("clusterroles", Role("own", null, "get", "pods")),
            ("clusterroles", Role("more", null, "delete", "pods")),
        ];
        var check = new GrantCheck(With(objects), (resource, _, name) => objects.FirstOrDefault(item => resource.StartsWith(item.Item1, StringComparison.Ordinal) && item.Item2.Header.Name == name).Item2);
        ResourceType bindings = new() { Group = "rbac.authorization.k8s.io", Version = "v1", Kind = "RoleBinding", Plural = "rolebindings", Namespaced = true };

        check.Require(Ann, bindings, Binding("x", "shop", "ClusterRole", "own", ("User", "bob")).ToNode());
        Should.Throw<StatusException>(() => check.Require(Ann, bindings, Binding("x", "shop", "ClusterRole", "more", ("User", "bob")).ToNode()))
            .Message.ShouldContain("attempting to grant RBAC permissions not currently held");
    }

    private static AccessAttributes Wanted(string verb, string group, string resource, string subresource, string name, string @namespace = "shop")
        => new() { Verb = verb, Group = group, Resource = resource, Subresource = subresource, Name = name, Namespace = @namespace, Path = "" };

    private static RbacAuthorizer With(params (string Resource, Document Object)[] objects)
        => new(
            (resource, @namespace) => objects.Where(item => resource == $"{item.Resource}.rbac.authorization.k8s.io" && (@namespace is null || item.Object.Header.Namespace == @namespace)).Select(item => item.Object),
            (resource, @namespace, name) => objects.FirstOrDefault(item => resource == $"{item.Resource}.rbac.authorization.k8s.io" && item.Object.Header.Namespace == @namespace && item.Object.Header.Name == name).Object);

    private static Document Role(string name, string? @namespace, string verb, string resource)
        => Document.From(new JsonObject
        {
            ["metadata"] = Metadata(name, @namespace),
            ["rules"] = new JsonArray(new JsonObject { ["verbs"] = new JsonArray(verb), ["apiGroups"] = new JsonArray(""), ["resources"] = new JsonArray(resource) }),
        });

    private static Document Binding(string name, string? @namespace, string roleKind, string role, (string Kind, string Name) subject)
        => Document.From(new JsonObject
        {
            ["metadata"] = Metadata(name, @namespace),
            ["roleRef"] = new JsonObject { ["kind"] = roleKind, ["name"] = role },
            ["subjects"] = new JsonArray(new JsonObject { ["kind"] = subject.Kind, ["name"] = subject.Name }),
        });

    private static JsonObject Metadata(string name, string? @namespace)
        => @namespace is null ? new JsonObject { ["name"] = name } : new JsonObject { ["name"] = name, ["namespace"] = @namespace };
}

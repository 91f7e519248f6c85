using System.Text.Json.Nodes;
using Fairway.Resources.Apply;

namespace Fairway.Resources.Tests.Apply;

public sealed class ServerSideApplyTests
{
    private static readonly KindDefinition Deployment = Json.Kind("apps/v1", "Deployment");

    private const string Web =
        "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web','namespace':'shop','labels':{'app':'web'}},"
        + "'spec':{'replicas':3,'selector':{'matchLabels':{'app':'web'}},'template':{'metadata':{'labels':{'app':'web'}},"
        + "'spec':{'containers':[{'name':'web','image':'shop/web:1','ports':[{'containerPort':80}],'env':[{'name':'A','value':'1'}]}]}}}}";

    private static JsonObject Empty => Json.Object("{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web','namespace':'shop'}}");

    private static JsonObject Apply(JsonObject live, string config, string manager, bool force = false, int minute = 0, string? subresource = null)
        => ServerSideApply.Apply(Deployment, live, Json.Object(config), new FieldManager(manager, "apps/v1", subresource), force, Json.Noon.AddMinutes(minute));

    private static JsonObject Update(JsonObject? live, JsonObject next, string manager, int minute = 0, string? subresource = null)
    {
        ManagedFields.TrackUpdate(Deployment, live, next, new FieldManager(manager, "apps/v1", subresource), Json.Noon.AddMinutes(minute));
        return next;
    }

    private static JsonObject With(JsonObject live, string mergePatch) => (JsonObject)MergePatch.Apply(live.DeepClone(), Json.Node(mergePatch))!;

    private static string Owned(JsonObject target, string manager, string operation = "Apply")
    {
        JsonNode? entry = target["metadata"]!["managedFields"]?.AsArray().FirstOrDefault(each => (string?)each!["manager"] == manager && (string?)each["operation"] == operation);
        return entry is null ? "" : FieldSet.FromJson(entry["fieldsV1"]).ToString();
    }

    [Fact]
    public void Apply_New_OwnsLeavesKeysAndItems()
    {
        JsonObject made = Apply(Empty, Web, "ci");
        made["metadata"]!["managedFields"]![0]!["fieldsV1"].Compact().ShouldBe(Json.Object(
            "{'f:metadata':{'f:labels':{'f:app':{}}},'f:spec':{'f:replicas':{},'f:selector':{},'f:template':{'f:metadata':{'f:labels':{'f:app':{}}},"
            + "'f:spec':{'f:containers':{'k:{#name#:#web#}':{'.':{},'f:env':{'k:{#name#:#A#}':{'.':{},'f:name':{},'f:value':{}}},'f:image':{},'f:name':{},"
            + "'f:ports':{'k:{#containerPort#:80,#protocol#:#TCP#}':{'.':{},'f:containerPort':{}}}}}}}}}").Compact().Replace("#", "\\\""));
        made["metadata"]!["managedFields"]![0]!["operation"].Compact().ShouldBe("\"Apply\"");
        made["metadata"]!["managedFields"]![0]!["time"].Compact().ShouldBe("\"2026-01-02T12:00:00Z\"");
    }

    [Fact]
    public void Apply_Again_ChangesNothing()
    {
        JsonObject once = Apply(Empty, Web, "ci");
        JsonObject twice = Apply(once, Web, "ci", minute: 5);
        JsonNode.DeepEquals(once, twice).ShouldBeTrue();
        ManagedFields.IsSameExceptTimes(once, twice).ShouldBeTrue();
    }

    [Fact]
    public void Apply_ValueOfAnother_ConflictsInKubernetesWords()
    {
        JsonObject live = Update(null, Json.Object(Web), "kubectl-client-side-apply");
        StatusException error = Should.Throw<StatusException>(() => Apply(live, Web.Replace("'replicas':3", "'replicas':4"), "ci"));
        error.Code.ShouldBe(409);
        error.Reason.ShouldBe("Conflict");
        error.Message.ShouldBe("Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using apps/v1: .spec.replicas");
        StatusCause cause = error.Details!.Causes!.Single();
        cause.Reason.ShouldBe("FieldManagerConflict");
        cause.Field.ShouldBe(".spec.replicas");
        cause.Message.ShouldBe("conflict with \"kubectl-client-side-apply\" using apps/v1");
    }

    [Fact]
    public void Apply_SeveralConflicts_AreGroupedByManager()
    {
        JsonObject live = Apply(Empty, Web, "argo");
        StatusException error = Should.Throw<StatusException>(
            () => Apply(live, Web.Replace("'replicas':3", "'replicas':4").Replace("shop/web:1", "shop/web:2"), "ci"));
        error.Message.ShouldBe("Apply failed with 2 conflicts: conflicts with \"argo\":\n- .spec.replicas\n- .spec.template.spec.containers[name=\"web\"].image");
    }

    [Fact]
    public void Apply_Forced_TakesTheFieldOver()
    {
        JsonObject live = Apply(Empty, Web, "argo");
        JsonObject taken = Apply(live, "{'apiVersion':'apps/v1','kind':'Deployment','spec':{'replicas':5}}", "hpa", force: true);
        taken["spec"]!["replicas"].Compact().ShouldBe("5");
        Owned(taken, "hpa").ShouldBe(".spec.replicas");
        Owned(taken, "argo").ShouldNotContain("replicas");
    }

    [Fact]
    public void Apply_EqualValue_IsShared()
    {
        JsonObject live = Apply(Empty, Web, "argo");
        JsonObject shared = Apply(live, "{'apiVersion':'apps/v1','kind':'Deployment','spec':{'replicas':3}}", "hpa");
        Owned(shared, "hpa").ShouldBe(".spec.replicas");
        Owned(shared, "argo").ShouldContain(".spec.replicas");
        JsonObject left = Apply(shared, Web.Replace("'replicas':3,", ""), "argo");
        left["spec"]!["replicas"].Compact().ShouldBe("3");
        Owned(left, "argo").ShouldNotContain("replicas");
        Apply(left, "{'apiVersion':'apps/v1','kind':'Deployment'}", "hpa")["spec"]!.AsObject().ContainsKey("replicas").ShouldBeFalse();
    }

    [Fact]
    public void Apply_WithoutWhatItAppliedBefore_RemovesIt()
    {
        JsonObject live = Apply(Empty, Web, "ci");
        JsonObject next = Apply(live, Web.Replace(",'env':[{'name':'A','value':'1'}]", "").Replace("'labels':{'app':'web'}},'spec':{'replicas'", "'labels':{}},'spec':{'replicas'"), "ci");
        next["spec"]!["template"]!["spec"]!["containers"]![0]!.AsObject().ContainsKey("env").ShouldBeFalse();
        (next["metadata"]!["labels"] as JsonObject)?.ContainsKey("app").ShouldNotBe(true);
    }

    [Fact]
    public void Apply_WithoutAContainer_RemovesItUnlessAnotherOwnsPartOfIt()
    {
        const string Two = "{'name':'side','image':'x'}";
        string both = Web.Replace("'containers':[", "'containers':[" + Two + ",");
        JsonObject live = Apply(Empty, both, "ci");
        Apply(live, Web, "ci")["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Count.ShouldBe(1);

        JsonObject injected = Apply(live, "{'apiVersion':'apps/v1','kind':'Deployment','spec':{'template':{'spec':{'containers':[{'name':'side','env':[{'name':'B','value':'2'}]}]}}}}", "mesh");
        JsonObject left = Apply(injected, Web, "ci");
        left["spec"]!["template"]!["spec"]!["containers"]![0].ShouldBeJson("{'name':'side','env':[{'name':'B','value':'2'}]}");
    }

    [Fact]
    public void Apply_LettingGoOfAllMetadata_KeepsIdentity()
    {
        JsonObject live = Apply(Empty, Web, "ci");
        live["metadata"]!["uid"] = "u";
        JsonObject next = Apply(live, Web.Replace(",'labels':{'app':'web'}},'spec':{'replicas'", "},'spec':{'replicas'"), "ci");
        next["metadata"]!.AsObject().Where(pair => pair.Key != "managedFields").Select(pair => pair.Key).ShouldBe(["name", "namespace", "uid"]);
    }

    [Fact]
    public void Apply_FieldOwnedByAnUpdaterToo_StaysWhenTheApplierLetsGo()
    {
        JsonObject live = Apply(Empty, Web, "ci");
        JsonObject scaled = Update(live, With(live, "{'spec':{'replicas':7}}"), "kubectl-scale", 1, "scale");
        Owned(scaled, "ci").ShouldNotContain("replicas");
        Owned(scaled, "kubectl-scale", "Update").ShouldBe(".spec.replicas");
        Apply(scaled, Web.Replace("'replicas':3,", ""), "ci")["spec"]!["replicas"].Compact().ShouldBe("7");
        Should.Throw<StatusException>(() => Apply(scaled, Web, "ci")).Message
            .ShouldBe("Apply failed with 1 conflict: conflict with \"kubectl-scale\" with subresource \"scale\" using apps/v1: .spec.replicas");
    }

    [Fact]
    public void Apply_OverUntracked_ConflictsWithBeforeFirstApply()
    {
        JsonObject live = Json.Object(Web);
        live["metadata"]!["uid"] = "u1";
        StatusException error = Should.Throw<StatusException>(() => Apply(live, Web.Replace("'replicas':3", "'replicas':4"), "ci"));
        error.Message.ShouldContain("\"before-first-apply\" using apps/v1: .spec.replicas");
    }

    [Fact]
    public void Apply_KubectlOverItsClientSideApply_NeedsNoForce()
    {
        JsonObject first = Json.Object(Web);
        first["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/last-applied-configuration"] = Json.Object(Web).ToJsonString() };
        JsonObject live = Update(null, first, "kubectl-client-side-apply");
        string next = Web.Replace("'replicas':3", "'replicas':4");
        JsonObject applied = Apply(live, next, "kubectl");
        applied["spec"]!["replicas"].Compact().ShouldBe("4");
        ((string?)applied["metadata"]!["annotations"]!["kubectl.kubernetes.io/last-applied-configuration"]).ShouldNotBeNull().ShouldContain("\"replicas\":4");
        Should.Throw<StatusException>(() => Apply(live, next, "ci"));
    }

    [Fact]
    public void Apply_UndeclaredField_SaysWhere()
        => Should.Throw<StatusException>(() => Apply(Empty, "{'apiVersion':'apps/v1','kind':'Deployment','spec':{'foo':1,'template':{'spec':{'containers':[{'name':'a','bar':2}]}}}}", "ci"))
            .Message.ShouldBe("failed to create typed patch object (/; apps/v1, Kind=Deployment): errors:\n  .spec.foo: field not declared in schema\n  .spec.template.spec.containers[name=\"a\"].bar: field not declared in schema");

    [Theory]
    [InlineData("{'spec':{'template':{'spec':{'containers':[{'name':'a'},{'name':'a'}]}}}}", "duplicate entries for key [name=\"a\"]")]
    [InlineData("{'spec':{'template':{'spec':{'containers':[{'image':'a'}]}}}}", "omits all key fields")]
    [InlineData("{'spec':{'replicas':'x'}}", ".spec.replicas: expected numeric (int or float), got string")]
    [InlineData("{'apiVersion':'apps/v2'}", "Incorrect version specified in apply patch. Specified patch version: apps/v2, expected: apps/v1")]
    [InlineData("{'metadata':{'managedFields':[{'manager':'x'}]}}", "metadata.managedFields must be nil")]
    public void Apply_Malformed_BadRequest(string config, string expected)
        => Should.Throw<StatusException>(() => Apply(Empty, config, "ci")).Message.ShouldContain(expected);

    [Fact]
    public void Apply_StatusThroughTheObject_IsNotOwned()
    {
        JsonObject made = Apply(Empty, Web[..^1] + ",'status':{'replicas':9}}", "ci");
        made.ContainsKey("status").ShouldBeFalse();
        JsonObject status = Apply(made, "{'apiVersion':'apps/v1','kind':'Deployment','spec':{'replicas':1},'status':{'replicas':2}}", "ctl", subresource: "status");
        status["spec"]!["replicas"].Compact().ShouldBe("3");
        Owned(status, "ctl").ShouldBe(".status.replicas");
    }

    [Fact]
    public void Apply_OrderOfListItems_FollowsTheConfigurationAndKeepsForeignOnes()
    {
        static string Env(params string[] names) => Web.Replace("'env':[{'name':'A','value':'1'}]", $"'env':[{string.Join(',', names.Select(name => $"{{'name':'{name}','value':'1'}}"))}]");
        static string Names(JsonObject target) => string.Concat(target["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]!.AsArray().Select(each => (string?)each!["name"]));
        JsonObject live = Apply(Empty, Env("A", "B", "C"), "ci");
        JsonObject other = Apply(live, "{'apiVersion':'apps/v1','kind':'Deployment','spec':{'template':{'spec':{'containers':[{'name':'web','env':[{'name':'X','value':'1'}]}]}}}}", "mesh");
        Names(other).ShouldBe("ABCX");
        Names(Apply(other, Env("C", "B", "A"), "ci")).ShouldBe("CXBA");
        Names(Apply(other, Env("A", "N", "B", "C"), "ci")).ShouldBe("ANBCX");
        Names(Apply(other, Env("A"), "ci")).ShouldBe("AX");
    }

    [Fact]
    public void Create_TracksAllButIdentity()
    {
        JsonObject made = Update(null, Json.Object(Web), "kubectl-create");
        made["metadata"]!["managedFields"]![0]!["fieldsV1"].Compact().ShouldBe(Json.Object(
            "{'f:metadata':{'f:labels':{'.':{},'f:app':{}}},'f:spec':{'f:replicas':{},'f:selector':{},'f:template':{'f:metadata':{'f:labels':{'.':{},'f:app':{}}},"
            + "'f:spec':{'f:containers':{'k:{#name#:#web#}':{'.':{},'f:env':{'.':{},'k:{#name#:#A#}':{'.':{},'f:name':{},'f:value':{}}},'f:image':{},'f:name':{},"
            + "'f:ports':{'.':{},'k:{#containerPort#:80,#protocol#:#TCP#}':{'.':{},'f:containerPort':{}}},'f:resources':{}}}}}}}").Compact().Replace("#", "\\\""));
    }

    [Fact]
    public void Update_Removing_TakesOwnershipFromEveryone()
    {
        JsonObject live = Update(null, Json.Object(Web), "a");
        JsonObject next = Update(live, With(live, "{'metadata':{'labels':null}}"), "b", 1);
        next["metadata"]!["managedFields"]!.AsArray().Count.ShouldBe(1);
        Owned(next, "a", "Update").Split(' ').ShouldNotContain(".metadata.labels");
    }

    [Fact]
    public void Update_SameManagerOtherSubresource_IsAnotherEntry()
    {
        JsonObject live = Update(null, Json.Object(Web), "kcm");
        JsonObject next = Update(live, With(live, "{'status':{'replicas':1,'conditions':[{'type':'Available','status':'True'}]}}"), "kcm", 1, "status");
        JsonArray entries = next["metadata"]!["managedFields"]!.AsArray();
        entries.Count.ShouldBe(2);
        ((string?)entries[1]!["subresource"]).ShouldBe("status");
        Owned(next, "kcm", "Update").ShouldNotContain("status");
    }

    [Fact]
    public void Update_WithoutChange_ChangesNothing()
    {
        JsonObject live = Update(null, Json.Object(Web), "a");
        JsonObject next = Update(live, (JsonObject)live.DeepClone(), "b", 9);
        JsonNode.DeepEquals(live, next).ShouldBeTrue();
    }

    [Fact]
    public void Update_ResettingManagedFields_StopsTracking()
    {
        JsonObject live = Update(null, Json.Object(Web), "a");
        JsonObject next = (JsonObject)live.DeepClone();
        next["metadata"]!["managedFields"] = new JsonArray(new JsonObject());
        Update(live, next, "b", 1)["metadata"]!.AsObject().ContainsKey("managedFields").ShouldBeFalse();
    }

    [Fact]
    public void Update_CarryingManagedFields_UsesThem()
    {
        JsonObject live = Update(null, Json.Object(Web), "kubectl-client-side-apply");
        JsonObject next = (JsonObject)live.DeepClone();
        next["metadata"]!["managedFields"]![0]!["manager"] = "kubectl";
        next["metadata"]!["managedFields"]![0]!["operation"] = "Apply";
        JsonObject migrated = Update(live, next, "kubectl-edit", 1);
        migrated["metadata"]!["managedFields"]!.AsArray().Count.ShouldBe(1);
        Owned(migrated, "kubectl").ShouldContain(".spec.replicas");
        Apply(migrated, Web.Replace("'replicas':3", "'replicas':4"), "kubectl", minute: 2)["spec"]!["replicas"].Compact().ShouldBe("4");
    }

    [Fact]
    public void Update_ByManyManagers_FoldsTheOldest()
    {
        JsonObject live = Update(null, Json.Object(Web), "m00");
        for (int i = 1; i <= 15; i++)
        {
            live = Update(live, With(live, $"{{'metadata':{{'labels':{{'l{i:00}':'x'}}}}}}"), $"m{i:00}", i);
        }

        JsonArray entries = live["metadata"]!["managedFields"]!.AsArray();
        entries.Count.ShouldBe(10);
        Owned(live, "ancient-changes", "Update").ShouldContain(".metadata.labels.l05");
        Owned(live, "m15", "Update").ShouldBe(".metadata.labels.l15");
    }
}

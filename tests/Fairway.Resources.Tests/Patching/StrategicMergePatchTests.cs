using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tests.Patching;

public sealed class StrategicMergePatchTests
{
    private static readonly ResourceSchema Deployment = RecordSchemas.Of(Json.Kind("apps/v1", "Deployment"));

    private static readonly ResourceSchema PodSpec = Deployment.Member("spec")!.Member("template")!.Member("spec")!;

    private static readonly ResourceSchema Meta = Deployment.Member("metadata")!;

    [Theory]
    [InlineData("{'containers':[{'name':'a','image':'1'},{'name':'b','image':'2'}]}", "{'containers':[{'name':'b','image':'3'}]}",
        "{'containers':[{'name':'a','image':'1'},{'name':'b','image':'3'}]}")]
    [InlineData("{'containers':[{'name':'a','image':'1'}]}", "{'containers':[{'name':'b','image':'3'}]}",
        "{'containers':[{'name':'a','image':'1'},{'name':'b','image':'3'}]}")]
    [InlineData("{'containers':[{'name':'a'},{'name':'b'}]}", "{'containers':[{'name':'a','$patch':'delete'}]}", "{'containers':[{'name':'b'}]}")]
    [InlineData("{'containers':[{'name':'a'},{'name':'b'}]}", "{'containers':[{'name':'c'},{'$patch':'replace'}]}", "{'containers':[{'name':'c'}]}")]
    [InlineData("{'containers':[{'name':'a','env':[{'name':'X','value':'1'},{'name':'Y','value':'2'}]}]}",
        "{'containers':[{'name':'a','env':[{'name':'X','$patch':'delete'},{'name':'Z','value':'3'}]}]}",
        "{'containers':[{'name':'a','env':[{'name':'Y','value':'2'},{'name':'Z','value':'3'}]}]}")]
    [InlineData("{'containers':[{'name':'a'},{'name':'b'},{'name':'c'}]}", "{'$setElementOrder/containers':[{'name':'c'},{'name':'a'}],'containers':[{'name':'a','image':'x'}]}",
        "{'containers':[{'name':'b'},{'name':'c'},{'name':'a','image':'x'}]}")]
    [InlineData("{'containers':[{'name':'a'},{'name':'b'}]}", "{'$setElementOrder/containers':[{'name':'b'},{'name':'a'}]}", "{'containers':[{'name':'b'},{'name':'a'}]}")]
    [InlineData("{'containers':[{'name':'a','command':['x','y']}]}", "{'containers':[{'name':'a','command':['z']}]}", "{'containers':[{'name':'a','command':['z']}]}")]
    [InlineData("{'nodeSelector':{'a':'1','b':'2'}}", "{'nodeSelector':{'a':null,'c':'3'}}", "{'nodeSelector':{'b':'2','c':'3'}}")]
    [InlineData("{'nodeSelector':{'a':'1'}}", "{'nodeSelector':{'$patch':'replace','c':'3'}}", "{'nodeSelector':{'c':'3'}}")]
    [InlineData("{'restartPolicy':'Always'}", "{'restartPolicy':null}", "{}")]
    [InlineData("{'volumes':[{'name':'v','emptyDir':{}}]}", "{'volumes':[{'name':'v','$retainKeys':['name','configMap'],'configMap':{'name':'c'}}]}",
        "{'volumes':[{'name':'v','configMap':{'name':'c'}}]}")]
    public void Apply_PodSpec_Table(string target, string patch, string expected)
        => StrategicMergePatch.Apply(Json.Object(target), Json.Object(patch), PodSpec).ShouldBeJson(expected);

    [Theory]
    [InlineData("{'finalizers':['a/x','b/y']}", "{'finalizers':['c/z','a/x']}", "{'finalizers':['a/x','b/y','c/z']}")]
    [InlineData("{'finalizers':['a/x','b/y']}", "{'$deleteFromPrimitiveList/finalizers':['a/x']}", "{'finalizers':['b/y']}")]
    [InlineData("{'finalizers':['a/x','b/y']}", "{'$deleteFromPrimitiveList/finalizers':['a/x'],'$setElementOrder/finalizers':['c/z','b/y'],'finalizers':['c/z']}", "{'finalizers':['c/z','b/y']}")]
    [InlineData("{'labels':{'a':'1'}}", "{'labels':{'b':'2'}}", "{'labels':{'a':'1','b':'2'}}")]
    public void Apply_Metadata_Table(string target, string patch, string expected)
        => StrategicMergePatch.Apply(Json.Object(target), Json.Object(patch), Meta).ShouldBeJson(expected);

    [Fact]
    public void Apply_StrategyWithRetainKeys_DropsTheOtherMember()
        => StrategicMergePatch.Apply(
            Json.Object("{'spec':{'strategy':{'type':'RollingUpdate','rollingUpdate':{'maxSurge':1}}}}"),
            Json.Object("{'spec':{'strategy':{'$retainKeys':['type'],'type':'Recreate'}}}"),
            Deployment).ShouldBeJson("{'spec':{'strategy':{'type':'Recreate'}}}");

    [Fact]
    public void Apply_ServicePorts_MergedByPort()
        => StrategicMergePatch.Apply(
            Json.Object("{'spec':{'ports':[{'port':80,'targetPort':8080},{'port':443}]}}"),
            Json.Object("{'spec':{'ports':[{'port':80,'targetPort':9090}]}}"),
            RecordSchemas.Of(Json.Kind("v1", "Service"))).ShouldBeJson("{'spec':{'ports':[{'port':80,'targetPort':9090},{'port':443}]}}");

    [Theory]
    [InlineData("{'containers':[{'image':'x'}]}", "does not contain declared merge key: name")]
    [InlineData("{'nodeSelector':{'$patch':'jump'}}", "Unknown patch type")]
    [InlineData("{'volumes':[{'name':'v','$retainKeys':['name'],'configMap':{}}]}", "$retainKeys doesn't contain key")]
    public void Apply_Malformed_BadRequest(string patch, string expected)
        => Should.Throw<StatusException>(() => StrategicMergePatch.Apply(Json.Object("{'volumes':[{'name':'v'}]}"), Json.Object(patch), PodSpec)).Message.ShouldContain(expected);

    [Fact]
    public void Apply_Twice_IsTheSameAsOnce()
    {
        JsonObject target = Json.Object("{'containers':[{'name':'a'},{'name':'b','env':[{'name':'X','value':'1'}]}]}");
        JsonObject patch = Json.Object("{'$setElementOrder/containers':[{'name':'b'},{'name':'a'}],'containers':[{'name':'b','env':[{'name':'Y','value':'2'}]},{'name':'c'}]}");
        JsonObject once = StrategicMergePatch.Apply(target, patch, PodSpec);
        JsonNode.DeepEquals(StrategicMergePatch.Apply(once, patch, PodSpec), once).ShouldBeTrue();
    }
}

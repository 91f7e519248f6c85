using System.Text.Json.Nodes;
using Fairway.Resources.Tables;

namespace Fairway.Resources.Tests.Tables;

public sealed class KindTableTests
{
    private static string Row(string apiVersion, string kind, string text, bool wide = false)
    {
        JsonObject table = KindTable.Write(Json.Kind(apiVersion, kind), [Document.From(Json.Object(text))], "7", null, IncludeObject.None, Json.Noon);
        int[] shown = [.. table["columnDefinitions"]!.AsArray().Select((column, index) => (column, index)).Where(each => wide || (int)each.column!["priority"]! == 0).Select(each => each.index)];
        return string.Join('|', shown.Select(index => table["rows"]![0]!["cells"]![index]?.ToString() ?? "null"));
    }

    private static string Pod(string spec, string status, string metadata = "")
        => Row("v1", "Pod", $"{{'metadata':{{'name':'p','creationTimestamp':'2026-01-02T11:54:30Z'{metadata}}},'spec':{{'containers':[{{'name':'a'}},{{'name':'b'}}]{spec}}},'status':{{{status}}}}}");

    [Theory]
    [InlineData("", "'phase':'Pending'", "", "p|0/2|Pending|0|5m30s")]
    [InlineData("", "'phase':'Running','containerStatuses':[{'name':'a','ready':true,'restartCount':3,'state':{'running':{}},'lastState':{'terminated':{'finishedAt':'2026-01-02T11:55:00Z'}}},{'name':'b','ready':false,'state':{'running':{}}}]", "", "p|1/2|Running|3 (5m ago)|5m30s")]
    [InlineData("", "'phase':'Running','containerStatuses':[{'name':'a','ready':false,'restartCount':1,'state':{'waiting':{'reason':'CrashLoopBackOff'}}}]", "", "p|0/2|CrashLoopBackOff|1|5m30s")]
    [InlineData("", "'phase':'Succeeded','containerStatuses':[{'name':'a','state':{'terminated':{'reason':'Completed','exitCode':0}}}]", "", "p|0/2|Completed|0|5m30s")]
    [InlineData("", "'phase':'Failed','containerStatuses':[{'name':'a','state':{'terminated':{'exitCode':3}}}]", "", "p|0/2|ExitCode:3|0|5m30s")]
    [InlineData(",'initContainers':[{'name':'i'},{'name':'j'}]", "'phase':'Pending','initContainerStatuses':[{'name':'i','state':{'running':{}}},{'name':'j','state':{'waiting':{'reason':'PodInitializing'}}}]", "", "p|0/2|Init:0/2|0|5m30s")]
    [InlineData(",'initContainers':[{'name':'i'}]", "'phase':'Pending','initContainerStatuses':[{'name':'i','state':{'waiting':{'reason':'CrashLoopBackOff'}},'restartCount':2}]", "", "p|0/2|Init:CrashLoopBackOff|2|5m30s")]
    [InlineData(",'initContainers':[{'name':'i'}]", "'phase':'Running','initContainerStatuses':[{'name':'i','state':{'terminated':{'exitCode':0}}}],'containerStatuses':[{'name':'a','ready':true,'state':{'running':{}}}]", "", "p|1/2|Running|0|5m30s")]
    [InlineData("", "'phase':'Running'", ",'deletionTimestamp':'2026-01-02T11:59:00Z'", "p|0/2|Terminating|0|5m30s")]
    [InlineData("", "'phase':'Failed','reason':'Evicted'", "", "p|0/2|Evicted|0|5m30s")]
    public void Pod_Cells_AsKubectlPrints(string spec, string status, string metadata, string expected) => Pod(spec, status, metadata).ShouldBe(expected);

    [Theory]
    [InlineData("apps/v1", "Deployment", "{'metadata':{'name':'web','creationTimestamp':'2026-01-01T12:00:00Z'},'spec':{'replicas':3,'selector':{'matchLabels':{'app':'web'}},'template':{'spec':{'containers':[{'name':'a','image':'x:1'}]}}},'status':{'readyReplicas':2,'updatedReplicas':3,'availableReplicas':2}}",
        "web|2/3|3|2|24h|a|x:1|app=web")]
    [InlineData("v1", "Service", "{'metadata':{'name':'web','creationTimestamp':'2025-12-31T09:00:00Z'},'spec':{'type':'ClusterIP','clusterIP':'10.0.0.1','ports':[{'port':80,'protocol':'TCP'},{'port':443,'nodePort':30443,'protocol':'TCP'}],'selector':{'app':'web'}}}",
        "web|ClusterIP|10.0.0.1|<none>|80/TCP,443:30443/TCP|2d3h|app=web")]
    [InlineData("v1", "ConfigMap", "{'metadata':{'name':'c','creationTimestamp':'2026-01-02T12:00:00Z'},'data':{'a':'1','b':'2'}}", "c|2|0s")]
    [InlineData("v1", "Event", "{'metadata':{'name':'e'},'type':'Warning','reason':'BackOff','message':' back-off ','lastTimestamp':'2026-01-02T11:58:30Z','firstTimestamp':'2026-01-02T11:00:00Z','count':4,'involvedObject':{'kind':'Pod','name':'p','fieldPath':'spec.containers{a}'},'source':{'component':'kubelet','host':'n1'}}",
        "90s|Warning|BackOff|pod/p|spec.containers{a}|kubelet, n1|back-off|60m|4|e")]
    [InlineData("v1", "Node", "{'metadata':{'name':'n','creationTimestamp':'2026-01-02T08:00:00Z','labels':{'node-role.kubernetes.io/control-plane':''}},'spec':{'unschedulable':true},'status':{'conditions':[{'type':'Ready','status':'True'}],'addresses':[{'type':'InternalIP','address':'127.0.0.1'}],'nodeInfo':{'kubeletVersion':'v1','osImage':'o','kernelVersion':'k','containerRuntimeVersion':'process://1'}}}",
        "n|Ready,SchedulingDisabled|control-plane|4h|v1|127.0.0.1|<none>|o|k|process://1")]
    [InlineData("gateway.networking.k8s.io/v1", "HTTPRoute", "{'metadata':{'name':'r','creationTimestamp':'2026-01-02T11:50:00Z'},'spec':{'hostnames':['a.dev.localhost']}}", "r|[\"a.dev.localhost\"]|10m")]
    [InlineData("fairway.dev/v1", "Application", "{'metadata':{'name':'shop','creationTimestamp':'2026-01-02T11:59:00Z'},'spec':{'repository':'git','environments':[{'name':'dev'},{'name':'prod'}]},'status':{'health':'Healthy'}}", "shop|git|dev,prod|Healthy|60s")]
    public void Wide_Cells_AsKubectlPrints(string apiVersion, string kind, string text, string expected) => Row(apiVersion, kind, text, wide: true).ShouldBe(expected);

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(330, "5m30s")]
    [InlineData(600, "10m")]
    [InlineData(10799, "179m")]
    [InlineData(10800, "3h")]
    [InlineData(12000, "3h20m")]
    [InlineData(28800, "8h")]
    [InlineData(172799, "47h")]
    [InlineData(183600, "2d3h")]
    [InlineData(691200, "8d")]
    [InlineData(63072000, "2y")]
    [InlineData(66528000, "2y40d")]
    [InlineData(283824000, "9y")]
    [InlineData(-5, "<invalid>")]
    public void HumanDuration_Table(long seconds, string expected) => HumanDuration.Format(TimeSpan.FromSeconds(seconds)).ShouldBe(expected);

    [Fact]
    public void Write_Include_DecidesTheObject()
    {
        Document document = Document.From(Json.Object("{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'c','resourceVersion':'9'},'data':{}}"));
        JsonObject Table(IncludeObject include) => KindTable.Write(Json.Kind("v1", "ConfigMap"), [document], null, null, include, Json.Noon);
        Table(IncludeObject.Metadata)["rows"]![0]!["object"].ShouldBeJson("{'kind':'PartialObjectMetadata','apiVersion':'meta.k8s.io/v1','metadata':{'name':'c','resourceVersion':'9'}}");
        ((string?)Table(IncludeObject.Object)["rows"]![0]!["object"]!["kind"]).ShouldBe("ConfigMap");
        Table(IncludeObject.None)["rows"]![0]!["object"].ShouldBeNull();
        ((string?)Table(IncludeObject.None)["metadata"]!["resourceVersion"]).ShouldBe("9");
    }

    [Fact]
    public void EveryKind_PrintsAnEmptyObject()
    {
        foreach (KindDefinition kind in Kinds.AllKinds.Catalog.All)
        {
            JsonObject table = KindTable.Write(kind, [Document.From(Json.Object("{'metadata':{'name':'x'}}"))], null, null, IncludeObject.Metadata, Json.Noon);
            table["rows"]![0]!["cells"]!.AsArray().Count.ShouldBe(table["columnDefinitions"]!.AsArray().Count, kind.Type.Kind);
        }
    }
}

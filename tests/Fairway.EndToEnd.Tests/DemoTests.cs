using System.Text.Json.Nodes;

namespace Fairway.EndToEnd.Tests;

/// <summary>The main job, as a stranger runs it.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task Demo_Once_HappensAsTold()
    {
        var data = new DirectoryInfo(Path.Combine(Path.GetTempPath(), $"fairway-demo-{Guid.NewGuid():N}"));
        Outcome demo = await PlatformProcess.RunIn(data, ["demo", "--once", "-o", "json"]);
        demo.ExitCode.ShouldBe(0, demo.Errors);

        JsonNode report = JsonNode.Parse(demo.Output)!;
        report["ledgerEntries"]!.GetValue<long>().ShouldBeGreaterThan(20);
        JsonObject requests = report["requests"]!.AsObject();
        requests.Count(version => version.Value!["failed"]!.GetValue<long>() > 0).ShouldBe(1, "only the bad version failed requests");
        requests.Sum(version => version.Value!["served"]!.GetValue<long>()).ShouldBeGreaterThan(500);
        data.Delete(recursive: true);
    }
}

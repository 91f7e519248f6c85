using System.Text.Json.Nodes;

namespace Fairway.EndToEnd.Tests;

public sealed class LifecycleTests
{
    [Fact]
    public async Task Platform_TwoSideBySide_EachAnswersForItself()
    {
        await using PlatformProcess one = await PlatformProcess.StartAsync();
        await using PlatformProcess two = await PlatformProcess.StartAsync("hub=none", "lab=none");
        JsonNode first = await one.JsonAsync("status");
        JsonNode second = await two.JsonAsync("status");

        first["ready"]!.GetValue<bool>().ShouldBeTrue();
        first["dataDir"]!.GetValue<string>().ShouldBe(one.Data.FullName);
        first["pid"]!.GetValue<int>().ShouldNotBe(second["pid"]!.GetValue<int>());
        first["endpoints"]!["clusters"]!.AsObject().Select(cluster => cluster.Key).ShouldBe(["hub", "dev", "stage", "prod"]);
        second["endpoints"]!["clusters"]!.AsObject().Select(cluster => cluster.Key).ShouldBe(["hub", "lab"]);
        foreach (string endpoint in (string[])["portal", "gateway", "git"])
        {
            first["endpoints"]![endpoint]!.GetValue<string>().ShouldNotBe(second["endpoints"]![endpoint]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task Status_OfNothing_SaysSoAndHowToStart()
    {
        DirectoryInfo empty = Directory.CreateTempSubdirectory("fairway-e2e-");
        Outcome status = await PlatformProcess.RunIn(empty, ["status", "-o", "json"]);
        status.ExitCode.ShouldBe(3);
        JsonNode.Parse(status.Output)!["ready"]!.GetValue<bool>().ShouldBeFalse();

        Outcome apps = await PlatformProcess.RunIn(empty, ["apps"]);
        apps.ExitCode.ShouldBe(3);
        apps.Errors.ShouldContain("fairway up");
        empty.Delete(recursive: true);
    }

    [Fact]
    public async Task Up_WhereOneRuns_IsRefused_AndDownEndsIt()
    {
        await using PlatformProcess platform = await PlatformProcess.StartAsync("hub=none");
        Outcome again = await platform.RunAsync("up", "--detach", "--port", "0");
        again.ExitCode.ShouldBe(1);
        again.Errors.ShouldContain("already");

        (await platform.RunAsync("down")).ExitCode.ShouldBe(0);
        (await platform.RunAsync("status")).ExitCode.ShouldBe(3);
        (await platform.RunAsync("down")).ExitCode.ShouldBe(3);
        await platform.StartAgainAsync();
        (await platform.JsonAsync("status"))["ready"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Theory]
    [InlineData(2, "rollouts", "wach", "x")]
    [InlineData(2, "up", "--cluster", "dev=vm")]
    [InlineData(0, "--help")]
    [InlineData(0, "crds")]
    [InlineData(0, "completion", "bash")]
    public async Task ExitCode_SaysWhatHappened(int expected, params string[] line)
    {
        DirectoryInfo empty = Directory.CreateTempSubdirectory("fairway-e2e-");
        Outcome outcome = await PlatformProcess.RunIn(empty, line);
        outcome.ExitCode.ShouldBe(expected, outcome.Errors);
        empty.Delete(recursive: true);
    }
}

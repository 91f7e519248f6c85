using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Storage;
using Fairway.Testing;

namespace Fairway.Pipelines.Tests.Runs;

/// <summary>What is found after the platform ended at any moment: the state it left is put there, and a new platform takes it up.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task Run_ThatWasUnderWay_BeginsItsJobAgain_AndItsProcessesAreEnded()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.CreateRepositoryAsync();
        string marks = Path.Combine(Path.GetTempPath(), $"marks-{Guid.NewGuid():N}");
        string sha = await platform.PushWorkflowAsync(TestPlatform.Workflow($"steps: [{{run: 'echo done >> {marks}.first'}}]")
            + $"  second:\n    needs: build\n    runs-on: x\n    steps: [{{run: 'echo $GITHUB_RUN_ATTEMPT >> {marks}; [ $GITHUB_RUN_ATTEMPT = 2 ] || sleep 300'}}]\n");
        PipelineRun run = await platform.RunOfAsync(sha, until: candidate => candidate.Status?.Jobs?[^1].Steps?[0].Phase == "Running");
        await TestPlatform.FileAsync(marks);
        using Process orphan = StartOrphan(platform.DataDirectory);

        // The status stays as a kill would leave it.
        PipelineRun left = platform.Run(run.Metadata.Name);
        await platform.StopControllersAsync();
        platform.Run(run.Metadata.Name).Status!.Phase.ShouldBe("Running");
        platform.Run(run.Metadata.Name).Status!.Jobs![^1].Phase.ShouldBe(left.Status!.Jobs![^1].Phase);

        await platform.Ledger.DisposeAsync();
        string root = Path.GetDirectoryName(Path.GetDirectoryName(platform.DataDirectory))!;
        await using TestPlatform again = await TestPlatform.StartAsync(root, platform.Hub);
        PipelineRun ended = await again.RunOfAsync(sha);
        ended.Status!.Phase.ShouldBe("Succeeded", await again.LogAsync(ended));
        ended.Status.Jobs!.Select(job => job.Attempt).ShouldBe([1, 2]);
        (await File.ReadAllTextAsync(marks)).ShouldBe("1\n2\n");
        (await File.ReadAllTextAsync(marks + ".first")).ShouldBe("done\n");
        await orphan.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token);
        (await again.FactsAsync(FactTypes.RunStarted)).ShouldHaveSingleItem();
        (await again.FactsAsync(FactTypes.RunFinished)).ShouldHaveSingleItem();
        File.Delete(marks);
        File.Delete(marks + ".first");
    }

    [Fact]
    public async Task Run_InterruptedTwice_FailsAndSaysSo()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.CreateRepositoryAsync();
        string sha = await platform.PushWorkflowAsync(TestPlatform.Workflow("steps: [{run: sleep 300}]"));
        await platform.RunOfAsync(sha, until: candidate => candidate.Status?.Jobs?[0].Steps?[0].Phase == "Running");
        await platform.StopControllersAsync();
        await platform.StartControllersAsync();
        await platform.RunOfAsync(sha, until: candidate => candidate.Status?.Jobs?[0] is { Attempt: 2, Phase: "Running" } job && job.Steps?[0].Phase == "Running");
        await platform.StopControllersAsync();
        await platform.StartControllersAsync();
        PipelineRun run = await platform.RunOfAsync(sha);
        run.Status!.Phase.ShouldBe("Failed");
        run.Status.Jobs![0].Message!.ShouldContain("twice");
        run.Status.Jobs[0].Steps![0].Phase.ShouldBe("Failed");
    }

    [Fact]
    public async Task Run_ThatIsDeleted_IsEndedAndForgotten()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.CreateRepositoryAsync();
        string sha = await platform.PushWorkflowAsync(TestPlatform.Workflow("steps: [{run: sleep 300}]"));
        PipelineRun run = await platform.RunOfAsync(sha, until: candidate => candidate.Status?.Jobs?[0].Steps?[0].Phase == "Running");
        await Client.TypedClient.DeleteAsync(platform.Hub, run, CancellationToken.None);
        await Eventually.Holds(() => !Directory.Exists(Path.Combine(platform.DataDirectory, "runs", "shop", run.Metadata.Name)), "the run's files are gone");
    }

    [Fact]
    public async Task Status_ThatSomeoneElseWritesTo_IsStillRight()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync();
        await platform.CreateRepositoryAsync();
        int conflicts = 0;
        platform.Hub.OnRequest = (verb, type, _) =>
        {
            if (verb == "patch" && type.Kind == "PipelineRun" && Interlocked.Increment(ref conflicts) % 3 == 0)
            {
                throw Fairway.Resources.StatusException.Conflict(type, "x", "someone else was first");
            }
        };
        string sha = await platform.PushWorkflowAsync(TestPlatform.Workflow("steps: [{run: echo}, {run: echo}, {run: echo}]"));
        PipelineRun run = await platform.RunOfAsync(sha);
        run.Status!.Phase.ShouldBe("Succeeded");
        run.Status.Jobs![0].Steps!.ShouldAllBe(step => step.Phase == "Succeeded");
    }

    // A process as a step of an earlier platform process would have left it.
    private static Process StartOrphan(string dataDirectory)
    {
        ProcessStartInfo start = new("sleep", "300") { UseShellExecute = false };
        string instance = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(dataDirectory))))[..16];
        start.Environment["FAIRWAY_JOB"] = $"{instance}:shop/gone/build";
        return Process.Start(start)!;
    }
}

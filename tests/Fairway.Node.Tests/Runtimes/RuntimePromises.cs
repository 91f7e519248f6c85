using System.Reflection;
using Fairway.Node.Runtimes;
using Fairway.Testing;

namespace Fairway.Node.Tests.Runtimes;

/// <summary>The conformance kit: what <see cref="IContainerRuntime"/> promises, one method each. Every runtime runs all of them.</summary>
internal static class RuntimePromises
{
    public static IEnumerable<object[]> All
        => typeof(RuntimePromises).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == typeof(Task) && method.Name != nameof(CheckAsync)).Select(method => new object[] { method.Name });

    public static Task CheckAsync(string promise, RuntimeUnderTest runtime)
        => (Task)typeof(RuntimePromises).GetMethod(promise)!.Invoke(null, [runtime])!;

    public static async Task Create_TheSameIdentityTwice_IsRefused(RuntimeUnderTest test)
    {
        ContainerSpec spec = test.Spec(new Behaviour.Run());
        ContainerRecord created = await test.Runtime.CreateAsync(spec, CancellationToken.None);
        created.Phase.ShouldBe(ContainerPhase.Created);
        created.ImageDigest.ShouldStartWith("sha256:");

        ContainerException refused = await Should.ThrowAsync<ContainerException>(() => test.Runtime.CreateAsync(spec, CancellationToken.None));

        refused.Fault.ShouldBe(ContainerFault.AlreadyExists);
    }

    public static async Task Container_ThatExits_KeepsItsCodeTimesAndLog(RuntimeUnderTest test)
    {
        ContainerSpec spec = test.Spec(new Behaviour.Exit(7));
        DateTimeOffset before = TimeProvider.System.GetUtcNow().AddSeconds(-1);
        await test.StartAsync(spec);

        ContainerRecord record = await test.ExitedAsync(spec.Identity);

        record.ExitCode.ShouldBe(7);
        record.OutOfMemory.ShouldBeFalse();
        record.StartedAt!.Value.ShouldBeGreaterThan(before);
        record.FinishedAt!.Value.ShouldBeGreaterThanOrEqualTo(record.StartedAt.Value);
        record.PodName.ShouldBe("web-1");
        record.Namespace.ShouldBe("shop");
        record.Ports.ShouldBe(spec.Ports);
        List<string> log = await test.LogAsync(spec.Identity, new LogQuery { Follow = true });
        log.ShouldContain("out hello");
        if (test.IsReal)
        {
            log.ShouldContain("err trouble");
        }
    }

    public static async Task Terminate_EndsAContainerThatListens(RuntimeUnderTest test)
    {
        ContainerSpec spec = test.Spec(new Behaviour.Run());
        (await test.StartAsync(spec)).Phase.ShouldBe(ContainerPhase.Running);
        await HelloAsync(test, spec);

        await test.Runtime.SignalAsync(spec.Identity, ContainerSignal.Terminate, CancellationToken.None);

        (await test.ExitedAsync(spec.Identity)).ExitCode.ShouldBe(143);
        test.Heard.ShouldContain(spec.Identity.PodUid, "subscribers hear of the end");
        await test.Runtime.SignalAsync(spec.Identity, ContainerSignal.Terminate, CancellationToken.None);
    }

    public static async Task Kill_EndsAContainerThatDoesNotListen(RuntimeUnderTest test)
    {
        ContainerSpec spec = test.Spec(new Behaviour.Stubborn());
        await test.StartAsync(spec);
        await HelloAsync(test, spec);

        await test.Runtime.SignalAsync(spec.Identity, ContainerSignal.Terminate, CancellationToken.None);
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        (await test.FindAsync(spec.Identity)).Phase.ShouldBe(ContainerPhase.Running);
        await test.Runtime.SignalAsync(spec.Identity, ContainerSignal.Kill, CancellationToken.None);

        (await test.ExitedAsync(spec.Identity)).ExitCode.ShouldBe(137);
    }

    public static async Task Platform_ThatComesBack_FindsWhatRunsAndWhatEnded(RuntimeUnderTest test)
    {
        ContainerSpec running = test.Spec(new Behaviour.Run());
        ContainerSpec ended = test.Spec(new Behaviour.Exit(3), "job");
        ContainerRecord before = await test.StartAsync(running);
        await test.StartAsync(ended);
        await test.ExitedAsync(ended.Identity);
        await HelloAsync(test, running);

        await test.ReopenAsync();

        ContainerRecord after = await test.FindAsync(running.Identity);
        after.Phase.ShouldBe(ContainerPhase.Running);
        after.StartedAt.ShouldBe(before.StartedAt);
        after.Ports.ShouldBe(running.Ports);
        (await test.FindAsync(ended.Identity)).ExitCode.ShouldBe(3);
        (await test.LogAsync(running.Identity)).ShouldBe(["out hello"], "no line is lost or repeated");
        await test.Runtime.SignalAsync(running.Identity, ContainerSignal.Terminate, CancellationToken.None);
        (await test.ExitedAsync(running.Identity)).ExitCode.ShouldBe(143, "the exit code is known though it was started by another");
    }

    public static async Task Remove_EndsARunningContainerAndForgetsIt(RuntimeUnderTest test)
    {
        ContainerSpec spec = test.Spec(new Behaviour.Stubborn());
        await test.StartAsync(spec);

        await test.Runtime.RemoveAsync(spec.Identity, CancellationToken.None);

        (await test.Runtime.ListAsync(null, CancellationToken.None)).ShouldBeEmpty();
        await test.Runtime.RemoveAsync(spec.Identity, CancellationToken.None);
        await test.Runtime.RemovePodAsync(spec.Identity.PodUid, CancellationToken.None);
        (await Should.ThrowAsync<ContainerException>(() => test.Runtime.SignalAsync(spec.Identity, ContainerSignal.Kill, CancellationToken.None)))
            .Fault.ShouldBe(ContainerFault.NotFound);
    }

    public static async Task Image_ThatIsMissing_IsNamed(RuntimeUnderTest test)
    {
        ContainerException missing = await Should.ThrowAsync<ContainerException>(() => test.Runtime.PullAsync("shop/missing:1", CancellationToken.None));

        missing.Fault.ShouldBe(ContainerFault.ImageMissing);
        missing.Message.ShouldContain("shop/missing:1");
        (await test.Runtime.PullAsync(test.Image, CancellationToken.None)).Digest.ShouldStartWith("sha256:");
    }

    public static async Task Program_ThatCannotBeStarted_LeavesAnEndedContainerThatSaysWhy(RuntimeUnderTest test)
    {
        ContainerSpec spec = test.Spec(new Behaviour.Nonsense());

        ContainerRecord record = await test.StartAsync(spec);

        record.Phase.ShouldBe(ContainerPhase.Exited);
        record.Reason.ShouldBe(ContainerRecord.CannotRun);
        record.Message!.ShouldContain("/not/there");
        record.ExitCode.ShouldBe(128);
    }

    public static async Task Exec_HasTheContainersEnvironmentAndGivesItsExitCode(RuntimeUnderTest test)
    {
        ContainerSpec spec = test.Spec(new Behaviour.Run());
        await test.StartAsync(spec);

        (await ExecAsync(test, spec, "env")).Output.ShouldContain("GREETING=hello");
        (await ExecAsync(test, spec, "echo", "a b")).ShouldBe((0, "a b\n"));
        (await ExecAsync(test, spec, "false")).Code.ShouldBe(1);
        try
        {
            (await ExecAsync(test, spec, "no-such-program")).Code.ShouldBeInRange(126, 127);
        }
        catch (ContainerException cannot)
        {
            cannot.Fault.ShouldBe(ContainerFault.CannotRun);
        }

        await test.Runtime.SignalAsync(spec.Identity, ContainerSignal.Kill, CancellationToken.None);
        await test.ExitedAsync(spec.Identity);
        (await Should.ThrowAsync<ContainerException>(() => ExecAsync(test, spec, "true"))).Fault.ShouldBe(ContainerFault.NotRunning);
    }

    public static async Task Probe_TellsWhoServesFromWhoDoesNot(RuntimeUnderTest test)
    {
        ContainerSpec spec = test.Spec(new Behaviour.Serve());
        await test.StartAsync(spec);
        var http = new ProbeTarget.Http(8080, "/index.html", "HTTP", [], null);

        await Eventually.Holds(() => AskAsync(test, spec, http).GetAwaiter().GetResult().Healthy, "the container serves");
        (await AskAsync(test, spec, new ProbeTarget.Tcp(8080, null))).Healthy.ShouldBeTrue();
        if (test.IsReal)
        {
            ProbeAnswer missing = await AskAsync(test, spec, http with { Path = "/missing" });
            missing.ShouldBe(new ProbeAnswer(false, "HTTP probe failed with statuscode: 404"));
        }

        await test.Runtime.SignalAsync(spec.Identity, ContainerSignal.Kill, CancellationToken.None);
        await test.ExitedAsync(spec.Identity);
        ProbeAnswer gone = await AskAsync(test, spec, http);
        gone.Healthy.ShouldBeFalse();
        gone.Message.ShouldNotBeEmpty();
    }

    public static async Task Stats_AreThereWhileItRuns(RuntimeUnderTest test)
    {
        ContainerSpec spec = test.Spec(new Behaviour.Run());
        await test.StartAsync(spec);

        (await test.Runtime.StatsAsync(spec.Identity, CancellationToken.None))!.MemoryBytes.ShouldBeGreaterThan(1000);
        await test.Runtime.SignalAsync(spec.Identity, ContainerSignal.Kill, CancellationToken.None);
        await test.ExitedAsync(spec.Identity);
        (await test.Runtime.StatsAsync(spec.Identity, CancellationToken.None)).ShouldBeNull();
    }

    private static Task HelloAsync(RuntimeUnderTest test, ContainerSpec spec)
        => Eventually.Holds(() => test.LogAsync(spec.Identity).GetAwaiter().GetResult().Count > 0, "the container says hello");

    private static Task<ProbeAnswer> AskAsync(RuntimeUnderTest test, ContainerSpec spec, ProbeTarget target)
        => test.Runtime.ProbeAsync(spec.Identity, target, TimeSpan.FromSeconds(5), CancellationToken.None);

    private static async Task<(int Code, string Output)> ExecAsync(RuntimeUnderTest test, ContainerSpec spec, params string[] command)
    {
        await using IExecSession session = await test.Runtime.ExecAsync(spec.Identity, new ExecRequest(command), CancellationToken.None);
        using var reader = new StreamReader(session.Output);
        string output = await reader.ReadToEndAsync();
        return (await session.Exited, output);
    }
}

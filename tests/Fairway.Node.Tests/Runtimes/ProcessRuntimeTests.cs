using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Process;
using Fairway.Storage;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Node.Tests.Runtimes;

public sealed class ProcessRuntimeTests
{
    public static IEnumerable<object[]> Promises => RuntimePromises.All;

    [Theory]
    [MemberData(nameof(Promises))]
    public async Task Runtime_Keeps(string promise)
    {
        await using Processes runtime = await Processes.CreateAsync();
        await RuntimePromises.CheckAsync(promise, runtime);
    }

    [Fact]
    public async Task Environment_OfAContainer_HasNothingOfThePlatforms()
    {
        await using Processes test = await Processes.CreateAsync();
        Environment.SetEnvironmentVariable("FAIRWAY_TEST_SECRET", "s3cr3t");
        ContainerSpec spec = test.Script("env; ls /proc/$$/fd | tr '\\n' ' '; pwd");
        await test.StartAsync(spec);
        await test.ExitedAsync(spec.Identity);
        List<string> log = await test.LogAsync(spec.Identity);

        string[] names = [.. log.Where(line => line.Contains('=', StringComparison.Ordinal)).Select(line => line[4..].Split('=')[0]).Order()];
        names.ShouldBe(
            [
                "ASPNETCORE_HTTP_PORTS", "FAIRWAY_CONTAINER", "FAIRWAY_ROOT", "GREETING", "HOME", "HOSTNAME", "PATH", "PORT", "PORT_HTTP", "PWD",
                .. Environment.GetEnvironmentVariable("DOTNET_ROOT") is null ? (string[])[] : ["DOTNET_ROOT"],
                "SHLVL", "TMPDIR",
            ],
            ignoreOrder: true);
        log.ShouldNotContain(line => line.Contains("s3cr3t", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kill_ReachesProcessesThatLeftTheGroup()
    {
        await using Processes test = await Processes.CreateAsync();
        ContainerSpec spec = test.Script("setsid sleep 1000 & setsid sh -c 'trap \"\" TERM; sleep 1001' & echo go; wait");
        await test.StartAsync(spec);
        await Eventually.Holds(() => ProcessTable.Marked(spec.Identity.ToString()).Count() >= 4, "all processes of the container run");

        await test.Runtime.SignalAsync(spec.Identity, ContainerSignal.Kill, CancellationToken.None);
        await test.ExitedAsync(spec.Identity);

        await Eventually.Holds(() => !ProcessTable.Marked(spec.Identity.ToString()).Any(), "nothing of the container is left");
    }

    [Fact]
    public async Task Ending_OfTheMainProcess_EndsTheOthers()
    {
        await using Processes test = await Processes.CreateAsync();
        ContainerSpec spec = test.Script("setsid sleep 1000 & sleep 1001 & exit 5");
        await test.StartAsync(spec);

        (await test.ExitedAsync(spec.Identity)).ExitCode.ShouldBe(5);

        await Eventually.Holds(() => !ProcessTable.Marked(spec.Identity.ToString()).Any(), "nothing of the container is left");
    }

    [Fact]
    public async Task Memory_BeyondTheLimit_EndsTheContainerAsOutOfMemory()
    {
        await using Processes test = await Processes.CreateAsync();
        ContainerSpec spec = test.Script("x=0123456789; while :; do x=$x$x; sleep 0.02; done") with { MemoryLimit = 20 * 1024 * 1024 };
        await test.StartAsync(spec);

        ContainerRecord record = await test.ExitedAsync(spec.Identity);

        record.OutOfMemory.ShouldBeTrue();
        record.ExitCode.ShouldBe(137);
    }

    [Fact]
    public async Task Root_IsTheContainersOwn_AndMountsAreInIt()
    {
        await using Processes test = await Processes.CreateAsync();
        string volume = test.Directory["volume"];
        Directory.CreateDirectory(volume);
        File.WriteAllText(Path.Combine(volume, "setting"), "blue");
        ContainerSpec spec = test.Script("cat $FAIRWAY_ROOT/etc/app/setting; echo changed > $FAIRWAY_ROOT/www/index.html; echo bye > $FAIRWAY_ROOT/dev/termination-log; cat www/index.html") with
        {
            Mounts = [new ContainerMount(volume, "/etc/app", ReadOnly: true)],
            WorkingDirectory = "/",
        };
        await test.StartAsync(spec);
        ContainerRecord record = await test.ExitedAsync(spec.Identity);
        (await test.LogAsync(spec.Identity)).ShouldBe(["out bluechanged"]);
        record.Message.ShouldBe("bye");

        ContainerSpec next = test.Script("cat www/index.html", attempt: 1) with { WorkingDirectory = "/" };
        await test.StartAsync(next);
        await test.ExitedAsync(next.Identity);
        (await test.LogAsync(next.Identity)).ShouldBe(["out hello"], "the image is as it was");
    }

    [Fact]
    public async Task Image_ThatReachesOutside_IsRefusedAndLeavesNothing()
    {
        await using Processes test = await Processes.CreateAsync();
        foreach ((string name, Action<TarWriter> write) in Hostile())
        {
            string reference = await test.PutAsync($"test/{name}:1", write);

            ContainerException refused = await Should.ThrowAsync<ContainerException>(() => test.Runtime.PullAsync(reference, CancellationToken.None));

            refused.Fault.ShouldBe(ContainerFault.ImageRefused, name);
            refused.Message.ShouldContain(reference);
        }

        File.Exists("/tmp/fairway-escaped").ShouldBeFalse();
        Directory.GetFileSystemEntries(test.Directory["unpacked"]).ShouldBeEmpty();
    }

    [Fact]
    public void Links_OfARoot_StayInside()
    {
        using var directory = new TemporaryDirectory();
        string root = directory["root"];
        Directory.CreateDirectory(Path.Combine(root, "real"));
        File.CreateSymbolicLink(Path.Combine(root, "abs"), "/etc");
        File.CreateSymbolicLink(Path.Combine(root, "up"), "../../../../etc");
        File.CreateSymbolicLink(Path.Combine(root, "loop"), "loop");

        RootPath.Resolve(root, "/abs/passwd").ShouldBe(Path.Combine(root, "etc/passwd"));
        RootPath.Resolve(root, "up/passwd").ShouldBe(Path.Combine(root, "etc/passwd"));
        RootPath.Resolve(root, "../../x").ShouldBe(Path.Combine(root, "x"));
        RootPath.Resolve(root, "/").ShouldBe(root);
        Should.Throw<ContainerException>(() => RootPath.Resolve(root, "loop/x"));

        RootDirectory.Mount(root, new ContainerMount(directory["real"], "/abs/inner", false));
        new FileInfo(Path.Combine(root, "etc/inner")).LinkTarget.ShouldBe(directory["real"]);
        File.Exists("/etc/inner").ShouldBeFalse();
        Should.Throw<ContainerException>(() => RootDirectory.Mount(root, new ContainerMount(directory["real"], "/", false)));
    }

    /// <summary>A platform in a process of its own starts containers and is killed; this one takes them up.</summary>
    [Fact]
    public async Task Platform_KilledWithSigkill_LosesNoContainerAndNoLine()
    {
        await using Processes test = await Processes.CreateAsync();
        using (Process platform = CrashedPlatform.Start(test.Directory.Path))
        {
            (await platform.StandardOutput.ReadLineAsync()).ShouldBe("started");
            platform.Kill();
            await platform.WaitForExitAsync();
        }

        // Goes on while nobody looks.
        await Eventually.Holds(
            () => Directory.GetFiles(test.Directory["node"], "out", SearchOption.AllDirectories).Any(file => new FileInfo(file).Length > 0), "output is written");
        await test.ReopenAsync();

        var counting = new ContainerIdentity(CrashedPlatform.Pod, "counting", 0);
        var ended = new ContainerIdentity(CrashedPlatform.Pod, "ending", 0);
        (await test.FindAsync(counting)).Phase.ShouldBe(ContainerPhase.Running);
        (await test.ExitedAsync(ended)).ExitCode.ShouldBe(9, "it ended while the platform was down");
        await test.Runtime.SignalAsync(counting, ContainerSignal.Terminate, CancellationToken.None);
        (await test.ExitedAsync(counting)).ExitCode.ShouldBe(143);
        List<string> log = [.. (await test.LogAsync(counting)).Where(line => line.StartsWith("out", StringComparison.Ordinal))];
        log.Count.ShouldBeGreaterThan(1);
        log.ShouldBe([.. Enumerable.Range(1, log.Count).Select(number => $"out {number}")], "every line once");
    }

    [Fact]
    public async Task Start_InterruptedBeforeTheWord_RunsNothing()
    {
        await using Processes test = await Processes.CreateAsync();
        string script = test.Directory["node/supervise.sh"];
        using var supervisor = Process.Start(new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { script, test.Directory["node"], "/usr/bin/setsid", "/", "/usr/bin/touch", test.Directory["ran"] },
            RedirectStandardInput = true,
            UseShellExecute = false,
        })!;

        supervisor.StandardInput.Close();
        await supervisor.WaitForExitAsync();

        File.Exists(test.Directory["ran"]).ShouldBeFalse();
    }

    private static IEnumerable<(string, Action<TarWriter>)> Hostile()
    {
        yield return ("dots", tar => tar.WriteEntry(FileEntry("../../../../../../tmp/fairway-escaped")));
        yield return ("link", tar =>
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "out") { LinkName = "../../../../../../../tmp" });
            tar.WriteEntry(FileEntry("out/fairway-escaped"));
        }
        );
        yield return ("hardlink", tar => tar.WriteEntry(new PaxTarEntry(TarEntryType.HardLink, "shadow") { LinkName = "../../../../../../etc/passwd" }));
    }

    private static PaxTarEntry FileEntry(string name)
        => new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes("escaped")) };
}

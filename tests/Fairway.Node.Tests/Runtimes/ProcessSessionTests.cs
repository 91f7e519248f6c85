using System.Text;
using Fairway.Node.Runtimes;

namespace Fairway.Node.Tests.Runtimes;

/// <summary>Joining containers and giving them terminals, with real processes.</summary>
public sealed class ProcessSessionTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Attach_InputOfOne_EndsWhenTheyCloseItAndOutputReachesThem()
    {
        await using Processes test = await Processes.CreateAsync();
        ContainerSpec spec = test.Script("echo ready; cat; echo over") with { Stdin = true, StdinOnce = true };
        await test.StartAsync(spec);
        IExecSession session = await test.Runtime.AttachAsync(spec.Identity, stdin: true, CancellationToken.None);
        await using (session)
        {
            await session.Input.WriteAsync("typed\n"u8.ToArray());
            (await ReadUntilAsync(session.Output, "typed")).ShouldContain("typed");
            await session.Input.DisposeAsync();
            (await ReadUntilAsync(session.Output, "over")).ShouldContain("over", customMessage: "the rest is seen after the input has ended");
            (await session.Exited.WaitAsync(Deadline)).ShouldBe(0);
        }

        (await test.ExitedAsync(spec.Identity)).ExitCode.ShouldBe(0);
        (await test.LogAsync(spec.Identity)).ShouldBe(["out ready", "out typed", "out over"]);
    }

    [Fact]
    public async Task Attach_InputOfMany_GoesOnWhenOneLeaves()
    {
        await using Processes test = await Processes.CreateAsync();
        ContainerSpec spec = test.Script("while read -r line; do echo got $line; done") with { Stdin = true };
        await test.StartAsync(spec);
        for (int i = 0; i < 2; i++)
        {
            await using IExecSession session = await test.Runtime.AttachAsync(spec.Identity, stdin: true, CancellationToken.None);
            await session.Input.WriteAsync(Encoding.UTF8.GetBytes($"{i}\n"));
            (await ReadUntilAsync(session.Output, $"got {i}")).ShouldContain($"got {i}");
        }

        (await test.FindAsync(spec.Identity)).Phase.ShouldBe(ContainerPhase.Running);
    }

    [Fact]
    public async Task Attach_ToATerminal_HasItsSizeAndEchoes()
    {
        await using Processes test = await Processes.CreateAsync();
        ContainerSpec spec = test.Script("while read -r line; do stty size; tty; done") with { Stdin = true, Tty = true };
        await test.StartAsync(spec);
        await using IExecSession session = await test.Runtime.AttachAsync(spec.Identity, stdin: true, CancellationToken.None);
        string seen = "";
        for (int tries = 0; tries < 20 && !seen.Contains("33 120", StringComparison.Ordinal); tries++)
        {
            session.Resize(120, 33);
            await session.Input.WriteAsync("go\n"u8.ToArray());
            seen = await ReadUntilAsync(session.Output, "/dev/pts/");
        }

        seen.ShouldContain("33 120");
    }

    [Fact]
    public async Task Exec_WithATerminal_HasOneAndKeepsTheExitCode()
    {
        await using Processes test = await Processes.CreateAsync();
        ContainerSpec spec = test.Spec(new Behaviour.Run());
        await test.StartAsync(spec);
        await using IExecSession session = await test.Runtime.ExecAsync(
            spec.Identity, new ExecRequest(["/bin/sh", "-c", "read -r line; stty size; echo $TERM; exit 5"], Stdin: true, Tty: true), CancellationToken.None);
        session.Resize(100, 40);
        await session.Input.WriteAsync("\n"u8.ToArray());
        string seen = await ReadUntilAsync(session.Output, "xterm");
        seen.ShouldContain("40 100");
        (await session.Exited.WaitAsync(Deadline)).ShouldBe(5);
    }

    [Fact]
    public async Task Attach_ToWhatHasEnded_IsRefused()
    {
        await using Processes test = await Processes.CreateAsync();
        ContainerSpec spec = test.Spec(new Behaviour.Exit(0));
        await test.StartAsync(spec);
        await test.ExitedAsync(spec.Identity);
        (await Should.ThrowAsync<ContainerException>(() => test.Runtime.AttachAsync(spec.Identity, stdin: false, CancellationToken.None))).Fault
            .ShouldBe(ContainerFault.NotRunning);
    }

    private static async Task<string> ReadUntilAsync(Stream stream, string text)
    {
        using var limit = new CancellationTokenSource(Deadline);
        var seen = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (!seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            int read = await stream.ReadAsync(buffer, limit.Token);
            if (read == 0)
            {
                break;
            }

            seen.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return seen.ToString();
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Fairway.Cli;

namespace Fairway.Commands;

internal static partial class DownCommand
{
    private const int Terminate = 15;

    public static Command Build()
    {
        var command = new Command("down", "End the platform of the data directory, with its pods; what it knows stays.");
        command.SetAction(async (parsed, cancellation) =>
        {
            DirectoryInfo data = parsed.DataDirectory();
            if (await StopAsync(data, cancellation))
            {
                Terminal.Line($"Fairway in {data.FullName} has ended. Start it again with: fairway up --data {data.FullName}");
                return ExitCode.Ok;
            }

            throw new CommandFailure(ExitCode.NotRunning, $"no platform runs in {data.FullName}");
        });
        return command;
    }

    /// <summary>Asks the platform to end and waits until it has.</summary>
    /// <returns>Whether one was running.</returns>
    public static async Task<bool> StopAsync(DirectoryInfo data, CancellationToken cancellation)
    {
        if (PlatformState.Load(data) is not { } state || !state.IsAlive())
        {
            return false;
        }

        using var process = Process.GetProcessById(state.Pid);
        _ = Signal(state.Pid, Terminate);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(45), TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: false);
            throw new CommandFailure(ExitCode.Failed, $"the platform (pid {state.Pid}) did not end in 45 seconds and was killed; nothing acknowledged is lost");
        }

        return true;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Signal(int pid, int signal);
}

using System.Runtime.InteropServices;
using Fairway.Cli;
using Fairway.ControllerRuntime;
using Spectre.Console;

namespace Fairway.Platform;

/// <summary>Runs the platform in this process until it is told to end.</summary>
internal static class Foreground
{
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(PlatformOptions options, bool json, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            ended.Cancel();
        });
        options.Data.Create();
        await using var platform = new FairwayPlatform(options);
        await platform.StartAsync(ended.Token);
        try
        {
            if (Console.IsOutputRedirected || json)
            {
                Terminal.Line($"Fairway is ready: {platform.State.Endpoints.Portal}");
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ended.Token);
            }
            else
            {
                await ShowAsync(platform, options, ended.Token);
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            if (!Console.IsOutputRedirected)
            {
                Terminal.Line("Ending the platform and its pods…");
            }
        }

        return ExitCode.Ok;
    }

    private static async Task ShowAsync(FairwayPlatform platform, PlatformOptions options, CancellationToken cancellation)
    {
        AnsiConsole.MarkupLine($"[bold]Fairway {Commands.FairwayVersion.Text}[/] ready after {platform.State.ReadyMilliseconds / 1000:0.00} s");
        AnsiConsole.MarkupLine($"  portal    [link]{Markup.Escape(platform.SignInLink())}[/]");
        AnsiConsole.MarkupLine($"  gateway   {platform.State.Endpoints.Gateway}");
        AnsiConsole.MarkupLine($"  data      {Markup.Escape(options.Data.FullName)}");
        AnsiConsole.MarkupLine($"  kubectl   fairway kubeconfig --data {Markup.Escape(options.Data.FullName)} > kubeconfig");
        foreach (string notice in platform.Notices)
        {
            AnsiConsole.MarkupLine($"  [yellow]note[/]      {Markup.Escape(notice)}");
        }

        await AnsiConsole.Live(View(platform)).StartAsync(async live =>
        {
            using var timer = new PeriodicTimer(Refresh, TimeProvider.System);
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                live.UpdateTarget(View(platform));
            }
        });
    }

    /// <summary>One line that says how the parts are, and one for each that is not well.</summary>
    private static Rows View(FairwayPlatform platform)
    {
        IReadOnlyList<ControllerHealth> health = platform.Health;
        ControllerHealth[] unwell = [.. health.Where(part => part.State == ControllerState.Crashed || part.LastFailure > part.LastSuccess)];
        string summary = unwell.Length == 0
            ? $"[green]●[/] {health.Count} parts well, {health.Sum(part => part.Reconciles):N0} reconciles, {health.Sum(part => part.QueueLength)} waiting. Ctrl-C ends."
            : $"[red]●[/] {unwell.Length} of {health.Count} parts are not well. Ctrl-C ends.";
        return new Rows(unwell.Select(part => new Markup($"  [red]{Markup.Escape(part.Name)}[/]: {Markup.Escape(part.LastError ?? "")}")).Prepend(new Markup(summary)));
    }
}

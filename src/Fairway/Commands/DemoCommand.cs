using System.CommandLine;
using Fairway.Cli;
using Fairway.Demo;

namespace Fairway.Commands;

internal static class DemoCommand
{
    private const string Marker = "demo";

    public static Command Build()
    {
        var once = new Option<bool>("--once") { Description = "End when the story is told; exit 0 only if all happened as told." };
        var command = new Command("demo", "From git push to a canary in production, on this machine, with a real service.") { once };
        command.SetAction(async (parsed, cancellation) =>
        {
            bool named = parsed.GetResult(GlobalOptions.Data) is { Implicit: false };
            DirectoryInfo data = named ? parsed.DataDirectory() : new DirectoryInfo(Path.Combine(parsed.DataDirectory().FullName, "demo"));
            await PrepareAsync(data, cancellation);
            return await RunAsync(data, parsed.GetValue(once), parsed.WantsJson(), cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(DirectoryInfo data, bool once, bool json, CancellationToken cancellation)
    {
        var story = new Story(TimeProvider.System, json);
        try
        {
            await using var demo = new DemoStory(data, story);
            DemoReport report = await demo.TellAsync(cancellation);
            if (json)
            {
                Terminal.Json(report.ToJson());
            }
            else
            {
                report.Print();
            }

            if (!once)
            {
                story.Chapter($"The portal is open: {await demo.SignInLinkAsync(cancellation)}");
                story.Note("customers keep shopping; Ctrl-C ends the platform");
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }

            return ExitCode.Ok;
        }
        catch (Exception broken) when (broken is TimeoutException or CommandFailure)
        {
            story.Failed(broken.Message);
            story.Note($"the platform's own log: {Path.Combine(data.FullName, "run", "platform.log")}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (!once && cancellation.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }
        finally
        {
            await DownCommand.StopAsync(data, CancellationToken.None);
        }
    }

    /// <summary>Each demo begins on an empty platform. Only a directory that an earlier demo made is emptied.</summary>
    private static async Task PrepareAsync(DirectoryInfo data, CancellationToken cancellation)
    {
        string marker = Path.Combine(data.FullName, Marker);
        if (data.Exists && data.EnumerateFileSystemInfos().Any() && !Directory.Exists(marker))
        {
            throw new CommandFailure(
                ExitCode.Usage, $"{data.FullName} holds something that no demo made; the demo begins on an empty platform. Name another directory with --data");
        }

        await DownCommand.StopAsync(data, cancellation);
        if (data.Exists)
        {
            data.Delete(recursive: true);
        }

        Directory.CreateDirectory(marker);
        data.Refresh();
    }
}

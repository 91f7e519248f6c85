using System.Diagnostics;
using Fairway.Node.Runtimes;
using Fairway.Node.Runtimes.Process;
using Fairway.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Node.Tests.Runtimes;

/// <summary>The tests' own program, playing a platform that starts containers and then waits to be killed.</summary>
internal static class CrashedPlatform
{
    public const string Pod = "5f0c1d5e-0000-4000-8000-00000000000c";

    public static Process Start(string directory)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } path && path.EndsWith("dotnet", StringComparison.Ordinal) ? path : "dotnet")
        {
            ArgumentList = { typeof(CrashedPlatform).Assembly.Location, "platform", directory },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        return Process.Start(start)!;
    }

    public static ProcessRuntime Open(string directory, ImageStore images)
        => ProcessRuntime.Open(
            new ProcessRuntimeOptions { Directory = Path.Combine(directory, "node"), ImageDirectory = Path.Combine(directory, "unpacked") },
            images,
            TimeProvider.System,
            NullLogger<ProcessRuntime>.Instance);

    private static async Task Main(string[] arguments)
    {
        if (arguments is not ["platform", var directory])
        {
            return;
        }

        var images = new ImageStore(new BlobStore(Path.Combine(directory, "images/blobs")), Path.Combine(directory, "images/names.json"));
        await using ProcessRuntime runtime = Open(directory, images);
        await RunAsync(runtime, "counting", "trap 'exit 143' TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.01; done");
        await RunAsync(runtime, "ending", "sleep 0.5; exit 9");
        Console.WriteLine("started");
        await Task.Delay(TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
    }

    private static async Task RunAsync(ProcessRuntime runtime, string name, string script)
    {
        var identity = new ContainerIdentity(Pod, name, 0);
        await runtime.CreateAsync(
            new ContainerSpec { Identity = identity, Namespace = "shop", PodName = "web-1", Image = TestImages.Kit, Command = ["sh", "-c", script] },
            CancellationToken.None);
        await runtime.StartAsync(identity, CancellationToken.None);
    }
}

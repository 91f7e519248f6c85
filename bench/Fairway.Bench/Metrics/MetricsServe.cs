using Fairway.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Bench.Metrics;

/// <summary>Telemetry alone in a process, for measuring it from outside.</summary>
internal static class MetricsServe
{
    public static async Task<int> RunAsync(string directory, int port)
    {
        await using TelemetryArea area = await TelemetryArea.OpenAsync(
            new TelemetryOptions
            {
                Directory = directory,
                Version = "bench",
                Metrics = options => options with { SeriesPerService = 5_000_000 },
            },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            CancellationToken.None);
        await area.StartAsync(new TelemetryPorts(port, 0, 0), CancellationToken.None);
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1));
        while (await timer.WaitForNextTickAsync())
        {
            await area.Metrics.MaintainAsync(CancellationToken.None);
        }

        return 0;
    }
}

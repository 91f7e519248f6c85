using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.ControllerRuntime.Tests;

public sealed class SeriesRecorderTests
{
    private readonly ManualTime _time = new();
    private readonly MemoryCluster _cluster;

    public SeriesRecorderTests() => _cluster = new MemoryCluster("dev", _time);

    [Fact]
    public async Task Tell_TheSameAgain_BecomesASeriesOfTheEventThatIsThere()
    {
        using var stop = new CancellationTokenSource();
        var recorder = new SeriesRecorder(_cluster, "default-scheduler", _time, NullLoggerFactory.Instance);
        Task running = recorder.RunAsync(stop.Token);
        var pod = new Pod { Metadata = new ObjectMeta { Name = "web", Namespace = "shop", Uid = "1", ResourceVersion = "7" }, Spec = new PodSpec { Containers = [] } };

        recorder.Tell(pod, null, "Warning", "FailedScheduling", "Scheduling", "no room");
        Event first = (await EventsAsync(count: 1)).Single();
        (first.ReportingComponent, first.Action, first.Message, first.Series, first.Count, first.FirstTimestamp).ShouldBe(("default-scheduler", "Scheduling", "no room", null, null, null));
        first.EventTime.ShouldNotBeNull();
        first.ReportingInstance.ShouldStartWith("default-scheduler-");

        recorder.Tell(pod, null, "Warning", "FailedScheduling", "Scheduling", "still no room");
        await Eventually.Holds(() => Events().Single().Series?.Count == 2, "the second time to be noted");
        recorder.Tell(pod with { Metadata = pod.Metadata with { ResourceVersion = "8" } }, null, "Warning", "FailedScheduling", "Scheduling", "another state of it");
        (await EventsAsync(count: 2)).Count(told => told.Series is null).ShouldBe(1);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => running);
    }

    private async Task<IReadOnlyList<Event>> EventsAsync(int count)
    {
        await Eventually.Holds(() => Events().Count == count, $"{count} events");
        return Events();
    }

    private IReadOnlyList<Event> Events() => _cluster.ListAsync<Event>("shop", CancellationToken.None).GetAwaiter().GetResult();
}

using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Fairway.ControllerRuntime;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Telemetry.Identity;
using Fairway.Telemetry.Logs;
using Fairway.Telemetry.Logs.Pods;
using Fairway.Telemetry.Logs.Query;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Telemetry.Tests.Logs;

public sealed class PodLogCollectorTests : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("fairway-collector-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private readonly MemoryCluster _cluster = new("dev", TimeProvider.System);
    private readonly FakeLog _log = new();
    private Task _running = Task.CompletedTask;
    private LogStore _store = null!;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _store.DisposeAsync();
        _stop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Lines_OfARunningContainer_AreStoredUnderItsLabels()
    {
        await StartAsync();
        _cluster.Seed(Web("one", restarts: 0));
        _log.Print("one", "level=error trace_id=4bf92f3577b34da6a3ce929d0e0e4736");
        await Eventually.Holds(() => Lines("""{cluster="dev"}""").Count == 1, "the line is stored");
        Lines("""{cluster="dev", namespace="shop", pod="web-1", container="app", service="web", service_name="web", release="v2", environment="dev"} | detected_level="error" | trace_id="4bf92f3577b34da6a3ce929d0e0e4736" """)
            .Count.ShouldBe(1);
    }

    [Fact]
    public async Task Lines_AfterTheConnectionBroke_AreStoredOnceAndGoOn()
    {
        await StartAsync();
        _cluster.Seed(Web("one", restarts: 0));
        _log.Print("one", "a", "b");
        await Eventually.Holds(() => Lines("""{pod="web-1"}""").Count == 2, "the first lines are stored");
        _log.Break();
        _log.Print("one", "c");
        await Eventually.Holds(() => Lines("""{pod="web-1"}""").Count >= 3, "the line after the break is stored");
        Lines("""{pod="web-1"}""").ShouldBe(["a", "b", "c"]);
        _log.Reads.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Lines_OfAContainerThatStartedAgain_AreStoredFromBothAttempts()
    {
        await StartAsync();
        Pod first = _cluster.Seed(Web("one", restarts: 0));
        _log.Print("one", "a");
        await Eventually.Holds(() => Lines("""{pod="web-1"}""").Count == 1, "the first attempt's line is stored");
        _log.End("one");
        _log.Print("two", "b");
        Pod second = Web("two", restarts: 1);
        _cluster.Seed(second with { Metadata = second.Metadata with { Uid = first.Metadata.Uid } });
        await Eventually.Holds(() => Lines("""{pod="web-1"}""").Count >= 2, "the second attempt's line is stored");
        Lines("""{pod="web-1"}""").ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Events_OfAPod_AreLinesOfItsService()
    {
        await StartAsync();
        _cluster.Seed(Web("one", restarts: 0));
        await Eventually.Holds(() => _log.Reads > 0, "the pod is seen");
        _cluster.Seed(new Event
        {
            Metadata = new ObjectMeta { Name = "web-1.1", Namespace = "shop" },
            InvolvedObject = new ObjectReference { Kind = "Pod", Namespace = "shop", Name = "web-1" },
            Type = "Warning",
            Reason = "BackOff",
            Message = "Back-off",
            LastTimestamp = TimeProvider.System.GetUtcNow(),
        });
        await Eventually.Holds(() => Lines("""{source="events"}""").Count == 1, "the event is stored");
        Lines("""{source="events", service="web", namespace="shop"} | detected_level="warn" | json | reason="BackOff" """).Count.ShouldBe(1);
    }

    private async Task StartAsync()
    {
        _store = await LogStore.OpenAsync(new LogStoreOptions { Directory = _directory }, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        var informers = new InformerSet(_cluster, TimeProvider.System, NullLoggerFactory.Instance);
        var identity = new WorkloadIdentity(null, new Dictionary<string, InformerSet> { ["dev"] = informers });
        var collector = new PodLogCollector("dev", informers, identity, _log.ReadAsync, _store, TimeProvider.System, NullLogger.Instance);
        _running = Task.WhenAll(informers.RunAsync(_stop.Token), collector.RunAsync(_stop.Token));
    }

    private List<string> Lines(string query)
        => [.. new LogQueryEngine(_store)
            .Lines(Fairway.Telemetry.Logs.Query.Syntax.LogQueryParser.Lines(query), new LineRequest(0, long.MaxValue, 100, NewestFirst: false), CancellationToken.None)
            .Select(line => line.Line)];

    private static Pod Web(string attempt, int restarts) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = "web-1",
            Namespace = "shop",
            Labels = new Dictionary<string, string>
            {
                ["app.kubernetes.io/name"] = "web",
                ["fairway.dev/release"] = "v2",
                ["fairway.dev/environment"] = "dev",
            },
        },
        Spec = new PodSpec { Containers = [new Container { Name = "app", Image = "web" }] },
        Status = new PodStatus
        {
            Phase = "Running",
            ContainerStatuses =
            [
                new ContainerStatus
                {
                    Name = "app", ContainerID = $"fake://{attempt}", RestartCount = restarts,
                    State = new ContainerState { Running = new ContainerStateRunning { StartedAt = TimeProvider.System.GetUtcNow() } },
                },
            ],
        },
    };

    /// <summary>A node's logs: attempts of one container, of which readers get all from a time on.</summary>
    private sealed class FakeLog
    {
        private readonly Lock _lock = new();
        private readonly List<(string Attempt, DateTimeOffset At, string Text)> _lines = [];
        private readonly HashSet<string> _ended = [];
        private int _generation;

        public int Reads { get; private set; }

        /// <summary>All lines of a call have one time.</summary>
        public void Print(string attempt, params string[] texts)
        {
            lock (_lock)
            {
                DateTimeOffset now = TimeProvider.System.GetUtcNow();
                _lines.AddRange(texts.Select(text => (attempt, now, text)));
            }
        }

        public void Break()
        {
            lock (_lock)
            {
                _generation++;
            }
        }

        public void End(string attempt)
        {
            lock (_lock)
            {
                _ended.Add(attempt);
            }
        }

        public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(ContainerLogRequest request, [EnumeratorCancellation] CancellationToken cancellation)
        {
            string attempt = request.Pod.Status!.ContainerStatuses![0].ContainerID!["fake://".Length..];
            int generation = _generation;
            Reads++;
            for (int read = 0; ;)
            {
                (string Attempt, DateTimeOffset At, string Text)[] lines;
                bool ended;
                lock (_lock)
                {
                    ended = _ended.Contains(attempt);
                    lines = [.. _lines.Where(line => line.Attempt == attempt && line.At >= request.Since)];
                    if (generation != _generation)
                    {
                        throw new IOException("the connection broke");
                    }
                }

                foreach ((_, DateTimeOffset at, string text) in lines[read..])
                {
                    string time = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);
                    yield return Encoding.UTF8.GetBytes($"{time} {text}\n");
                }

                read = lines.Length;
                if (ended)
                {
                    yield break;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellation);
            }
        }
    }
}

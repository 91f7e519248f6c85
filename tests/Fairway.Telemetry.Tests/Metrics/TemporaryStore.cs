using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Telemetry.Tests.Metrics;

/// <summary>A store in a directory of its own, opened and closed as often as a test likes.</summary>
internal sealed class TemporaryStore : IAsyncDisposable
{
    private string _directory = Directory.CreateTempSubdirectory("fairway-metrics-").FullName;

    public ManualTime Time { get; } = new();

    public MetricStore Store { get; private set; } = null!;

    public Func<MetricStoreOptions, MetricStoreOptions> Options { get; set; } = options => options;

    public string DirectoryPath => _directory;

    public long Now => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public static async Task<TemporaryStore> OpenAsync(Func<MetricStoreOptions, MetricStoreOptions>? options = null)
    {
        var store = new TemporaryStore { Options = options ?? (one => one) };
        await store.ReopenAsync();
        return store;
    }

    /// <summary>What a crash at this moment leaves, opened anew.</summary>
    /// <remarks>What a crash leaves is the files as they are at some moment: they are copied, and the store before is forgotten.</remarks>
    public async Task CrashAsync()
    {
        string copy = Directory.CreateTempSubdirectory("fairway-metrics-").FullName;
        foreach (string file in Directory.EnumerateFiles(_directory, "*", SearchOption.AllDirectories))
        {
            string to = Path.Combine(copy, Path.GetRelativePath(_directory, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        await Store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
        _directory = copy;
        await ReopenAsync();
    }

    /// <summary>Opens the store anew, as after a crash when the one before was not closed.</summary>
    public async Task ReopenAsync()
        => Store = await MetricStore.OpenAsync(Options(new MetricStoreOptions { Directory = _directory }), Time, NullLoggerFactory.Instance, CancellationToken.None);

    public async Task AppendAsync(params (Labels Labels, long Time, double Value)[] samples)
    {
        MetricBatch batch = Store.NewBatch();
        foreach ((Labels labels, long time, double value) in samples)
        {
            batch.Append(batch.Series(labels, out _)!, time, value);
        }

        await batch.CommitAsync();
    }

    public IReadOnlyList<(long Time, double Value)> Read(Labels labels, long from = long.MinValue, long to = long.MaxValue)
        => [.. Buffer(labels, from, to) is var buffer ? Enumerable.Range(0, buffer.Count).Select(index => (buffer.Times[index], buffer.Values[index])) : []];

    public SampleBuffer Buffer(Labels labels, long from = long.MinValue, long to = long.MaxValue)
    {
        LabelMatcher[] matchers = [.. labels.Pairs.Select(pair => new LabelMatcher(Fairway.PromQL.MatchType.Equal, pair.Key, pair.Value))];
        var buffer = new SampleBuffer();
        foreach (ISeries series in Store.Select(new SeriesQuery(matchers, from, to), CancellationToken.None).Where(series => series.Labels == labels))
        {
            series.Read(from, to, buffer);
        }

        return buffer;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}

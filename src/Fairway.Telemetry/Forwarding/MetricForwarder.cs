using System.Globalization;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Scrape;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Forwarding;

/// <summary>
/// Sends metrics on from the store itself, which is the buffer: a position on disk says until which time a receiver has everything, and
/// moves on when it has taken more. A receiver that was away for hours is caught up window by window; memory holds one request.
/// Samples that arrive later than the margin for their time are not sent on.
/// </summary>
internal sealed class MetricForwarder(ForwardTarget target, ForwardSender sender, MetricStore store, Labels external, string directory, TimeProvider time)
{
    private const long Window = 5 * 60 * 1000;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);
    private static readonly LabelMatcher Everything = new(MatchType.NotEqual, Labels.MetricName, string.Empty);

    private string Path => System.IO.Path.Combine(directory, Uri.EscapeDataString(target.Name) + ".position");

    public async Task RunAsync(CancellationToken cancellation)
    {
        sender.State.Position = Load();
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            await SendDueAsync(cancellation);
        }
    }

    /// <summary>Sends all that is due now.</summary>
    internal async Task SendDueAsync(CancellationToken cancellation)
    {
        long until = (time.GetUtcNow() - Margin).ToUnixTimeMilliseconds();
        if (sender.State.Position == 0)
        {
            sender.State.Position = Load();
        }

        while (sender.State.Position < until)
        {
            long from = sender.State.Position;
            long to = Math.Min(until, from + Window);
            await SendAsync(from + 1, to, cancellation);
            Save(to);
        }
    }

    private async Task SendAsync(long from, long to, CancellationToken cancellation)
    {
        MetricRequest request = MetricRequest.For(target, store);
        string url = target.Protocol == ForwardProtocol.Otlp ? target.Url.TrimEnd('/') + "/v1/metrics" : target.Url;
        Dictionary<Labels, IReadOnlyList<Exemplar>> exemplars = target.Exemplars
            ? store.Exemplars.Select([[Everything]], from, to).ToDictionary(one => one.Series, one => one.Exemplars)
            : [];
        foreach (ISeries series in store.Select(new SeriesQuery([Everything], from, to), cancellation))
        {
            var samples = new SampleBuffer();
            series.Read(from, to, samples);
            if (samples.Count == 0 || Sent(series.Labels) is not { } labels)
            {
                continue;
            }

            request.Add(labels, samples, exemplars.GetValueOrDefault(series.Labels, []));
            if (request.Count >= target.MostSamples)
            {
                await sender.SendAsync(url, request.Take(out int items), items, cancellation);
            }
        }

        if (request.Count > 0)
        {
            await sender.SendAsync(url, request.Take(out int items), items, cancellation);
        }
    }

    // A series' own labels win over external ones; null when a rule leaves the series out.
    private Labels? Sent(Labels labels)
    {
        Labels all = external.Count == 0 ? labels : Labels.From(labels.Pairs.Concat(external.Pairs.Where(pair => !labels.Has(pair.Key))));
        if (target.Rules.Count == 0)
        {
            return all;
        }

        var changed = new LabelsBuilder(all);
        return RelabelRule.Apply(target.Rules, changed) && changed.ToLabels() is { Count: > 0 } left ? left : null;
    }

    // What came before forwarding began is not sent on.
    private long Load()
        => File.Exists(Path) && long.TryParse(File.ReadAllText(Path), NumberStyles.None, CultureInfo.InvariantCulture, out long position)
            ? position
            : (time.GetUtcNow() - Margin).ToUnixTimeMilliseconds();

    private void Save(long position)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path + ".next", position.ToString(CultureInfo.InvariantCulture));
        File.Move(Path + ".next", Path, overwrite: true);
        sender.State.Position = position;
    }
}

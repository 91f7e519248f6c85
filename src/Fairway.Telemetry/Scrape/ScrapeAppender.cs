using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Head;

namespace Fairway.Telemetry.Scrape;

/// <summary>
/// Writes the pages of one target into the store, and staleness markers for what is on a page no more. A series is known again
/// by the bytes of its line, so that a page which names the same series costs no labels. Not for several threads.
/// </summary>
internal sealed class ScrapeAppender(MetricStore store, ScrapeTarget target) : IExpositionReader
{
    private const int MostSamples = 200_000;

    private readonly LabelRules _rules = new(store.Options);
    private readonly Dictionary<RawKey, MemorySeries?> _series = [];
    private readonly Dictionary<string, (string Type, string Help, string Unit)> _metadata = [];
    private HashSet<MemorySeries> _present = [];
    private HashSet<MemorySeries> _before = [];
    private MetricBatch _batch = null!;
    private long _now;
    private int _samples;

    /// <summary>What became of a page.</summary>
    /// <param name="Samples">Samples on it.</param>
    /// <param name="Added">Series that were not on the page before.</param>
    public readonly record struct Result(int Samples, int Added);

    /// <summary>Appends a page's samples at a time; the caller commits.</summary>
    /// <exception cref="ExpositionException">It is malformed or too large: nothing more of it is taken.</exception>
    public Result Append(ReadOnlySpan<byte> page, bool openMetrics, long now, MetricBatch batch)
    {
        (_batch, _now, _samples) = (batch, now, 0);
        (_present, _before) = (_before, _present);
        _present.Clear();
        try
        {
            ExpositionParser.Parse(page, openMetrics, this);
        }
        catch (ExpositionException)
        {
            _before.UnionWith(_present);
            _present.Clear();
            End(now, batch);
            throw;
        }

        foreach (MemorySeries gone in _before.Except(_present))
        {
            batch.Append(gone, now, StaleMarker.Value);
        }

        Forget();
        Describe();
        return new Result(_samples, _present.Except(_before).Count());
    }

    /// <summary>Marks all series as ended: the target is gone or did not answer.</summary>
    public void End(long now, MetricBatch batch)
    {
        foreach (MemorySeries series in _present.Concat(_before).Distinct())
        {
            batch.Append(series, now, StaleMarker.Value);
        }

        _present.Clear();
        _before.Clear();
    }

    /// <summary>Appends a series of the scrape itself: <c>up</c> and its like.</summary>
    public void Report(string name, double value, long now, MetricBatch batch)
    {
        if (batch.Series(target.Labels.With(Labels.MetricName, name), out _) is { } series)
        {
            batch.Append(series, now, value);
        }
    }

    void IExpositionReader.Sample(in ExpositionSample sample)
    {
        if (++_samples > MostSamples)
        {
            throw new ExpositionException($"the page has more than {MostSamples} samples");
        }

        RawKey key = RawKey.Of(sample.Metric, 7);
        if (!_series.TryGetValue(key, out MemorySeries? series) || series?.Gone == true)
        {
            _series[key] = series = Make(sample.Metric);
        }

        if (series is null)
        {
            return;
        }

        long time = target.HonorTimestamps && sample.Time is { } said ? said : _now;
        AppendOutcome outcome = _batch.Append(series, time, sample.Value);
        if (outcome is AppendOutcome.Accepted or AppendOutcome.Repeated && (sample.Time is null || !target.HonorTimestamps))
        {
            _present.Add(series);
        }

        if (!sample.Exemplar.IsEmpty && ExpositionParser.Exemplar(sample.Exemplar) is { } exemplar
            && LabelRules.From(exemplar.Labels, out _) is { } labels)
        {
            _batch.Append(series, new Exemplar(labels, exemplar.Time ?? time, exemplar.Value));
        }
    }

    void IExpositionReader.Metadata(string family, string what, string text)
    {
        (string type, string help, string unit) = _metadata.GetValueOrDefault(family, ("unknown", "", ""));
        _metadata[family] = what switch
        {
            "TYPE" => (text == "untyped" ? "unknown" : text, help, unit),
            "HELP" => (type, text, unit),
            _ => (type, help, text),
        };
    }

    private MemorySeries? Make(ReadOnlySpan<byte> metric)
    {
        List<(string Name, string Value)> pairs = ExpositionParser.Labels(metric);
        var labels = new LabelsBuilder();
        foreach ((string name, string value) in pairs)
        {
            labels.Set(name, value);
        }

        for (int index = 0; index < target.Labels.Count; index++)
        {
            (string name, string value) = target.Labels.At(index);
            if (labels[name] is { Length: > 0 } own)
            {
                if (target.HonorLabels)
                {
                    continue;
                }

                string exported = "exported_" + name;
                while (labels[exported].Length > 0)
                {
                    exported = "exported_" + exported;
                }

                labels.Set(exported, own);
            }

            labels.Set(name, value);
        }

        Labels made = labels.ToLabels();
        return made.Name.Length > 0 && _rules.Problem(made) is null ? _batch.Series(made, out _) : null;
    }

    private void Describe()
    {
        foreach ((string family, (string type, string help, string unit)) in _metadata)
        {
            _batch.Describe(family, new MetricMetadata(type, help, unit));
        }

        _metadata.Clear();
    }

    private void Forget()
    {
        if (_series.Count > (2 * _samples) + 1000)
        {
            _series.Clear();
        }
    }
}

using System.Text;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Head;

namespace Fairway.Telemetry.Scrape;

/// <summary>How a page is written.</summary>
internal enum ExpositionFormat
{
    Text,
    OpenMetrics,
    Protobuf,
}

/// <summary>
/// Writes the pages of one target into the store, and staleness markers for what is on a page no more. A page is taken as a whole or
/// not at all. A series is known again by the bytes of its line, so that a page which names the same series costs no labels. Not for
/// several threads.
/// </summary>
internal sealed class ScrapeAppender(MetricStore store, ScrapeTarget target) : IExpositionReader
{
    private const int MostSamples = 500_000;

    private readonly LabelRules _rules = new(store.Options);
    private readonly Dictionary<RawKey, MemorySeries?> _series = [];
    private readonly Dictionary<string, MetricMetadata> _metadata = new(StringComparer.Ordinal);
    private readonly List<Pending> _pending = [];
    private readonly LabelsBuilder _labels = new();
    private HashSet<MemorySeries> _present = [];
    private HashSet<MemorySeries> _before = [];
    private MetricBatch _batch = null!;
    private long _now;
    private int _samples;
    private int _kept;
    private string? _refusal;
    private string _type = "";
    private int _created;

    /// <summary>What became of a page.</summary>
    /// <param name="Samples">Samples on it.</param>
    /// <param name="Kept">Samples that relabelling left.</param>
    /// <param name="Added">Series that were not on the page before.</param>
    /// <param name="Problem">Why it was not taken; null where it was.</param>
    /// <param name="Refusal">Why some of its series were left out; null where all were taken.</param>
    public readonly record struct Result(int Samples, int Kept, int Added, string? Problem, string? Refusal);

    private readonly record struct Pending(MemorySeries Series, long Time, bool OwnTime, double Value, FloatHistogram? Histogram, IReadOnlyList<Exemplar> Exemplars);

    /// <summary>What the target says of its metrics, by family.</summary>
    public IReadOnlyDictionary<string, MetricMetadata> Metadata => _metadata;

    /// <summary>Appends a page's samples at a time; the caller commits.</summary>
    public Result Append(ReadOnlySpan<byte> page, ExpositionFormat format, long now, MetricBatch batch)
    {
        (_batch, _now, _samples, _kept, _created, _refusal, _type) = (batch, now, 0, 0, 0, null, "");
        _pending.Clear();
        string? problem = null;
        try
        {
            if (format == ExpositionFormat.Protobuf)
            {
                ProtobufExposition.Parse(page, this);
            }
            else
            {
                ExpositionParser.Parse(page, format == ExpositionFormat.OpenMetrics, this);
            }

            if (target.Limits.Samples > 0 && _kept > target.Limits.Samples)
            {
                problem = "sample limit exceeded";
            }
        }
        catch (ExpositionException malformed)
        {
            problem = malformed.Message;
        }

        if (problem is not null)
        {
            End(now, batch);
            return new Result(_samples, _kept, _created, problem, null);
        }

        Take(now, batch);
        Forget();
        foreach ((string family, MetricMetadata what) in _metadata)
        {
            batch.Describe(family, what);
        }

        return new Result(_samples, _kept, _created, null, _refusal);
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
        if (Find(sample.Metric) is not { } series)
        {
            return;
        }

        bool own = target.HonorTimestamps && sample.Time is not null;
        long time = own ? sample.Time!.Value : _now;
        IReadOnlyList<Exemplar> exemplars = sample.Exemplar.IsEmpty || Read(sample.Exemplar, time) is not { } exemplar ? [] : [exemplar];
        _pending.Add(new Pending(series, time, own, sample.Value, null, exemplars));
    }

    void IExpositionReader.Histogram(ReadOnlySpan<byte> metric, FloatHistogram histogram, long? time, IReadOnlyList<string> exemplars)
    {
        if (Find(metric) is not { } series)
        {
            return;
        }

        bool own = target.HonorTimestamps && time is not null;
        long at = own ? time!.Value : _now;
        _pending.Add(new Pending(series, at, own, histogram.Sum, histogram, [.. exemplars.Select(text => Read(Encoding.UTF8.GetBytes(text), at)).OfType<Exemplar>()]));
    }

    void IExpositionReader.Metadata(string family, string what, string text)
    {
        MetricMetadata known = _metadata.GetValueOrDefault(family) ?? new MetricMetadata("unknown", "", "");
        _metadata[family] = what switch
        {
            "TYPE" => known with { Type = text == "untyped" ? "unknown" : text },
            "HELP" => known with { Help = text },
            _ => known with { Unit = text },
        };
        _type = what == "TYPE" ? text : _type;
    }

    private void Take(long now, MetricBatch batch)
    {
        (_present, _before) = (_before, _present);
        _present.Clear();
        foreach (Pending sample in _pending)
        {
            // The same series twice on one page: the first counts.
            if (!sample.OwnTime && _present.Contains(sample.Series))
            {
                continue;
            }

            AppendOutcome outcome = sample.Histogram is null
                ? batch.Append(sample.Series, sample.Time, sample.Value)
                : batch.Append(sample.Series, sample.Time, sample.Histogram);
            if (!sample.OwnTime && outcome is AppendOutcome.Accepted or AppendOutcome.Repeated)
            {
                _present.Add(sample.Series);
            }

            foreach (Exemplar exemplar in sample.Exemplars.OrderBy(exemplar => exemplar.Time))
            {
                batch.Append(sample.Series, exemplar);
            }
        }

        foreach (MemorySeries gone in _before)
        {
            if (!_present.Contains(gone))
            {
                batch.Append(gone, now, StaleMarker.Value);
            }
        }
    }

    /// <summary>The series of a line; null when it is dropped or refused.</summary>
    private MemorySeries? Find(ReadOnlySpan<byte> metric)
    {
        if (++_samples > MostSamples)
        {
            throw new ExpositionException($"the page has more than {MostSamples} samples");
        }

        RawKey key = RawKey.Of(metric, _type is "histogram" or "summary" ? 8UL : 7UL);
        if (!_series.TryGetValue(key, out MemorySeries? series) || series?.Gone == true)
        {
            Labels? labels = Make(metric);
            if (labels is null)
            {
                _series[key] = null;
                return null;
            }

            series = _batch.Series(labels, out string? refusal);
            _refusal ??= refusal;
            _kept++;
            if (series is not null)
            {
                _series[key] = series;
                _created++;
            }

            return series;
        }

        _kept += series is null ? 0 : 1;
        return series;
    }

    private Labels? Make(ReadOnlySpan<byte> metric)
    {
        _labels.Reset(Labels.Empty);
        foreach ((string name, string value) in ExpositionParser.Labels(metric))
        {
            _labels.Set(name, (_type, name) is ("histogram", "le") or ("summary", "quantile") && Prometheus.ApiTime.Number(value) is { } bound ? ExpositionParser.Bound(bound) : value);
        }

        AddTarget();
        if (!RelabelRule.Apply(target.MetricRules, _labels))
        {
            return null;
        }

        Labels made = _labels.ToLabels();
        if (made.Count == 0)
        {
            return null;
        }

        if (made.Name.Length == 0)
        {
            throw new ExpositionException("missing metric name (__name__ label)");
        }

        if (made.Pairs.Any(pair => !Names.IsLabelName(pair.Key)))
        {
            throw new ExpositionException($"invalid metric name or label names: {made}");
        }

        if ((Over(made) ?? _rules.Problem(made)) is { } problem)
        {
            throw new ExpositionException(problem);
        }

        return made;
    }

    private void AddTarget()
    {
        Labels own = _labels.ToLabels();
        for (int index = 0; index < target.Labels.Count; index++)
        {
            (string name, string value) = target.Labels.At(index);
            if (own[name] is not { Length: > 0 } said)
            {
                _labels.Set(name, value);
                continue;
            }

            if (target.HonorLabels)
            {
                continue;
            }

            string exported = "exported_" + name;
            while (_labels[exported].Length > 0 || target.Labels.Has(exported))
            {
                exported = "exported_" + exported;
            }

            _labels.Set(exported, said);
            _labels.Set(name, value);
        }
    }

    /// <summary>The target's own limits, in Prometheus' words.</summary>
    private string? Over(Labels labels)
    {
        ScrapeLimits limits = target.Limits;
        string metric = Cut(labels.Name);
        if (limits.Labels > 0 && labels.Count > limits.Labels)
        {
            return $"label_limit exceeded (metric: {metric}, number of labels: {labels.Count}, limit: {limits.Labels})";
        }

        foreach ((string name, string value) in limits is { LabelName: 0, LabelValue: 0 } ? [] : labels.Pairs)
        {
            int nameLength = Encoding.UTF8.GetByteCount(name);
            if (limits.LabelName > 0 && nameLength > limits.LabelName)
            {
                return $"label_name_length_limit exceeded (metric: {metric}, label name: {Cut(name)}, length: {nameLength}, limit: {limits.LabelName})";
            }

            int valueLength = Encoding.UTF8.GetByteCount(value);
            if (limits.LabelValue > 0 && valueLength > limits.LabelValue)
            {
                return $"label_value_length_limit exceeded (metric: {metric}, label name: {Cut(name)}, value: {GoText.Quote(Cut(value))}, length: {valueLength}, limit: {limits.LabelValue})";
            }
        }

        return null;
    }

    private static string Cut(string text) => text.Length > 50 ? text[..50] : text;

    private static Exemplar? Read(ReadOnlySpan<byte> text, long time)
        => ExpositionParser.Exemplar(text) is { } exemplar && LabelRules.From(exemplar.Labels, out _) is { } labels
            ? new Exemplar(labels, exemplar.Time ?? time, exemplar.Value)
            : null;

    private void Forget()
    {
        if (_series.Count > (2 * _samples) + 1000)
        {
            _series.Clear();
        }
    }
}

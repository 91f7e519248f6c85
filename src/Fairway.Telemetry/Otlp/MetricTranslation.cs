using Fairway.PromQL;
using Fairway.Telemetry.Metrics;
using Fairway.Telemetry.Metrics.Head;
using Fairway.Telemetry.Wire;

namespace Fairway.Telemetry.Otlp;

/// <summary>How OTLP metrics become series.</summary>
internal sealed record MetricTranslationOptions
{
    public OtlpTranslation Translation { get; init; } = OtlpTranslation.UnderscoreEscapingWithSuffixes;

    /// <summary>Whether delta points are added up to cumulative ones; otherwise they are refused, as Prometheus does by default.</summary>
    public bool AddDeltas { get; init; }

    /// <summary>Whether what the resource says of service, team, environment and release becomes labels of every series.</summary>
    public bool Identity { get; init; }
}

/// <summary>What became of a request's points.</summary>
internal sealed class TranslationOutcome
{
    private const int MostProblems = 20;
    private readonly List<string> _problems = [];

    public int Accepted { get; set; }

    public int Rejected { get; private set; }

    public string Message => string.Join("; ", _problems);

    public void Reject(string problem, int points = 1)
    {
        Rejected += points;
        if (_problems.Count < MostProblems && !_problems.Contains(problem))
        {
            _problems.Add(problem);
        }
    }
}

/// <summary>
/// Turns an <c>ExportMetricsServiceRequest</c> into samples, by the rules that Prometheus' own receiver follows: names and units,
/// <c>job</c> and <c>instance</c> from the resource, <c>target_info</c>, classic histograms, exponential histograms as native ones.
/// Delta points continue what the store has of the series, so that also a restart loses nothing.
/// </summary>
internal sealed class MetricTranslation(MetricStore store, MetricTranslationOptions options)
{
    private const long TargetInfoStep = 150_000;
    private readonly LabelRules _rules = new(store.Options);

    /// <summary>Decodes and appends; the caller commits.</summary>
    /// <exception cref="ProtoException">It is no such request.</exception>
    public TranslationOutcome Apply(ReadOnlySpan<byte> request, MetricBatch batch)
    {
        var outcome = new TranslationOutcome();
        var reader = new ProtoReader(request);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                Resource(reader.Bytes(), batch, outcome);
            }
            else
            {
                reader.Skip();
            }
        }

        return outcome;
    }

    private void Resource(ReadOnlySpan<byte> data, MetricBatch batch, TranslationOutcome outcome)
    {
        var resource = new OtlpResource();
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                resource = OtlpResource.Read(reader.Bytes());
            }
            else
            {
                reader.Skip();
            }
        }

        var sender = new MetricSender(resource, options);
        var writer = new PointWriter(store, _rules, batch, outcome, sender);
        reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 2)
            {
                Scope(reader.Bytes(), writer);
            }
            else
            {
                reader.Skip();
            }
        }

        TargetInfo(sender, writer);
    }

    private void Scope(ReadOnlySpan<byte> data, PointWriter writer)
    {
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader.Field == 2)
            {
                Metric(reader.Bytes(), writer);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void Metric(ReadOnlySpan<byte> data, PointWriter writer)
    {
        string name = "";
        string description = "";
        string unit = "";
        int kind = 0;
        ReadOnlySpan<byte> points = default;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: name = reader.String(); break;
                case 2: description = reader.String(); break;
                case 3: unit = reader.String(); break;
                case 5 or 7 or 9 or 10 or 11:
                    kind = reader.Field;
                    points = reader.Bytes();
                    break;
                default: reader.Skip(); break;
            }
        }

        (int temporality, bool monotonic) = Aggregation(points);
        OtlpMetricType type = kind switch
        {
            5 => OtlpMetricType.Gauge,
            7 => monotonic ? OtlpMetricType.Counter : OtlpMetricType.UpDownCounter,
            9 or 10 => OtlpMetricType.Histogram,
            11 => OtlpMetricType.Summary,
            _ => OtlpMetricType.Unknown,
        };
        int count = Count(points);
        bool delta = temporality == 1;
        if (kind is 7 or 9 or 10 && (temporality is < 1 or > 2 || (delta && !options.AddDeltas)))
        {
            writer.Outcome.Reject($"invalid temporality and type combination for metric \"{name}\"", count);
            return;
        }

        if (MetricNames.Metric(name, unit, type, options.Translation, out string? problem) is not { } metric)
        {
            writer.Outcome.Reject(problem!, count);
            return;
        }

        if (kind == 0)
        {
            writer.Outcome.Reject("unsupported metric type");
            return;
        }

        if (count > 0)
        {
            writer.Batch.Describe(metric, new MetricMetadata(PrometheusType(kind, monotonic, delta), description, MetricNames.Unit(unit)));
        }

        reader = new ProtoReader(points);
        while (reader.Next())
        {
            if (reader.Field != 1)
            {
                reader.Skip();
                continue;
            }

            switch (kind)
            {
                case 5 or 7: writer.Number(reader.Bytes(), metric, delta); break;
                case 9: writer.Histogram(reader.Bytes(), metric, delta); break;
                case 10: writer.Exponential(reader.Bytes(), metric, delta); break;
                default: writer.Summary(reader.Bytes(), metric); break;
            }
        }
    }

    private static string PrometheusType(int kind, bool monotonic, bool delta) => kind switch
    {
        5 => "gauge",
        7 => monotonic || delta ? "counter" : "gauge",
        9 or 10 => "histogram",
        _ => "summary",
    };

    private static (int Temporality, bool Monotonic) Aggregation(ReadOnlySpan<byte> data)
    {
        int temporality = 0;
        bool monotonic = false;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            if (reader is { Field: 2, Type: WireType.Varint })
            {
                temporality = reader.Int32();
            }
            else if (reader is { Field: 3, Type: WireType.Varint })
            {
                monotonic = reader.Bool();
            }
            else
            {
                reader.Skip();
            }
        }

        return (temporality, monotonic);
    }

    private static int Count(ReadOnlySpan<byte> data)
    {
        int count = 0;
        var reader = new ProtoReader(data);
        while (reader.Next())
        {
            count += reader.Field == 1 ? 1 : 0;
            reader.Skip();
        }

        return count;
    }

    /// <summary>The resource's other attributes as one series of its own, at least every half of the lookback.</summary>
    private static void TargetInfo(MetricSender sender, PointWriter writer)
    {
        if (writer.Earliest > writer.Latest || sender.TargetInfo() is not { } labels)
        {
            return;
        }

        for (long time = writer.Earliest; time < writer.Latest; time += TargetInfoStep)
        {
            writer.Information(labels, time);
        }

        writer.Information(labels, writer.Latest);
        writer.Batch.Describe("target_info", new MetricMetadata("gauge", "Target metadata", ""));
    }
}

/// <summary>Who sends, as labels: computed once for a resource.</summary>
internal sealed class MetricSender
{
    private static readonly string[] Identifying = ["service.namespace", "service.name", "service.instance.id"];

    private readonly OtlpResource _resource;
    private readonly MetricTranslationOptions _options;

    public MetricSender(OtlpResource resource, MetricTranslationOptions options)
    {
        _resource = resource;
        _options = options;
        string service = resource["service.name"];
        string @namespace = resource["service.namespace"];
        Job = service.Length > 0 && @namespace.Length > 0 ? $"{@namespace}/{service}" : service;
        Instance = resource["service.instance.id"];
        Identity = options.Identity ? ResourceIdentity.Of(resource) : [];
    }

    public string Job { get; }

    public string Instance { get; }

    /// <summary>Service, team, environment and release, where the resource says them.</summary>
    public IReadOnlyList<(string Name, string Value)> Identity { get; }

    /// <summary>Adds attributes as labels: names that become equal share one label, their values joined.</summary>
    public void Put(LabelsBuilder into, List<(string Key, object? Value)> attributes)
    {
        attributes.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        foreach ((string key, object? value) in attributes)
        {
            if (key == Labels.MetricName || MetricNames.Label(key, _options.Translation) is not { } name)
            {
                continue;
            }

            string text = OtlpAttributes.Text(value);
            into.Set(name, into[name] is { Length: > 0 } before ? $"{before};{text}" : text);
        }
    }

    public void PutSender(LabelsBuilder into)
    {
        foreach ((string name, string value) in Identity)
        {
            if (into[name].Length == 0)
            {
                into.Set(name, value);
            }
        }

        if (Job.Length > 0)
        {
            into.Set("job", Job);
        }

        if (Instance.Length > 0)
        {
            into.Set("instance", Instance);
        }
    }

    /// <summary>The labels of <c>target_info</c>; null when the resource says nothing beyond its identity.</summary>
    public Labels? TargetInfo()
    {
        List<(string, object?)> rest = [.. _resource.Attributes.Where(attribute => !Identifying.Contains(attribute.Key))];
        if (rest.Count == 0 || (Job.Length == 0 && Instance.Length == 0))
        {
            return null;
        }

        var labels = new LabelsBuilder();
        Put(labels, rest);
        PutSender(labels);
        return labels.Set(Labels.MetricName, "target_info").ToLabels();
    }
}

/// <summary>What a resource says of the things that the platform knows: the labels that need no join.</summary>
internal static class ResourceIdentity
{
    /// <summary>The labels; an attribute with <c>fairway.</c> before its name sets one.</summary>
    public static readonly IReadOnlyList<string> Names = ["service", "team", "environment", "release"];

    public static IReadOnlyList<(string Name, string Value)> Of(OtlpResource resource)
    {
        var identity = new List<(string, string)>(4);
        Add("service", "fairway.service", "service.name");
        Add("team", "fairway.team", "service.owner", "team");
        Add("environment", "fairway.environment", "deployment.environment.name", "deployment.environment");
        Add("release", "fairway.release", "service.version");
        return identity;

        void Add(string label, params ReadOnlySpan<string> keys)
        {
            foreach (string key in keys)
            {
                if (resource[key] is { Length: > 0 } value)
                {
                    identity.Add((label, value));
                    return;
                }
            }
        }
    }
}

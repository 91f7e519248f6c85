namespace Fairway.Telemetry.Slos;

/// <summary>What metric sources ask, and of whom.</summary>
internal sealed class MetricSources(Func<string, string, OpenSloNode?> find)
{
    /// <summary>The PromQL of a metric source. Other kinds of source cannot be asked.</summary>
    public string? Query(OpenSloNode metric)
    {
        if (metric.Object("metricSource", required: true) is not { } source)
        {
            return null;
        }

        string? reference = source.Text("metricSourceRef");
        string? type = source.Text("type");
        if (reference is not null && type is null)
        {
            OpenSloNode? named = find("DataSource", reference);
            if (named is null)
            {
                source.Problem("metricSourceRef", $"there is no DataSource \"{reference}\" in the files");
                return null;
            }

            type = named.Object("spec", required: true)?.Text("type", required: true);
        }

        // The published examples write "Any" where the kind of source does not matter.
        if (type is not null && !type.Equals("Prometheus", StringComparison.OrdinalIgnoreCase) && !type.Equals("Any", StringComparison.OrdinalIgnoreCase))
        {
            source.Problem("type", $"\"{type}\" cannot be asked; expected Prometheus (any source of PromQL)");
            return null;
        }

        return source.Object("spec", required: true) is { } spec
            ? spec.Text("query") ?? spec.Text("promql") ?? Missing(spec)
            : null;

        static string? Missing(OpenSloNode spec)
        {
            spec.Problem("query", "is required: an expression in PromQL");
            return null;
        }
    }
}

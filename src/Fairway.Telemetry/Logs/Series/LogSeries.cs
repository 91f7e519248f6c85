using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query;
using Fairway.Telemetry.Logs.Query.Evaluation;
using Fairway.Telemetry.Logs.Query.Syntax;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Logs.Series;

/// <summary>
/// Numbers made of lines as series of PromQL: a selector <c>{__logql__='rate({app="web"} |= "timeout" [5m])'}</c> is answered by the log
/// store, computed at the steps of the query around it, and ends (with a staleness marker) where there is no value. Its other
/// matchers choose among the results.
/// </summary>
internal sealed class LogSeries(LogStore store)
{
    /// <summary>The label that holds the query.</summary>
    public const string Label = "__logql__";

    private const long UsualStep = 15_000;
    private const long LeastStep = 1000;
    private const int MostPoints = 11_000;
    private const long PerMillisecond = 1_000_000;

    private readonly LogQueryEngine _engine = new(store);

    /// <summary>The series of a selector; null when it asks for stored ones.</summary>
    /// <exception cref="PromQLException">The query of lines cannot be read or answered.</exception>
    public IEnumerable<ISeries>? Select(SeriesQuery query, CancellationToken cancellation)
    {
        LabelMatcher? asked = query.Matchers.FirstOrDefault(matcher => matcher.Name == Label);
        if (asked is null)
        {
            return null;
        }

        if (asked.Type != MatchType.Equal)
        {
            throw new PromQLException(QueryErrorKind.BadData, $"{Label} takes one query: use {Label}='...'");
        }

        long step = Math.Max(LeastStep, query.Step > 0 ? query.Step : UsualStep);
        step = query.Range > 0 ? Math.Max(LeastStep, Math.Min(step, query.Range / 4)) : step;
        long first = query is { Step: 0, Range: 0 } ? query.To : query.To - ((query.To - query.From) / step * step);
        if ((query.To - first) / step > MostPoints)
        {
            throw new PromQLException(QueryErrorKind.BadData, $"{Label}: more than {MostPoints} points per series: use a larger step");
        }

        try
        {
            LogQuery parsed = LogQueryParser.Parse(asked.Value);
            IReadOnlyList<NumberSeries> found = _engine.Numbers(parsed, first * PerMillisecond, query.To * PerMillisecond, step * PerMillisecond, cancellation);
            LabelMatcher[] others = [.. query.Matchers.Where(matcher => matcher.Name != Label && matcher.Name != Labels.MetricName)];
            return [.. found.Where(series => others.All(matcher => matcher.Matches(series.Labels[matcher.Name]))).Select(series => new Computed(VectorEvaluation.Filled(series.Labels), series.Values, first, step))];
        }
        catch (LogQueryException refused)
        {
            throw new PromQLException(QueryErrorKind.BadData, $"{Label}: {refused.Message}", refused);
        }
    }

    private sealed class Computed(Labels labels, double?[] values, long first, long step) : ISeries
    {
        public Labels Labels => labels;

        public void Read(long from, long to, SampleBuffer into)
        {
            bool had = false;
            for (int index = 0; index < values.Length; index++)
            {
                long at = first + (index * step);
                if (at < from || at > to)
                {
                    continue;
                }

                if (values[index] is { } value)
                {
                    into.Append(at, value);
                }
                else if (had)
                {
                    into.Append(at, StaleMarker.Value);
                }

                had = values[index] is not null;
            }
        }
    }
}

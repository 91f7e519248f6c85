using Fairway.PromQL;
using Fairway.PromQL.Parsing;

namespace Fairway.Telemetry.Rules;

/// <summary>What rules are evaluated with.</summary>
/// <param name="Engine">Answers queries.</param>
/// <param name="Source">Where series are read.</param>
/// <param name="Append">Stores results; staleness markers among them.</param>
/// <param name="Notify">Takes alerts that fire or have ended.</param>
/// <param name="ExternalLabels">Labels of this server.</param>
/// <param name="ExternalUrl">Where this server is reached.</param>
public sealed record RuleContext(
    PromQLEngine Engine,
    ISeriesSource Source,
    Func<IReadOnlyList<Sample>, CancellationToken, ValueTask> Append,
    Action<IReadOnlyList<SentAlert>> Notify,
    IReadOnlyDictionary<string, string> ExternalLabels,
    string ExternalUrl)
{
    internal IReadOnlyList<Sample> Query(string query, long time, CancellationToken cancellation)
        => Query(PromQLParser.Parse(query, Engine.Options.Parser), query, time, cancellation);

    internal IReadOnlyList<Sample> Query(Expression expression, string query, long time, CancellationToken cancellation)
        => Engine.Instant(Source, expression, query, time, QueryOptions.Default, cancellation).Value switch
        {
            VectorValue vector => vector.Samples,
            ScalarValue scalar => [new Sample(Labels.Empty, time, scalar.Value)],
            _ => throw new PromQLException(QueryErrorKind.Execution, "rule result is not a vector or scalar"),
        };
}

using Fairway.PromQL;
using Fairway.PromQL.Parsing;

namespace Fairway.Telemetry.Rules;

/// <summary>Rules as written: a file, a resource, or text made by the program.</summary>
/// <param name="Name">Where they come from; the API's <c>file</c>.</param>
/// <param name="Groups">Groups in the order written.</param>
public sealed record RuleFile(string Name, IReadOnlyList<RuleGroupSpec> Groups);

/// <summary>Rules that are evaluated one after the other.</summary>
/// <param name="Name">Unique in its file.</param>
/// <param name="Interval">Time between evaluations; null for the default.</param>
/// <param name="QueryOffset">How far back it looks; null for none.</param>
/// <param name="Limit">Most alerts or series a rule may yield; 0 for any number.</param>
/// <param name="Rules">The rules.</param>
public sealed record RuleGroupSpec(string Name, TimeSpan? Interval, TimeSpan? QueryOffset, int Limit, IReadOnlyList<RuleSpec> Rules);

/// <summary>A recording or alerting rule.</summary>
/// <param name="Name">The recorded metric's or the alert's name.</param>
/// <param name="IsAlert">Whether it alerts.</param>
/// <param name="Query">The expression.</param>
/// <param name="Expression">The expression, parsed.</param>
/// <param name="For">How long an alert has to last before it fires.</param>
/// <param name="KeepFiringFor">How long an alert goes on firing after its expression has stopped to hold.</param>
/// <param name="Labels">Labels to add or, when empty, to remove; templates for alerts.</param>
/// <param name="Annotations">Texts of an alert; templates.</param>
public sealed record RuleSpec(
    string Name,
    bool IsAlert,
    string Query,
    Expression Expression,
    TimeSpan For,
    TimeSpan KeepFiringFor,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations);

/// <summary>Rules that cannot be read, with every problem found.</summary>
public sealed class RuleFileException(IReadOnlyList<string> problems) : Exception(string.Join('\n', problems))
{
    /// <summary>What is wrong, each naming its place.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}

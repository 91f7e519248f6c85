using System.Collections.Frozen;

namespace Fairway.Pipelines.Expressions;

/// <summary>Which contexts and special functions may be named where an expression stands; each workflow key has its own.</summary>
public sealed class ExpressionScope
{
    private static readonly FrozenDictionary<string, (int Min, int Max)> Everywhere = new Dictionary<string, (int, int)>
    {
        ["contains"] = (2, 2),
        ["startsWith"] = (2, 2),
        ["endsWith"] = (2, 2),
        ["format"] = (1, 255),
        ["join"] = (1, 2),
        ["toJson"] = (1, 1),
        ["fromJson"] = (1, 1),
        ["case"] = (3, 255),
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private readonly FrozenSet<string> _contexts;
    private readonly FrozenDictionary<string, (int Min, int Max)> _functions;

    /// <param name="contexts">Names of contexts.</param>
    /// <param name="functions">Functions beyond those that are available everywhere, with the least and most arguments.</param>
    public ExpressionScope(IEnumerable<string> contexts, params (string Name, int Min, int Max)[] functions)
    {
        _contexts = contexts.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _functions = functions.ToFrozenDictionary(f => f.Name, f => (f.Min, f.Max), StringComparer.OrdinalIgnoreCase);
    }

    public IReadOnlyCollection<string> Contexts => _contexts;

    public bool HasContext(string name) => _contexts.Contains(name);

    internal (int Min, int Max)? FindFunction(string name)
        => _functions.TryGetValue(name, out (int, int) own) ? own
            : Everywhere.TryGetValue(name, out (int, int) general) ? general
            : null;
}

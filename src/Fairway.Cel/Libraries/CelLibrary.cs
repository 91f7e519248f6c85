using Fairway.Cel.Syntax;

namespace Fairway.Cel;

/// <summary>A set of functions and macros that environments take in as one.</summary>
public sealed class CelLibrary
{
    public CelLibrary(string name, params CelFunction[] functions)
    {
        Name = name;
        Functions = functions;
    }

    public string Name { get; }

    public IReadOnlyList<CelFunction> Functions { get; }

    internal IReadOnlyList<Macro> Macros { get; init; } = [];

    /// <summary>Names that stand for values: constants, opaque types.</summary>
    public IReadOnlyDictionary<string, CelValue> Constants { get; init; } = new Dictionary<string, CelValue>();
}

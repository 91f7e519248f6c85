using Fairway.Cel.Syntax;

namespace Fairway.Cel.Costs;

/// <summary>A part of an expression as costs of calls see it.</summary>
/// <param name="Path">The way from a variable to it, or null when it is no part of one.</param>
/// <param name="Type">Its type.</param>
/// <param name="Size">Its size, as far as it is known.</param>
/// <param name="Expr">The part; null for the elements of a list.</param>
internal sealed record CostNode(string[]? Path, CelType Type, CostRange? Size, Expr? Expr);

/// <summary>What a call may cost, without its arguments, and how large its result may be.</summary>
internal readonly record struct CallCost(CostRange Cost, CostRange? Result = null);

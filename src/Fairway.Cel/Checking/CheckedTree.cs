using Fairway.Cel.Syntax;

namespace Fairway.Cel.Checking;

/// <summary>What a node means, as the checker found it.</summary>
internal sealed record Reference(string? Name = null, CelValue? Constant = null, CelOverload[]? Overloads = null, bool IsNamespaced = false);

/// <summary>A tree with, for each node id, its type and what it refers to.</summary>
internal sealed record CheckedTree(Expr Root, CelType[] Types, Reference?[] References)
{
    public CelType Type(Expr expr) => Types[expr.Id];

    public Reference? Refers(Expr expr) => References[expr.Id];
}

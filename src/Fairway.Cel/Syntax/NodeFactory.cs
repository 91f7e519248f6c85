namespace Fairway.Cel.Syntax;

/// <summary>Makes nodes with fresh ids.</summary>
internal sealed class NodeFactory
{
    public int Count { get; private set; }

    private int Next() => Count++;

    public ConstExpr Const(Place place, CelValue value) => new(Next(), place, value);

    public IdentExpr Ident(Place place, string name) => new(Next(), place, name);

    public SelectExpr Select(Place place, Expr operand, string field) => new(Next(), place, operand, field);

    public SelectExpr Test(Place place, Expr operand, string field, CallExpr written) => new(Next(), place, operand, field, testOnly: true) { MacroCall = written };

    public CallExpr Call(Place place, string function, Expr? target, params Expr[] args) => new(Next(), place, function, target, args);

    public CallExpr Call(Place place, CallExpr written, string function, params Expr[] args) => new(Next(), place, function, null, args) { MacroCall = written };

    public ListExpr List(Place place, Expr[] elements, bool[]? optional = null) => new(Next(), place, elements, optional);

    public MapExpr Map(Place place, MapEntry[] entries) => new(Next(), place, entries);

    public StructExpr Struct(Place place, string typeName, FieldInit[] fields) => new(Next(), place, typeName, fields);

    public LoopExpr Loop(Place place, LoopParts parts, CallExpr? written) => new(Next(), place, parts) { MacroCall = written };
}

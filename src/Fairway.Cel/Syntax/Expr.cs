namespace Fairway.Cel.Syntax;

/// <summary>Where a node stands in the text (UTF-16 units) and where a caret points when it is at fault.</summary>
internal readonly record struct Place(int Start, int End, int Caret);

/// <summary>A node of the syntax tree. Ids are dense from 0, so that the checker's findings are arrays.</summary>
internal abstract class Expr(int id, Place place)
{
    public int Id { get; } = id;

    public Place Place { get; } = place;

    public int Caret => Place.Caret;

    public abstract int Depth { get; }

    /// <summary>The call as written, when a macro made this node of it.</summary>
    public CallExpr? MacroCall { get; init; }

    protected static int Deepest(IEnumerable<Expr> parts)
    {
        int depth = 0;
        foreach (Expr part in parts)
        {
            depth = Math.Max(depth, part.Depth);
        }

        return depth + 1;
    }
}

internal sealed class ConstExpr(int id, Place place, CelValue value) : Expr(id, place)
{
    public CelValue Value { get; } = value;

    public override int Depth => 1;
}

internal sealed class IdentExpr(int id, Place place, string name) : Expr(id, place)
{
    /// <summary>With a leading dot when written so: resolved from the root only.</summary>
    public string Name { get; } = name;

    public override int Depth => 1;
}

internal sealed class SelectExpr(int id, Place place, Expr operand, string field, bool testOnly = false) : Expr(id, place)
{
    public Expr Operand { get; } = operand;

    public string Field { get; } = field;

    /// <summary>True for <c>has(operand.field)</c>.</summary>
    public bool TestOnly { get; } = testOnly;

    public override int Depth { get; } = operand.Depth + 1;
}

internal sealed class CallExpr(int id, Place place, string function, Expr? target, Expr[] args) : Expr(id, place)
{
    public string Function { get; } = function;

    public Expr? Target { get; } = target;

    public Expr[] Args { get; } = args;

    public override int Depth { get; } = Math.Max(target?.Depth + 1 ?? 1, Deepest(args));
}

internal sealed class ListExpr(int id, Place place, Expr[] elements, bool[]? optional = null) : Expr(id, place)
{
    public Expr[] Elements { get; } = elements;

    /// <summary>Marks elements written <c>?e</c>; null when there are none.</summary>
    public bool[]? Optional { get; } = optional;

    public override int Depth { get; } = Deepest(elements);
}

internal readonly record struct MapEntry(Expr Key, Expr Value, bool Optional);

internal sealed class MapExpr(int id, Place place, MapEntry[] entries) : Expr(id, place)
{
    public MapEntry[] Entries { get; } = entries;

    public override int Depth { get; } = Deepest(entries.SelectMany(entry => new[] { entry.Key, entry.Value }));
}

internal readonly record struct FieldInit(string Name, Expr Value, bool Optional, int Caret);

internal sealed class StructExpr(int id, Place place, string typeName, FieldInit[] fields) : Expr(id, place)
{
    public string TypeName { get; } = typeName;

    public FieldInit[] Fields { get; } = fields;

    public override int Depth { get; } = Deepest(fields.Select(field => field.Value));
}

/// <summary>A loop over a list's elements or a map's keys (with two variables: index and element, or key and value).</summary>
internal sealed class LoopExpr(int id, Place place, LoopParts parts) : Expr(id, place)
{
    public LoopParts Parts { get; } = parts;

    public override int Depth { get; } = Deepest([parts.Range, parts.Init, parts.Condition, parts.Step, parts.Result]);
}

internal sealed record LoopParts(string Variable, string? Variable2, Expr Range, string Accumulator, Expr Init, Expr Condition, Expr Step, Expr Result);

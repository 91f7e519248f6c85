namespace Fairway.Cel.Syntax;

/// <summary>Goes through a tree.</summary>
internal static class Walk
{
    /// <summary>The node and everything below it.</summary>
    public static IEnumerable<Expr> All(Expr root)
    {
        var open = new Stack<Expr>();
        open.Push(root);
        while (open.TryPop(out Expr? expr))
        {
            yield return expr;
            foreach (Expr child in Children(expr))
            {
                open.Push(child);
            }
        }
    }

    /// <summary>The nodes right below.</summary>
    public static IEnumerable<Expr> Children(Expr expr) => expr switch
    {
        SelectExpr select => [select.Operand],
        CallExpr call => call.Target is null ? call.Args : [call.Target, .. call.Args],
        ListExpr list => list.Elements,
        MapExpr map => map.Entries.SelectMany(entry => new[] { entry.Key, entry.Value }),
        StructExpr message => message.Fields.Select(field => field.Value),
        LoopExpr loop => [loop.Parts.Range, loop.Parts.Init, loop.Parts.Condition, loop.Parts.Step, loop.Parts.Result],
        _ => [],
    };
}

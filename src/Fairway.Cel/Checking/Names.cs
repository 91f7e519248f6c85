using Fairway.Cel.Syntax;

namespace Fairway.Cel.Checking;

/// <summary>How a name is looked up from inside a container.</summary>
internal static class Names
{
    /// <summary>The full names that a written name may mean, most specific first. A leading dot means the root only.</summary>
    public static IEnumerable<string> Candidates(string container, string name)
    {
        if (name.StartsWith('.'))
        {
            yield return name[1..];
            yield break;
        }

        for (string scope = container; scope.Length > 0;)
        {
            yield return $"{scope}.{name}";
            int dot = scope.LastIndexOf('.');
            scope = dot < 0 ? "" : scope[..dot];
        }

        yield return name;
    }

    /// <summary>The dotted name that a chain of selections spells, or null when it is not only names.</summary>
    public static string? Qualified(Expr expr) => expr switch
    {
        IdentExpr ident => ident.Name,
        SelectExpr { TestOnly: false, MacroCall: null } select when Qualified(select.Operand) is { } prefix => $"{prefix}.{select.Field}",
        _ => null,
    };

    /// <summary>The first name of a dotted one.</summary>
    public static string First(string name)
    {
        int dot = name.IndexOf('.', 1);
        return dot < 0 ? name : name[..dot];
    }
}

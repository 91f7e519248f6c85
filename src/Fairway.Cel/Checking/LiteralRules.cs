using Fairway.Cel.Evaluation;
using Fairway.Cel.Libraries;
using Fairway.Cel.Syntax;

namespace Fairway.Cel.Checking;

/// <summary>
/// What Kubernetes' API server demands of literals beyond their types, as cel-go's validators have it: the elements of a list or
/// map are of one type (but for the arguments of <c>format</c>), and durations, timestamps, patterns and format strings that are
/// written out are good ones. One pass over the tree.
/// </summary>
internal sealed class LiteralRules(CheckedTree tree, Issues issues)
{
    public static void Check(CheckedTree tree, Issues issues) => new LiteralRules(tree, issues).Visit(tree.Root, isExempt: false);

    private void Visit(Expr expr, bool isExempt)
    {
        switch (expr)
        {
            case CallExpr call:
                Argument(call);
                Format(call);
                isExempt |= call.Function == "format";
                break;
            case ListExpr list when !isExempt:
                OneType(list.Elements.Select((element, index) => (element, list.Optional?[index] == true)), stopsAtFirst: true);
                break;
            case MapExpr map when !isExempt:
                OneType(map.Entries.Select(entry => (entry.Key, false)), stopsAtFirst: false);
                OneType(map.Entries.Select(entry => (entry.Value, entry.Optional)), stopsAtFirst: false);
                break;
        }

        foreach (Expr child in Walk.Children(expr))
        {
            Visit(child, isExempt);
        }
    }

    private void OneType(IEnumerable<(Expr Expr, bool IsOptional)> elements, bool stopsAtFirst)
    {
        CelType? first = null;
        foreach ((Expr element, bool isOptional) in elements)
        {
            CelType type = isOptional && tree.Type(element).IsOptional ? tree.Type(element).Element : tree.Type(element);
            first ??= type;
            if (!first.Equals(type))
            {
                Fail(element, $"expected type '{first}' but found '{type}'");
                if (stopsAtFirst)
                {
                    return;
                }
            }
        }
    }

    private void Argument(CallExpr call)
    {
        if (call.Args is not [ConstExpr literal, ..])
        {
            return;
        }

        bool isGood = call.Function switch
        {
            "duration" or "timestamp" => !Called(call, literal.Value).IsError,
            "matches" => literal.Value.Kind != CelKind.String || Re2.Compile(literal.Value.StringValue, "").Regex is not null,
            _ => true,
        };
        if (!isGood)
        {
            Fail(literal, $"invalid {call.Function} argument");
        }
    }

    private CelValue Called(CallExpr call, CelValue argument)
        => tree.Refers(call)?.Overloads?.FirstOrDefault(overload => overload.Accepts([argument]))?.Invoke([argument]) ?? argument;

    private void Format(CallExpr call)
    {
        if (call is not { Function: "format", Target: ConstExpr { Value.Kind: CelKind.String } pattern, Args: [ListExpr list] }
            || tree.Refers(call)?.Overloads?.Any(overload => overload.Id == FormatLibrary.OverloadId) == false)
        {
            return;
        }

        Expr at = call;
        CelValue result = FormatLibrary.Interpolate(
            pattern.Value.StringValue,
            list.Elements.Length,
            (verb, _, index) => FormatLibrary.Takes(verb) is not { } takes ? null
                : Unfit(list.Elements[index], takes, verb == 's') is { } unfit ? FormatLibrary.Refuse(verb, tree.Type(at = unfit))
                : CelValue.Of(""),
            out int used);
        if (result.IsError)
        {
            Fail(at, result.Error!.Message);
        }
        else if (used < list.Elements.Length)
        {
            Fail(call, $"too many arguments supplied to string.format (expected {used}, got {list.Elements.Length})");
        }
    }

    /// <summary>The argument, or the part of it, that the clause does not take.</summary>
    private Expr? Unfit(Expr argument, IReadOnlyList<CelTypeKind> takes, bool goesInside)
    {
        CelType type = tree.Type(argument);
        if (!type.IsDyn && !takes.Contains(type.Kind))
        {
            return argument;
        }

        IEnumerable<Expr> parts = !goesInside ? [] : argument switch
        {
            ListExpr list => list.Elements,
            MapExpr map => map.Entries.SelectMany(entry => new[] { entry.Key, entry.Value }),
            _ => [],
        };
        return parts.Select(part => Unfit(part, takes, goesInside)).FirstOrDefault(unfit => unfit is not null);
    }

    private void Fail(Expr at, string message) => issues.Add(at.Caret, Math.Max(1, at.Place.End - at.Caret), message);
}

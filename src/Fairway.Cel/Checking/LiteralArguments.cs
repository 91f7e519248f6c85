using Fairway.Cel.Libraries;
using Fairway.Cel.Syntax;

namespace Fairway.Cel.Checking;

/// <summary>Texts that a function is given literally and could never read: patterns, durations and points in time.</summary>
internal static class LiteralArguments
{
    public static void Check(Expr root, Issues issues)
    {
        foreach (CallExpr call in Walk.All(root).OfType<CallExpr>())
        {
            if (call.Args is [ConstExpr { Value.Kind: CelKind.String } text, ..] && !CanRead(call.Function, text.Value.StringValue))
            {
                issues.Add(text.Caret, Math.Max(1, text.Place.End - text.Caret), $"invalid {call.Function} argument");
            }
        }
    }

    private static bool CanRead(string function, string text) => function switch
    {
        "matches" => Re2.Compile(text, "").Failure is null,
        "duration" => TimeText.ParseDuration(text) is not null,
        "timestamp" => TimeText.Parse(text) is not null,
        _ => true,
    };
}

using System.Globalization;

namespace Fairway.Node.Runtimes.Process;

/// <summary>Signal names as images give them (<c>SIGQUIT</c>, <c>QUIT</c>, <c>3</c>), in Linux' numbers.</summary>
internal static class StopSignals
{
    private static readonly Dictionary<string, int> Numbers = new(StringComparer.OrdinalIgnoreCase)
    {
        ["HUP"] = 1,
        ["INT"] = 2,
        ["QUIT"] = 3,
        ["KILL"] = 9,
        ["USR1"] = 10,
        ["USR2"] = 12,
        ["TERM"] = 15,
        ["WINCH"] = 28,
    };

    /// <summary>The number; SIGTERM for a name that is absent or not a signal to stop with.</summary>
    public static int Number(string? name)
    {
        string text = name ?? "";
        string bare = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        return int.TryParse(bare, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and < 65
            ? number
            : Numbers.GetValueOrDefault(bare, Native.SigTerm);
    }
}

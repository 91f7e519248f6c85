using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

/// <summary>
/// How properties are run here: the same cases in every run, so that a failure is a change of ours and a good run stays good.
/// FAIRWAY_SEED (a number) looks at other cases, FAIRWAY_CASES at more of them for each property.
/// </summary>
internal static class PropertyRuns
{
    private const ulong Seed = 7;

    /// <param name="property">What has to hold.</param>
    /// <param name="cases">How many cases are tried when FAIRWAY_CASES does not say.</param>
    /// <param name="size">How large the largest cases grow; FsCheck's own measure when it is not given.</param>
    public static void ShouldHold(this Property property, int cases = 100, int? size = null)
    {
        ulong seed = Number("FAIRWAY_SEED") is { } given ? (ulong)given : Seed;
        Config config = Config.QuickThrowOnFailure.WithMaxTest((int?)Number("FAIRWAY_CASES") ?? cases).WithReplay(seed, 2 * seed + 1);
        property.Check(size is { } end ? config.WithEndSize(end) : config);
    }

    private static long? Number(string variable)
        => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : null;
}

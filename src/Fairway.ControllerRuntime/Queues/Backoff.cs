namespace Fairway.ControllerRuntime;

/// <summary>How long to wait after the n-th failure in a row: doubling from <paramref name="First"/> up to <paramref name="Cap"/>.</summary>
/// <param name="First">The wait after the first failure.</param>
/// <param name="Cap">The longest wait.</param>
public sealed record Backoff(TimeSpan First, TimeSpan Cap)
{
    /// <summary>5 ms to 30 s, for single objects.</summary>
    public static Backoff OfKeys { get; } = new(TimeSpan.FromMilliseconds(5), TimeSpan.FromSeconds(30));

    /// <summary>100 ms to 30 s, for connections and whole parts.</summary>
    public static Backoff OfParts { get; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(30));

    /// <summary>The wait after this many failures in a row; zero for none.</summary>
    public TimeSpan After(int failures)
    {
        if (failures <= 0)
        {
            return TimeSpan.Zero;
        }

        double exact = First.TotalMilliseconds * Math.Pow(2, Math.Min(failures - 1, 60));
        return exact >= Cap.TotalMilliseconds ? Cap : TimeSpan.FromMilliseconds(exact);
    }
}

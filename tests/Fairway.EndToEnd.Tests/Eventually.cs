namespace Fairway.EndToEnd.Tests;

/// <summary>Waits for conditions of the world outside of this process.</summary>
internal static class Eventually
{
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> probe, TimeSpan? patience = null)
        where T : class
    {
        TimeSpan limit = patience ?? TimeSpan.FromSeconds(60);
        long start = TimeProvider.System.GetTimestamp();
        Exception? last = null;
        while (TimeProvider.System.GetElapsedTime(start) < limit)
        {
            try
            {
                if (await probe() is { } found)
                {
                    return found;
                }
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                last = failed;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        throw new TimeoutException($"waited {limit.TotalSeconds:0} s in vain for {what}", last);
    }

    public static Task TrueAsync(string what, Func<Task<bool>> probe, TimeSpan? patience = null)
        => GetAsync(what, async () => await probe() ? what : null, patience);
}

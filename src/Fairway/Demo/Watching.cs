using Fairway.Client;
using Fairway.Resources;

namespace Fairway.Demo;

/// <summary>Waits for resources to become something, by watch; survives the platform's restart.</summary>
internal static class Watching
{
    /// <summary>The first object of a kind that satisfies the predicate, now or later.</summary>
    /// <exception cref="TimeoutException">None did in time; the message names what was waited for.</exception>
    public static async Task<T> UntilAsync<T>(
        Func<IClusterApi> api, string @namespace, string what, TimeSpan patience, Func<T, bool> predicate, CancellationToken cancellation)
        where T : class, IResource
    {
        using var deadline = new CancellationTokenSource(patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            while (true)
            {
                if (await FirstAsync(api(), @namespace, predicate, either.Token) is { } found)
                {
                    return found;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, either.Token);
            }
        }
        catch (OperationCanceledException late) when (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"waited {patience.TotalSeconds:0} s in vain for {what}", late);
        }
    }

    private static async Task<T?> FirstAsync<T>(IClusterApi api, string @namespace, Func<T, bool> predicate, CancellationToken cancellation)
        where T : class, IResource
    {
        try
        {
            await foreach (WatchEvent change in api.WatchAsync(KindOf<T>.Type, @namespace, new WatchOptions(), cancellation))
            {
                if (change.Type is WatchEventType.Added or WatchEventType.Modified && predicate(change.Object.As<T>()))
                {
                    return change.Object.As<T>();
                }
            }
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException or StatusException)
        {
            // The platform is restarting, or ended the stream: watch again from what is there then.
        }

        return null;
    }
}

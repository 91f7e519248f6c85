using System.Net;

namespace Fairway.Client;

/// <summary>
/// Asks again where a server that has too much to do says when: 429 or 503 with a Retry-After, which API priority and fairness
/// gives with requests that it has not begun.
/// </summary>
internal static class Throttling
{
    /// <summary>How often the same request is sent again.</summary>
    public const int MaxRetries = 5;

    /// <summary>Who is told to wait for longer is refused at once: callers have pauses of their own, and other work.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(10);

    /// <summary>Sends a request until it is not throttled any more, and at most <see cref="MaxRetries"/> times again.</summary>
    /// <param name="make">Makes the request, once for every time that it is sent.</param>
    /// <returns>The last answer, whatever it is; the caller disposes it.</returns>
    public static async Task<HttpResponseMessage> SendAsync(
        HttpClient http, Func<HttpRequestMessage> make, HttpCompletionOption completion, TimeProvider time, CancellationToken cancellation)
    {
        for (int retries = 0; ; retries++)
        {
            using HttpRequestMessage request = make();
            HttpResponseMessage response = await http.SendAsync(request, completion, cancellation);
            if (retries == MaxRetries || WaitOf(response, time) is not { } wait || wait > MaxWait)
            {
                return response;
            }

            response.Dispose();
            await Task.Delay(wait, time, cancellation);
        }
    }

    private static TimeSpan? WaitOf(HttpResponseMessage response, TimeProvider time)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) || response.Headers.RetryAfter is not { } after)
        {
            return null;
        }

        TimeSpan wait = after.Delta ?? (after.Date!.Value - time.GetUtcNow());
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }
}

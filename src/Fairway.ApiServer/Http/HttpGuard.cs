using Fairway.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Fairway.ApiServer;

/// <summary>The one place where what goes wrong becomes an answer.</summary>
internal static partial class HttpGuard
{
    public static async Task RunAsync(HttpContext context, Func<Task> action, ILoggerFactory logs, CancellationToken stopping)
    {
        try
        {
            await action();
        }
        catch (StatusException refused) when (!context.Response.HasStarted)
        {
            await Responses.WriteAsync(context, refused);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || stopping.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (BadHttpRequestException bad) when (!context.Response.HasStarted)
        {
            await Responses.WriteAsync(context, new StatusException(bad.StatusCode, bad.StatusCode == 413 ? "RequestEntityTooLarge" : "BadRequest", bad.Message));
        }
        catch (Exception broken) when (!context.Response.HasStarted)
        {
            LogBroken(logs.CreateLogger("Fairway.ApiServer.Http"), context.Request.Method, context.Request.Path, broken);
            await Responses.WriteAsync(context, Refusals.Internal(broken.Message));
        }
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    private static partial void LogBroken(ILogger logger, string method, string path, Exception broken);
}

using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Fairway.Git.Hosting;

/// <summary>What a client wants to do with a repository.</summary>
public enum GitAccess
{
    Read,
    Write,
}

/// <summary>Whether it may: a closed set.</summary>
public abstract record GitAuthorization
{
    private GitAuthorization()
    {
    }

    /// <summary>Yes, and the actor's name for the record.</summary>
    public sealed record Allowed(string Actor) : GitAuthorization;

    /// <summary>Nobody is signed in: 401, git asks for a password.</summary>
    public sealed record Unauthenticated : GitAuthorization;

    /// <summary>Somebody is, and may not.</summary>
    public sealed record Forbidden(string Reason) : GitAuthorization;
}

/// <summary>Decides about one request. It reads the Authorization header (HTTP basic: any user name, the token as password).</summary>
public delegate ValueTask<GitAuthorization> AuthorizeGit(HttpContext context, RepositoryName repository, GitAccess access);

/// <summary>How repositories are served.</summary>
public sealed record GitHostingOptions
{
    public required AuthorizeGit Authorize { get; init; }

    /// <summary>Where the routes begin.</summary>
    public string Prefix { get; init; } = "/git";

    /// <summary>The largest request body, compressed or not, in bytes.</summary>
    public long MaxRequestBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>The longest that one request may take.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>git's smart HTTP protocol (versions 0 to 2) over hosted repositories.</summary>
public static class GitHosting
{
    /// <summary>Serves <c>&lt;prefix&gt;/{namespace}/{name}.git</c> for fetch and push.</summary>
    public static void MapGit(
        this IEndpointRouteBuilder endpoints, GitRepositories repositories, GitHostingOptions options, TimeProvider time, ILoggerFactory logs)
    {
        GitHttpHandler handler = new(repositories, options, time, logs.CreateLogger<GitHttpHandler>());
        string root = options.Prefix.TrimEnd('/') + "/{namespace}/{name}.git";
        endpoints.MapGet(root + "/info/refs", handler.AdvertiseAsync);
        endpoints.MapPost(root + "/git-upload-pack", context => handler.ServeAsync(context, "upload-pack", GitAccess.Read));
        endpoints.MapPost(root + "/git-receive-pack", context => handler.ServeAsync(context, "receive-pack", GitAccess.Write));
    }
}

/// <summary>One request is one git process; bodies stream through it in both directions.</summary>
internal sealed partial class GitHttpHandler(
    GitRepositories repositories, GitHostingOptions options, TimeProvider time, ILogger<GitHttpHandler> log)
{
    private static readonly TimeSpan ErrorDrain = TimeSpan.FromSeconds(5);

    public async Task AdvertiseAsync(HttpContext context)
    {
        string? service = context.Request.Query["service"];
        if (service is not ("git-upload-pack" or "git-receive-pack"))
        {
            await RefuseAsync(context, 403, "Only git's smart HTTP protocol is served here; git 1.6.6 or later speaks it.");
            return;
        }

        GitAccess access = service == "git-upload-pack" ? GitAccess.Read : GitAccess.Write;
        if (await AdmitAsync(context, access) is not { } admitted)
        {
            return;
        }

        (string? protocol, bool second) = Protocol(context);
        context.Response.ContentType = $"application/x-{service}-advertisement";
        NoCache(context.Response);
        if (!second)
        {
            await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(PacketLine($"# service={service}\n") + "0000"), context.RequestAborted);
        }

        await StreamAsync(context, admitted.Repository, [service["git-".Length..], "--stateless-rpc", "--advertise-refs", "."], null, protocol);
    }

    public async Task ServeAsync(HttpContext context, string verb, GitAccess access)
    {
        if (await AdmitAsync(context, access) is not { } admitted)
        {
            return;
        }

        if (context.Request.ContentType is not { } type || !type.StartsWith($"application/x-git-{verb}-request", StringComparison.OrdinalIgnoreCase))
        {
            await RefuseAsync(context, 415, $"The content type must be application/x-git-{verb}-request.");
            return;
        }

        if (Body(context) is not { } body)
        {
            await RefuseAsync(context, 415, "The content encoding must be gzip or none.");
            return;
        }

        context.Response.ContentType = $"application/x-git-{verb}-result";
        NoCache(context.Response);
        string? protocol = Protocol(context).Text;
        string[] arguments = [verb, "--stateless-rpc", "."];
        await using (body)
        {
            if (access == GitAccess.Read)
            {
                await StreamAsync(context, admitted.Repository, arguments, body, protocol);
            }
            else
            {
                await ReceiveAsync(context, admitted, arguments, body, protocol);
            }
        }
    }

    private async Task ReceiveAsync(HttpContext context, Admitted admitted, string[] arguments, Stream body, string? protocol)
    {
        BareRepository repository = admitted.Repository;
        await repository.Receiving.WaitAsync(context.RequestAborted);
        try
        {
            IReadOnlyDictionary<string, string> before = await repository.RefsAsync(context.RequestAborted);
            try
            {
                await StreamAsync(context, repository, arguments, body, protocol);
            }
            finally
            {
                // The client may be gone; what it moved has moved all the same.
                using CancellationTokenSource limit = new(options.RequestTimeout, time);
                IReadOnlyDictionary<string, string> after = await repository.RefsAsync(limit.Token);
                foreach (PushReceived push in Moves(repository.Name, before, after, admitted.Actor))
                {
                    LogPush(log, push.Actor, push.Repository, push.Ref, push.NewSha ?? "(deleted)");
                    repository.Publish(push);
                }
            }
        }
        finally
        {
            repository.Receiving.Release();
        }
    }

    internal static IEnumerable<PushReceived> Moves(
        RepositoryName repository, IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after, string actor)
    {
        foreach (string name in before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            string? old = before.GetValueOrDefault(name);
            string? now = after.GetValueOrDefault(name);
            if (!string.Equals(old, now, StringComparison.Ordinal))
            {
                yield return new PushReceived(repository, name, old, now, actor);
            }
        }
    }

    private async Task StreamAsync(HttpContext context, BareRepository repository, string[] arguments, Stream? body, string? protocol)
    {
        using CancellationTokenSource timeout = new(options.RequestTimeout, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, timeout.Token);
        Dictionary<string, string> environment = [];
        if (protocol is not null)
        {
            environment["GIT_PROTOCOL"] = protocol;
        }

        using Process git = repository.Git.Start(repository.Directory, arguments, environment);
        try
        {
            Task<string> errors = git.StandardError.ReadToEndAsync(CancellationToken.None);
            Task feeding = FeedAsync(git, body, linked.Token);
            await git.StandardOutput.BaseStream.CopyToAsync(context.Response.Body, linked.Token);
            await feeding;
            await git.WaitForExitAsync(linked.Token);
            if (git.ExitCode != 0)
            {
                LogFailure(log, arguments[0], repository.Name, git.ExitCode, await errors.WaitAsync(ErrorDrain, time, linked.Token));
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; there is nobody to answer.
        }
        finally
        {
            GitProgram.Kill(git);
        }
    }

    private async Task FeedAsync(Process git, Stream? body, CancellationToken cancellation)
    {
        try
        {
            if (body is not null)
            {
                await new LimitedCopy(options.MaxRequestBytes).CopyAsync(body, git.StandardInput.BaseStream, cancellation);
            }

        }
        catch (IOException)
        {
            // git ended before it read everything, and says why on its output.
        }
        finally
        {
            git.StandardInput.Close();
        }
    }

    private async Task<Admitted?> AdmitAsync(HttpContext context, GitAccess access)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = options.MaxRequestBytes;
        }

        RouteValueDictionary route = context.Request.RouteValues;
        if (!RepositoryName.TryOf(route["namespace"] as string, route["name"] as string, out RepositoryName? name))
        {
            await RefuseAsync(context, 404, "There is no such repository.");
            return null;
        }

        switch (await options.Authorize(context, name, access))
        {
            case GitAuthorization.Allowed allowed when repositories.Find(name) is { } repository:
                return new Admitted(repository, allowed.Actor);
            case GitAuthorization.Allowed:
                await RefuseAsync(context, 404, $"There is no repository {name}. Create it with a GitRepository resource in namespace {name.Namespace}.");
                return null;
            case GitAuthorization.Forbidden forbidden:
                await RefuseAsync(context, 403, forbidden.Reason);
                return null;
            default:
                context.Response.Headers.WWWAuthenticate = "Basic realm=\"Fairway\", charset=\"UTF-8\"";
                await RefuseAsync(context, 401, "Sign in with any user name and a Fairway token as password.");
                return null;
        }
    }

    private static Stream? Body(HttpContext context)
        => context.Request.Headers.ContentEncoding.ToString() switch
        {
            "" or "identity" => context.Request.Body,
            "gzip" or "x-gzip" => new GZipStream(context.Request.Body, CompressionMode.Decompress),
            _ => null,
        };

    private static (string? Text, bool SecondVersion) Protocol(HttpContext context)
    {
        string text = context.Request.Headers["Git-Protocol"].ToString();
        bool clean = text.Length is > 0 and <= 200 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '=' or ':' or '-' or '.' or '_');
        return clean ? (text, text.Split(':').Contains("version=2", StringComparer.Ordinal)) : (null, false);
    }

    private static string PacketLine(string text) => $"{text.Length + 4:x4}{text}";

    private static void NoCache(HttpResponse response)
    {
        response.Headers.CacheControl = "no-cache, max-age=0, must-revalidate";
        response.Headers.Pragma = "no-cache";
        response.Headers.Expires = "Fri, 01 Jan 1980 00:00:00 GMT";
    }

    private static Task RefuseAsync(HttpContext context, int code, string message)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Actor} pushed {Repository} {Ref} {Sha}")]
    private static partial void LogPush(ILogger logger, string actor, RepositoryName repository, string @ref, string sha);

    [LoggerMessage(Level = LogLevel.Warning, Message = "git {Verb} for {Repository} ended with {ExitCode}: {Errors}")]
    private static partial void LogFailure(ILogger logger, string verb, RepositoryName repository, int exitCode, string errors);

    private sealed record Admitted(BareRepository Repository, string Actor);
}

/// <summary>Copies a stream up to a number of bytes; a compressed body can be far larger than what came over the wire.</summary>
internal sealed class LimitedCopy(long limit)
{
    public async Task CopyAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        byte[] buffer = new byte[81920];
        long total = 0;
        int read;
        while ((read = await from.ReadAsync(buffer, cancellation)) > 0)
        {
            total += read;
            if (total > limit)
            {
                throw new GitException($"The request body is larger than {limit} bytes.");
            }

            await to.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
    }
}

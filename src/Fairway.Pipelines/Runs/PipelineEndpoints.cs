using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Fairway.Client;
using Fairway.Git;
using Fairway.Pipelines.Actions;
using Fairway.Pipelines.Execution;
using Fairway.Pipelines.Syntax;
using Fairway.Resources;
using Fairway.Resources.Kinds.Pipelines;
using Fairway.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Pipelines.Runs;

/// <summary>Decides whether a request may do this; null lets it pass, otherwise this is the answer.</summary>
/// <param name="context">Who asks.</param>
/// <param name="verb"><c>get</c> or <c>create</c>.</param>
/// <param name="resource">The kind.</param>
/// <param name="namespace">Where in the hub cluster.</param>
/// <param name="name">Which object.</param>
public delegate ValueTask<IResult?> AuthorizePipelines(HttpContext context, string verb, ResourceType resource, string @namespace, string name);

/// <summary>Starts a workflow by hand.</summary>
public sealed record DispatchRequest
{
    /// <summary><c>ci.yml</c>, or the whole path.</summary>
    public required string Workflow { get; init; }

    /// <summary>A branch or tag; the default branch when absent.</summary>
    public string? Ref { get; init; }

    public IReadOnlyDictionary<string, string>? Inputs { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LogLine))]
[JsonSerializable(typeof(DispatchRequest))]
internal sealed partial class EndpointJson : JsonSerializerContext;

/// <summary>HTTP beyond plain resource verbs: logs, artifacts, summaries, starting by hand.</summary>
internal sealed class PipelineEndpoints(
    IClusterApi hub, LogReader logs, RunPaths paths, BlobStore blobs, GitRepositories repositories, WorkflowFiles files, RunFactory runs)
{
    public void Map(IEndpointRouteBuilder endpoints, AuthorizePipelines authorize, Func<HttpContext, string> actor)
    {
        const string run = "/fairway/v1/runs/{ns}/{name}";
        endpoints.MapGet(run + "/logs", (HttpContext context, string ns, string name, string? job, int? step, bool? follow, bool? timestamps) =>
            ForRunAsync(context, authorize, ns, name, found => LogsAsync(context, new LogQuery(ObjectKey.Of(found), job, step, follow == true), timestamps == true)));
        endpoints.MapGet(run + "/artifacts", (HttpContext context, string ns, string name) =>
            ForRunAsync(context, authorize, ns, name, found => Results.Json(new ArtifactStore(paths).List(ObjectKey.Of(found)), ArtifactJson.Default.IReadOnlyListArtifact).ExecuteAsync(context)));
        endpoints.MapGet(run + "/artifacts/{artifact}", (HttpContext context, string ns, string name, string artifact) =>
            ForRunAsync(context, authorize, ns, name, found => ArtifactAsync(context, ObjectKey.Of(found), artifact)));
        endpoints.MapGet(run + "/summary", (HttpContext context, string ns, string name) =>
            ForRunAsync(context, authorize, ns, name, found => SummaryAsync(context, ObjectKey.Of(found))));
        endpoints.MapPost("/fairway/v1/repositories/{ns}/{name}/dispatch", (HttpContext context, string ns, string name) =>
            DispatchAsync(context, authorize, actor, ns, name));
    }

    private async Task ForRunAsync(HttpContext context, AuthorizePipelines authorize, string @namespace, string name, Func<PipelineRun, Task> answer)
    {
        if (await authorize(context, "get", KindOf<PipelineRun>.Type, @namespace, name) is { } refused)
        {
            await refused.ExecuteAsync(context);
        }
        else if (await hub.FindAsync<PipelineRun>(@namespace, name, context.RequestAborted) is { } run)
        {
            await answer(run);
        }
        else
        {
            await FailAsync(context, 404, "NotFound", $"pipelineruns.fairway.dev \"{name}\" not found");
        }
    }

    private async Task LogsAsync(HttpContext context, LogQuery query, bool timestamps)
    {
        string accept = context.Request.Headers.Accept.ToString();
        bool events = accept.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
        bool json = accept.Contains("ndjson", StringComparison.OrdinalIgnoreCase);
        context.Response.ContentType = events ? "text/event-stream" : json ? "application/x-ndjson" : "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        LogText text = new(timestamps);
        IReadOnlyList<PipelineJob> shown = [];
        await context.Response.StartAsync(context.RequestAborted);
        await foreach (LogLine line in logs.ReadAsync(query, LookAsync, context.RequestAborted))
        {
            string written = events ? $"data: {Json(line)}\n\n" : json ? Json(line) + "\n" : text.Write(line, shown);
            await context.Response.WriteAsync(written, context.RequestAborted);
        }

        async Task<(IReadOnlyList<string>, bool)> LookAsync(CancellationToken cancellation)
        {
            // What was read so far is on its way before the reader waits for more.
            await context.Response.Body.FlushAsync(cancellation);
            PipelineRun? run = await hub.FindAsync<PipelineRun>(query.Run.Namespace, query.Run.Name, cancellation);
            shown = run?.Status?.Jobs ?? [];
            return ([.. shown.Select(job => job.Id)], run is null || run.Status?.FinishedAt is not null);
        }
    }

    private static string Json(LogLine line) => JsonSerializer.Serialize(line, EndpointJson.Default.LogLine);

    private async Task ArtifactAsync(HttpContext context, ObjectKey run, string name)
    {
        if (new ArtifactStore(paths).Find(run, name) is not { } artifact)
        {
            await FailAsync(context, 404, "NotFound", $"The run {run} has no artifact '{name}'.");
            return;
        }

        await using FileStream zip = new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 81920, FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        await using (ZipArchive archive = await ZipArchive.CreateAsync(zip, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, context.RequestAborted))
        {
            foreach (ArtifactFile file in artifact.Files)
            {
                ZipArchiveEntry entry = archive.CreateEntry(file.Path, CompressionLevel.Fastest);
                entry.LastWriteTime = artifact.CreatedAt;
                entry.ExternalAttributes = (file.Executable ? 0b1_000_000_111_101_101 : 0b1_000_000_110_100_100) << 16;
                await using Stream target = await entry.OpenAsync(context.RequestAborted);
                await using Stream content = blobs.Open(file.Digest);
                await content.CopyToAsync(target, context.RequestAborted);
            }
        }

        zip.Position = 0;
        context.Response.ContentType = "application/zip";
        context.Response.ContentLength = zip.Length;
        context.Response.Headers.ContentDisposition = $"attachment; filename*=UTF-8''{Uri.EscapeDataString(name)}.zip";
        await zip.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private async Task SummaryAsync(HttpContext context, ObjectKey run)
    {
        context.Response.ContentType = "text/markdown; charset=utf-8";
        string directory = Path.Combine(paths.RunDirectory(run), "summaries");
        string[] summaries = Directory.Exists(directory) ? Directory.GetFiles(directory, "*.md", SearchOption.AllDirectories) : [];
        foreach (string file in summaries.Order(StringComparer.Ordinal))
        {
            await context.Response.WriteAsync(await File.ReadAllTextAsync(file, context.RequestAborted) + "\n", context.RequestAborted);
        }
    }

    private async Task DispatchAsync(HttpContext context, AuthorizePipelines authorize, Func<HttpContext, string> actor, string @namespace, string name)
    {
        CancellationToken cancellation = context.RequestAborted;
        if (await authorize(context, "create", KindOf<PipelineRun>.Type, @namespace, "") is { } refused)
        {
            await refused.ExecuteAsync(context);
            return;
        }

        DispatchRequest? request = await ReadAsync(context);
        GitRepository? resource = await hub.FindAsync<GitRepository>(@namespace, name, cancellation);
        BareRepository? repository = RepositoryName.TryOf(@namespace, name, out RepositoryName? valid) ? repositories.Find(valid) : null;
        if (request is null)
        {
            await FailAsync(context, 400, "BadRequest", "The body must be JSON with 'workflow', and optionally 'ref' and 'inputs'.");
        }
        else if (resource is null || repository is null)
        {
            await FailAsync(context, 404, "NotFound", $"gitrepositories.fairway.dev \"{name}\" not found");
        }
        else
        {
            await StartAsync(context, resource, repository, request, actor(context));
        }
    }

    private async Task StartAsync(HttpContext context, GitRepository resource, BareRepository repository, DispatchRequest request, string actor)
    {
        CancellationToken cancellation = context.RequestAborted;
        string asked = request.Ref ?? resource.Spec?.DefaultBranch ?? "main";
        IReadOnlyDictionary<string, string> refs = await repository.RefsAsync(cancellation);
        string? full = ((string[])[asked, "refs/heads/" + asked, "refs/tags/" + asked]).FirstOrDefault(refs.ContainsKey);
        if (full is null || await repository.CommitAtAsync(full, cancellation) is not { } commit)
        {
            await FailAsync(context, 422, "Invalid", $"'{asked}' is no branch or tag of {repository.Name}.");
            return;
        }

        string path = WorkflowFiles.PathOf(request.Workflow);
        WorkflowParse? parse = await files.ReadAsync(repository, commit.Sha, path, cancellation);
        string? problem = parse is null ? $"{repository.Name} has no file {path} at {asked}."
            : parse.On?.Dispatch is null ? $"{path} cannot be started by hand: 'workflow_dispatch' is not among its events."
            : DispatchInputs.Problem(parse.On.Dispatch, request.Inputs ?? new Dictionary<string, string>());
        if (problem is not null)
        {
            await FailAsync(context, 422, "Invalid", problem);
            return;
        }

        RunRequest wanted = new()
        {
            Workflow = path,
            Event = "workflow_dispatch",
            Ref = full,
            Commit = commit,
            Actor = actor,
            Inputs = request.Inputs,
            Suffix = Guid.NewGuid().ToString("N")[..6],
        };
        PipelineRun run = await runs.CreateAsync(resource, wanted, cancellation);
        context.Response.StatusCode = 201;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(Document.From(run).Json, cancellation);
    }

    private static async Task<DispatchRequest?> ReadAsync(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, EndpointJson.Default.DispatchRequest, context.RequestAborted);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Task FailAsync(HttpContext context, int code, string reason, string message)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        JsonObject status = new()
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = message,
            ["reason"] = reason,
            ["code"] = code,
        };
        return context.Response.WriteAsync(status.ToJsonString(), context.RequestAborted);
    }
}

/// <summary>Checks inputs given by hand. Pure.</summary>
internal static class DispatchInputs
{
    /// <summary>What is wrong, or null.</summary>
    public static string? Problem(DispatchTrigger trigger, IReadOnlyDictionary<string, string> given)
    {
        foreach (string name in given.Keys.Where(name => !trigger.Inputs.Any(input => input.Name == name)))
        {
            return $"'{name}' is not an input of this workflow{(trigger.Inputs.Count == 0 ? "; it has none." : $"; it has {string.Join(", ", trigger.Inputs.Select(input => input.Name))}.")}";
        }

        foreach (DispatchInput input in trigger.Inputs)
        {
            string? value = given.GetValueOrDefault(input.Name) ?? input.Default;
            if (string.IsNullOrEmpty(value))
            {
                if (input.Required)
                {
                    return $"The input '{input.Name}' is required.";
                }
            }
            else if (input.Type == "choice" && !input.Options.Contains(value))
            {
                return $"The input '{input.Name}' must be one of {string.Join(", ", input.Options)}, not '{value}'.";
            }
            else if (input.Type == "boolean" && value is not ("true" or "false"))
            {
                return $"The input '{input.Name}' must be true or false, not '{value}'.";
            }
            else if (input.Type == "number" && !double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            {
                return $"The input '{input.Name}' must be a number, not '{value}'.";
            }
        }

        return null;
    }
}

/// <summary>Logs for people: a line names the step wherever another one begins to talk.</summary>
internal sealed class LogText(bool timestamps)
{
    private (string Job, int Step)? _last;

    public string Write(LogLine line, IReadOnlyList<PipelineJob> jobs)
    {
        string text = $"{(timestamps ? line.At + " " : "")}{line.Text}\n";
        if (_last == (line.Job, line.Step))
        {
            return text;
        }

        _last = (line.Job, line.Step);
        PipelineJob? job = jobs.FirstOrDefault(shown => shown.Id == line.Job);
        string step = job?.Steps?.FirstOrDefault(shown => shown.Number == line.Step)?.Name ?? line.Step.ToString(CultureInfo.InvariantCulture);
        return $"=== {job?.Name ?? line.Job} / {step}\n{text}";
    }
}

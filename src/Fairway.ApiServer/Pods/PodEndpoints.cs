using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Schemas;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>The subresources that only pods have: log, exec, attach, portforward, binding, eviction.</summary>
internal sealed class PodEndpoints(ClusterVerbs cluster, PodStreams streams, TimeProvider time, CancellationToken stopping)
{
    private readonly PodSessions _sessions = new(cluster.Name, streams, stopping);

    public bool Serves(string subresource) => subresource is "log" or "exec" or "attach" or "portforward" or "binding" or "eviction";

    public Task HandleAsync(HttpContext context, Call call, KindDefinition pods, int bodyLimit)
    {
        RequestInfo info = call.Info;
        return (info.Subresource, info.Verb) switch
        {
            ("log", "get") => LogAsync(context, cluster.Reads.Get(pods.Type, info.Namespace, info.Name)),
            ("exec" or "attach", "get" or "create") => ExecAsync(context, call, cluster.Reads.Get(pods.Type, info.Namespace, info.Name)),
            ("portforward", "get" or "create") => PortForwardAsync(context, call, cluster.Reads.Get(pods.Type, info.Namespace, info.Name)),
            ("binding" or "eviction", "create") => PostAsync(context, call, pods, bodyLimit),
            _ => throw Refusals.MethodNotAllowed(),
        };
    }

    private async Task ExecAsync(HttpContext context, Call call, Document pod)
    {
        bool isAttach = call.Info.Subresource == "attach";
        IQueryCollection query = context.Request.Query;
        var options = new JsonObject();
        foreach (string flag in (ReadOnlySpan<string>)["stdin", "stdout", "stderr", "tty"])
        {
            if (ListQuery.Flag(query[flag]))
            {
                options[flag] = true;
            }
        }

        if (query["container"].ToString() is { Length: > 0 } container)
        {
            options["container"] = container;
        }

        if (!isAttach)
        {
            options["command"] = new JsonArray([.. query["command"].Select(word => (JsonNode?)word)]);
        }

        await ConnectAsync(context, call, isAttach ? "PodAttachOptions" : "PodExecOptions", options);
        await _sessions.ExecAsync(context, pod, isAttach);
    }

    private async Task PortForwardAsync(HttpContext context, Call call, Document pod)
    {
        var ports = new JsonArray([.. context.Request.Query["ports"].SelectMany(text => (text ?? "").Split(','))
            .Where(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(text => (JsonNode)int.Parse(text, CultureInfo.InvariantCulture))]);
        await ConnectAsync(context, call, "PodPortForwardOptions", ports.Count > 0 ? new JsonObject { ["ports"] = ports } : []);
        await _sessions.PortForwardAsync(context, pod);
    }

    private async Task ConnectAsync(HttpContext context, Call call, string kind, JsonObject options)
    {
        RequestInfo info = call.Info;
        await cluster.Admission.RunAsync(
            FormAdmission.Connect(kind, info.Namespace, info.Name, info.Subresource, options, call.Admission), context.RequestAborted);
        Responses.Warn(context, call.Admission.Warnings);
    }

    private async Task PostAsync(HttpContext context, Call call, KindDefinition pods, int bodyLimit)
    {
        RequestInfo info = call.Info;
        JsonObject body = (await RequestBody.ReadObjectAsync(context.Request, bodyLimit, context.RequestAborted)).Raw();
        bool dryRun = context.Request.Query.ContainsKey("dryRun");
        if (body["metadata"].Text("name") != info.Name)
        {
            throw StatusException.BadRequest($"name in URL does not match name in {(info.Subresource == "binding" ? "Binding" : "Eviction")} object");
        }

        await (info.Subresource == "binding"
            ? cluster.Pods.BindAsync(pods.Type, info.Namespace, info.Name, body, dryRun, call.Admission, context.RequestAborted)
            : cluster.Pods.EvictAsync(pods.Type, info.Namespace, info.Name, body, dryRun, call.Admission, context.RequestAborted));
        Responses.Warn(context, call.Admission.Warnings);
        await Responses.WriteBytesAsync(context, 201, SuccessStatus.Created().Json, "application/json");
    }

    /// <summary>The older way to bind: a Binding of the namespace, named like its pod.</summary>
    public async Task BindAsync(HttpContext context, Call call, int bodyLimit)
    {
        RequestInfo info = call.Info;
        if (info.Verb != "create" || info.Name.Length > 0)
        {
            throw Refusals.MethodNotAllowed();
        }

        JsonObject body = (await RequestBody.ReadObjectAsync(context.Request, bodyLimit, context.RequestAborted)).Raw();
        string name = (string?)body["metadata"]?["name"] ?? throw StatusException.BadRequest("metadata.name: Required value: name of the pod to bind");
        await cluster.Pods.BindAsync(KindOf<Pod>.Type, info.Namespace, name, body, context.Request.Query.ContainsKey("dryRun"), call.Admission, context.RequestAborted);
        Responses.Warn(context, call.Admission.Warnings);
        await Responses.WriteBytesAsync(context, 201, SuccessStatus.Created().Json, "application/json");
    }

    private async Task LogAsync(HttpContext context, Document pod)
    {
        IQueryCollection query = context.Request.Query;
        JsonObject node = pod.ToNode();
        string container = PodContainers.Choose(node, query["container"], pod.Header.Name);
        if (string.IsNullOrEmpty((string?)node["spec"]?["nodeName"]))
        {
            throw StatusException.BadRequest($"pod {pod.Header.Name} does not have a host assigned");
        }

        if (streams.Logs is not { } logs)
        {
            throw Refusals.Unavailable("no node of this cluster gives logs");
        }

        var request = new PodLogRequest
        {
            Cluster = cluster.Name,
            Pod = pod,
            Container = container,
            Follow = ListQuery.Flag(query["follow"]),
            Previous = ListQuery.Flag(query["previous"]),
            Timestamps = ListQuery.Flag(query["timestamps"]),
            Since = Since(query),
            TailLines = Number(query, "tailLines", least: 0),
            LimitBytes = Number(query, "limitBytes", least: 1),
        };
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await WriteAsync(context, logs(request, ending.Token), request.LimitBytes, ending.Token);
    }

    private static async Task WriteAsync(HttpContext context, IAsyncEnumerable<ReadOnlyMemory<byte>> log, long? limit, CancellationToken cancellation)
    {
        await using IAsyncEnumerator<ReadOnlyMemory<byte>> lines = log.GetAsyncEnumerator(cancellation);
        long left = limit ?? long.MaxValue;
        ValueTask<bool> next = lines.MoveNextAsync();
        if (next.IsCompleted && !await next) // a refusal comes out here, before anything is answered
        {
            await Responses.WriteTextAsync(context, 200, "");
            return;
        }

        bool isKnown = next.IsCompleted;
        context.Response.StatusCode = 200;
        context.Response.ContentType = "text/plain";
        try
        {
            if (!isKnown)
            {
                // A refusal may still come; give the node a moment before the answer begins.
                isKnown = await next.AsTask();
                if (!isKnown)
                {
                    return;
                }
            }

            do
            {
                ReadOnlyMemory<byte> line = lines.Current.Length > left ? lines.Current[..(int)left] : lines.Current;
                await context.Response.Body.WriteAsync(line, cancellation);
                left -= line.Length;
                next = lines.MoveNextAsync();
                if (!next.IsCompleted)
                {
                    await context.Response.Body.FlushAsync(cancellation);
                }
            }
            while (await next && left > 0);
        }
        catch (OperationCanceledException) when (context.Response.HasStarted)
        {
            // The client went, or the server stops.
        }
    }

    private DateTimeOffset? Since(IQueryCollection query)
    {
        long? seconds = Number(query, "sinceSeconds", least: 1);
        string text = query["sinceTime"].ToString();
        if (text.Length == 0)
        {
            return seconds is { } ago ? time.GetUtcNow().AddSeconds(-ago) : null;
        }

        if (seconds is not null)
        {
            throw new StatusException(422, "Invalid", "PodLogOptions \"\" is invalid: sinceSeconds: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified");
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset since)
            ? since
            : throw StatusException.BadRequest($"sinceTime: Invalid value: \"{text}\": expected a time in RFC 3339");
    }

    private static long? Number(IQueryCollection query, string name, long least)
    {
        string text = query[name].ToString();
        return text.Length == 0 ? null
            : !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                ? throw StatusException.BadRequest($"{name}: Invalid value: \"{text}\": expected a whole number")
            : number >= least ? number
            : throw new StatusException(422, "Invalid", $"PodLogOptions \"\" is invalid: {name}: Invalid value: {number}: must be greater than or equal to {least}");
    }
}

/// <summary>Which container of a pod a request means.</summary>
internal static class PodContainers
{
    /// <exception cref="StatusException">400: there is no such container, or several and none is named.</exception>
    public static string Choose(JsonObject pod, string? named, string podName)
    {
        string[] main = [.. Names(pod, "containers")];
        string[] init = [.. Names(pod, "initContainers")];
        if (string.IsNullOrEmpty(named))
        {
            return main.Length == 1
                ? main[0]
                : throw StatusException.BadRequest(
                    $"a container name must be specified for pod {podName}, choose one of: [{string.Join(' ', main)}]{(init.Length == 0 ? "" : $" or one of the init containers: [{string.Join(' ', init)}]")}");
        }

        return main.Contains(named) || init.Contains(named) || Names(pod, "ephemeralContainers").Contains(named) ? named : throw StatusException.BadRequest($"container {named} is not valid for pod {podName}");
    }

    private static IEnumerable<string> Names(JsonObject pod, string list)
        => (pod["spec"]?[list] as JsonArray ?? []).Select(container => (string?)container?["name"] ?? "");
}

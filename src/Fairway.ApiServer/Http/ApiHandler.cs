using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;
using Fairway.Resources.Tables;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary>One cluster's API over HTTP: from request to verb, and from the verb's outcome to the answer.</summary>
internal sealed class ApiHandler(
    ClusterVerbs cluster, EmbeddedApiOptions options, Gate gate, PodStreams pods, ComputedResources computed, Health health, HttpAuthentication authentication, CancellationToken stopping)
{
    private static readonly TimeSpan ShortestWatch = TimeSpan.FromMinutes(30);

    private readonly DiscoveryEndpoints _discovery = new(cluster, computed, $"/clusters/{cluster.Name}", options.Time);
    private readonly ComputedEndpoints _computed = new(cluster.Name, computed, () => cluster.Store.Log.Revision, options.Time);
    private readonly AccessReviews _reviews = new(cluster, authentication, options.Time);
    private readonly TokenEndpoints _tokens = new(cluster);
    private readonly UsageEndpoints _usage = new(cluster, pods);
    private readonly PodEndpoints _podEndpoints = new(cluster, pods, options.Time, stopping);

    public ClusterVerbs Cluster => cluster;

    /// <summary>Watches and streams, which last: not counted among the requests under way.</summary>
    public static bool IsLong(HttpRequest request)
        => ListQuery.Flag(request.Query["watch"]) || ListQuery.Flag(request.Query["follow"]) || request.HttpContext.WebSockets.IsWebSocketRequest
            || request.Path.Value!.Contains("/watch/", StringComparison.Ordinal) || request.Path.Value!.EndsWith("/exec", StringComparison.Ordinal) || request.Path.Value!.EndsWith("/portforward", StringComparison.Ordinal);

    /// <summary>Serves a request whose sender is known.</summary>
    /// <param name="path">Below the cluster's base URL.</param>
    public async Task HandleAsync(HttpContext context, Identity user, string path)
    {
        Call call = NewCall(context, user, path);
        context.Items[typeof(Call)] = call;
        context.Response.Headers["Audit-Id"] = call.AuditId.ToString();
        try
        {
            await gate.BeginAsync(call);
            Gate.Authorize(cluster, call);
            if (call.Info.IsResource)
            {
                await HandleResourceAsync(context, call);
            }
            else
            {
                await HandlePathAsync(context, call.Info);
            }

            await gate.AuditAsync(call, context.Response.StatusCode, null);
        }
        catch (Exception failure)
        {
            if (!context.Response.HasStarted && !context.Response.Headers.ContainsKey("Warning"))
            {
                Responses.Warn(context, call.Admission.Warnings); // a refusal carries the warnings that came before it
            }

            await gate.AuditAsync(call, failure);
            throw;
        }
    }

    private Call NewCall(HttpContext context, Identity sender, string path)
    {
        Identity user = Impersonation.Apply(cluster, context.Request.Headers, sender);
        HttpRequest request = context.Request;
        bool isWatch = ListQuery.Flag(request.Query["watch"]);
        string? selected = request.Query["fieldSelector"].ToString() is { Length: > 0 } fields
            ? Fairway.Resources.Fields.FieldSelector.Parse(fields).ExactName
            : null;
        return new Call
        {
            Cluster = cluster.Name,
            User = user,
            Sender = ReferenceEquals(user, sender) ? null : sender,
            Info = RequestInfo.Parse(request.Method, path, isWatch, selected),
            Uri = request.Path + request.QueryString,
            SourceIp = context.Connection.RemoteIpAddress?.ToString(),
            UserAgent = request.Headers.UserAgent.ToString(),
            Received = options.Time.GetUtcNow(),
        };
    }

    private Task HandlePathAsync(HttpContext context, RequestInfo info)
    {
        string path = info.Path.TrimEnd('/');
        switch (path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            case ["version"]:
                ResourceRoutes.RequireGet(context.Request, Produced.Json);
                return ServerVersion.WriteAsync(context, options.Version);
            case ["version", ..]:
                throw Refusals.NoSuchResource();
            case [".well-known", "openid-configuration"] or ["openid", "v1", "jwks"]:
                ResourceRoutes.RequireGet(context.Request, Produced.Json);
                return _tokens.DiscoverAsync(context, path);
            case ["healthz" or "livez" or "readyz", ..]:
                return health.WriteAsync(context, info.Path);
            default:
                return _discovery.HandleAsync(context, info.Path);
        }
    }

    private Task HandleResourceAsync(HttpContext context, Call call)
    {
        RequestInfo info = call.Info;
        if (info is { Resource: "watch", PathName: "", IsWatchPath: false })
        {
            return Responses.WriteTextAsync(
                context, 500, $"Internal Server Error: \"{info.Path}\": failed to create RequestInfo: unable to determine kind and namespace from url, {info.Path}{context.Request.QueryString}\n");
        }

        if (_reviews.Serves(info) && !(info.Resource == "localsubjectaccessreviews" && info.Namespace.Length == 0))
        {
            ResourceRoutes.RequireCreation(context.Request, info, info.Resource == "localsubjectaccessreviews");
            return _reviews.HandleAsync(context, call, options.MaxBodyBytes);
        }

        if (info is { Group: "", Version: "v1", Resource: "bindings" })
        {
            ResourceRoutes.RequireCreation(context.Request, info, isNamespaced: true);
            return _podEndpoints.BindAsync(context, call, options.MaxBodyBytes);
        }

        if (UsageEndpoints.Serves(info))
        {
            return _usage.HandleAsync(context, call);
        }

        if (_computed.Serves(info))
        {
            return _computed.HandleAsync(context, info);
        }

        KindDefinition? kind = OlderForms.Kept(context, cluster.Catalog.Find(info.Group, info.Version, info.Resource), cluster.Catalog);
        if (kind is null || (!kind.IsBuiltIn && (info.Rest.Length > 0 || (info.IsInNamespace && !kind.Type.Namespaced))))
        {
            return NotFoundAsync(context, info);
        }

        if (kind.IsBuiltIn)
        {
            ResourceRoutes.Require(context.Request, info, kind);
        }

        if (kind.Type.GroupResource == "pods" && _podEndpoints.Serves(info.Subresource))
        {
            return _podEndpoints.HandleAsync(context, call, kind, options.MaxBodyBytes);
        }

        if (_tokens.Serves(kind.Type, info.Subresource))
        {
            return _tokens.HandleAsync(context, call, options.MaxBodyBytes);
        }

        if (kind.Custom is { } custom)
        {
            if (kind.Type.Namespaced && info.Namespace.Length == 0 && info.Verb is not ("list" or "watch"))
            {
                return NotFoundAsync(context, info);
            }

            CheckCustom(context, kind, custom, info);
        }

        bool isScale = info.Subresource == "scale" && kind.Declared.Scale;
        if (!isScale && ClusterVerbs.PartOf(kind, info.Subresource) is null)
        {
            return NotFoundAsync(context, info);
        }

        return (info.Verb, context.Request.Method) switch
        {
            ("get", _) => GetAsync(context, info, kind, isScale),
            ("list", _) => ListAsync(context, info, kind),
            ("watch", _) => WatchAsync(context, call, kind),
            ("create", _) when info.Name.Length == 0 || (kind.Custom is not null && info.Subresource.Length == 0) => CreateAsync(context, call, kind),
            ("update", _) when info.Name.Length > 0 => UpdateAsync(context, call, kind, isScale),
            ("patch", _) when info.Name.Length > 0 => PatchAsync(context, call, kind, isScale),
            ("delete", _) when info.Subresource.Length == 0 => DeleteAsync(context, call, kind),
            ("deletecollection", _) => DeleteCollectionAsync(context, call, kind),
            _ => throw Refusals.MethodNotAllowed(),
        };
    }

    // Below a group of Kubernetes' own the answer is a Status; elsewhere nobody answers for the path.
    private Task NotFoundAsync(HttpContext context, RequestInfo info)
    {
        return info.Prefix == "api" || VirtualResources.IsOwn(info.Group) || cluster.Catalog.All.Any(kind => kind.IsBuiltIn && kind.Type.Group == info.Group)
            ? throw Refusals.NoSuchResource()
            : Responses.WriteTextAsync(context, 404, "404 page not found\n");
    }

    private static void CheckCustom(HttpContext context, KindDefinition kind, CustomKind custom, RequestInfo info)
    {
        if (custom.DeprecationWarning is { } warning)
        {
            Responses.Warn(context, [warning]);
        }

        bool isKnown = info.Subresource.Length == 0 || (info.Subresource == "status" && kind.Declared.Status) || (info.Subresource == "scale" && kind.Declared.Scale);
        if (!isKnown)
        {
            throw ObjectStore.NotFound(kind.Type, info.Name);
        }

        if (custom.IsTerminating && info.Verb == "create")
        {
            throw new StatusException(405, "MethodNotAllowed", "create not allowed while custom resource definition is terminating")
            {
                Details = new StatusDetails { Group = kind.Type.Group, Kind = kind.Type.Plural },
            };
        }
    }

    private async Task GetAsync(HttpContext context, RequestInfo info, KindDefinition kind, bool isScale)
    {
        Negotiated format = Negotiate(context, allowShapes: !isScale);
        if (context.Request.Query.ContainsKey("export") && MetaOptions.Flag(context.Request.Query["export"].ToString()))
        {
            throw StatusException.BadRequest("the export parameter, deprecated since v1.14, is no longer supported");
        }

        string at = context.Request.Query["at"].ToString();
        Document found = isScale ? cluster.Scaling.Get(kind, info.Namespace, info.Name)
            : at.Length > 0 ? await cluster.Reads.GetAtAsync(kind.Type, info.Namespace, info.Name, at, context.RequestAborted)
            : await cluster.Reads.GetAsync(kind.Type, info.Namespace, info.Name, Parameter(context, "resourceVersion"), context.RequestAborted);
        await Responses.WriteAsync(context, 200, isScale ? found : ShapesOf(context, kind, format).One(found), format);
    }

    private async Task ListAsync(HttpContext context, RequestInfo info, KindDefinition kind)
    {
        ListQuery query = ListQuery.Parse(name => Given(context, name), kind, isWatch: false);
        Negotiated format = Negotiate(context, allowShapes: true);
        ListPage page = await cluster.Reads.ListAsync(kind.Type, Home(kind, info), query, Parameter(context, "at"), context.RequestAborted);
        await Responses.WriteAsync(context, 200, ShapesOf(context, kind, format).Many(page), format);
    }

    private async Task WatchAsync(HttpContext context, Call call, KindDefinition kind)
    {
        RequestInfo info = call.Info;
        ListQuery query = ListQuery.Parse(name => Given(context, name), kind, isWatch: true);
        Negotiated format = Negotiate(context, allowShapes: true);
        if (format.Format != BodyFormat.Json)
        {
            throw Refusals.NotAcceptable(Negotiation.OfferedToWatch);
        }

        if (info.PathName.Length > 0)
        {
            if (!query.Fields.IsEverything && query.Fields.ExactName != info.PathName)
            {
                throw StatusException.BadRequest("fieldSelector metadata.name doesn't match requested name");
            }

            query = query with { Fields = Fairway.Resources.Fields.FieldSelector.Parse($"metadata.name={info.PathName}") };
        }

        if (query is { SendInitialEvents: true, AllowBookmarks: true, Match: not null } && format.Shape == Shape.Table)
        {
            throw Refusals.NotAcceptable(Negotiation.Offered); // its last bookmark would be no table
        }

        query.RequireRevision(isOfLog: false);

        // Watches end at different times, so that clients do not come back all at once.
        TimeSpan lifetime = query.Timeout ?? ShortestWatch * (1 + Random.Shared.NextDouble());
        using var deadline = new CancellationTokenSource(lifetime, options.Time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, deadline.Token, stopping);
        Shapes shapes = ShapesOf(context, kind, format);
        IncludeObject include = IncludeOf(context, format);
        Func<Document, bool, Document>? shape = OlderForms.IsAsked(context) ? shapes.One
            : format.Shape == Shape.Full ? null
            : (document, isFirst) => WatchResponse.Share(document, format, ((int)include * 2) + (isFirst ? 1 : 0), () => shapes.Change(document, isFirst));
        await gate.AuditAsync(call, 200, null, "ResponseStarted");
        await WatchResponse.WriteAsync(context, cluster.Watches.WatchAsync(kind.Type, Home(kind, info), query, ending.Token), shape, ending.Token);
    }

    private async Task CreateAsync(HttpContext context, Call call, KindDefinition kind)
    {
        Negotiated format = Negotiate(context, allowShapes: true);
        WriteParameters parameters = Parameters(context, call);
        ObjectBody body = OlderForms.Read(context, await RequestBody.ReadObjectAsync(context.Request, options.MaxBodyBytes, context.RequestAborted));
        Document created = await cluster.Creation.CreateAsync(
            kind, Home(kind, call.Info), body, call.Manager(parameters.FieldManager), parameters, context.RequestAborted);
        await WriteWrittenAsync(context, kind, format, parameters, new Written(created, Created: true));
    }

    private async Task UpdateAsync(HttpContext context, Call call, KindDefinition kind, bool isScale)
    {
        Negotiated format = Negotiate(context, allowShapes: !isScale);
        WriteParameters parameters = Parameters(context, call);
        ObjectBody body = OlderForms.Read(context, await RequestBody.ReadObjectAsync(context.Request, options.MaxBodyBytes, context.RequestAborted));
        string manager = call.Manager(parameters.FieldManager);
        RequestInfo info = call.Info;
        Document updated = isScale
            ? await cluster.Scaling.UpdateAsync(kind, info.Namespace, info.Name, body, manager, parameters, context.RequestAborted)
            : await cluster.Updates.UpdateAsync(
                kind, Home(kind, info), info.Name, ClusterVerbs.PartOf(kind, info.Subresource)!.Value, body, manager, parameters, context.RequestAborted);
        await WriteWrittenAsync(context, kind, format, parameters, new Written(updated, Created: false));
    }

    private async Task PatchAsync(HttpContext context, Call call, KindDefinition kind, bool isScale)
    {
        PatchKind sent = RequestBody.PatchKindOf(context.Request, kind.IsBuiltIn || isScale);
        Negotiated format = Negotiate(context, allowShapes: !isScale);
        WriteParameters parameters = Parameters(context, call, sent);
        PatchBody patch = await RequestBody.ReadPatchAsync(context.Request, sent, options.MaxBodyBytes, context.RequestAborted);
        string manager = call.Manager(parameters.FieldManager);
        RequestInfo info = call.Info;
        Written written = isScale
            ? new Written(await cluster.Scaling.PatchAsync(kind, info.Namespace, info.Name, patch, manager, parameters, context.RequestAborted), Created: false)
            : OlderForms.HasOtherFields(context) ? new Written(
                await cluster.Updates.UpdateAsync(
                    kind,
                    Home(kind, info),
                    info.Name,
                    ClusterVerbs.PartOf(kind, info.Subresource)!.Value,
                    OlderForms.Patched(cluster.Reads.Get(kind.Type, info.Namespace, info.Name), patch),
                    manager,
                    parameters,
                    context.RequestAborted),
                Created: false)
            : await cluster.Patches.PatchAsync(
                kind, Home(kind, info), info.Name, ClusterVerbs.PartOf(kind, info.Subresource)!.Value, OlderForms.Read(context, patch), manager, parameters, context.RequestAborted);
        await WriteWrittenAsync(context, kind, format, parameters, written);
    }

    private async Task DeleteAsync(HttpContext context, Call call, KindDefinition kind)
    {
        RequestInfo info = call.Info;
        Negotiated format = Negotiate(context, allowShapes: true);
        (DeleteOptions wanted, bool isCascading) = await RequestBody.ReadDeleteOptionsAsync(context.Request, options.MaxBodyBytes, context.RequestAborted);
        (Document after, bool removed) = await cluster.Deletions.DeleteAsync(
            kind.Type, Home(kind, info), info.Name, wanted, call.Admission, context.RequestAborted);
        Responses.Warn(context, call.Admission.Warnings);
        // What is gone is answered by a Status, except for the kinds where Kubernetes gives back the object.
        bool isObject = !removed || kind.Type.GroupResource is "pods" or "services" or "serviceaccounts";
        int code = !removed && isCascading ? 202 : 200;
        await Responses.WriteAsync(context, code, isObject ? ShapesOf(context, kind, format).One(after) : SuccessStatus.Of(kind.Type, after), format);
    }

    private async Task DeleteCollectionAsync(HttpContext context, Call call, KindDefinition kind)
    {
        RequestInfo info = call.Info;
        Negotiated format = Negotiate(context, allowShapes: true);
        ListQuery query = ListQuery.Parse(name => Given(context, name), kind, isWatch: false);
        (DeleteOptions wanted, _) = await RequestBody.ReadDeleteOptionsAsync(context.Request, options.MaxBodyBytes, context.RequestAborted);
        IReadOnlyList<Document> deleted = await cluster.Deletions.DeleteCollectionAsync(
            kind.Type, Home(kind, info), query, wanted, call.Admission, context.RequestAborted);
        Responses.Warn(context, call.Admission.Warnings);
        await Responses.WriteAsync(context, 200, ShapesOf(context, kind, format).Many(new ListPage(deleted, cluster.Store.Log.Revision, null, null)), format);
    }

    private Task WriteWrittenAsync(HttpContext context, KindDefinition kind, Negotiated format, WriteParameters parameters, Written written)
    {
        Responses.Warn(context, parameters.Warnings);
        Document answer = ShapesOf(context, kind, format).One(written.Object);
        return Responses.WriteAsync(context, written.Created ? 201 : 200, answer, format);
    }

    private Shapes ShapesOf(HttpContext context, KindDefinition kind, Negotiated format)
        => new(kind, format, IncludeOf(context, format), options.Time, OlderForms.IsAsked(context));

    private static IncludeObject IncludeOf(HttpContext context, Negotiated format)
        => format.Shape == Shape.Table ? Shapes.Include(Parameter(context, "includeObject")) : IncludeObject.Metadata;

    private WriteParameters Parameters(HttpContext context, Call call, PatchKind? patch = null)
    {
        string[] dryRun = DryRun(context);
        string kind = call.Info.Verb switch { "create" => "CreateOptions", "update" => "UpdateOptions", _ => "PatchOptions" };
        MetaOptions.CheckWrite(
            kind,
            dryRun,
            Parameter(context, "fieldManager"),
            Parameter(context, "fieldValidation"),
            patch is null ? null : (patch == PatchKind.Apply, context.Request.Query.ContainsKey("force")));
        return new WriteParameters
        {
            Admission = call.Admission,
            FieldManager = Parameter(context, "fieldManager"),
            DryRun = dryRun.Length > 0,
            Force = context.Request.Query.ContainsKey("force") && MetaOptions.Flag(context.Request.Query["force"].ToString()),
            Validation = FieldValidationRules.Parse(Parameter(context, "fieldValidation")),
            AskedValidation = Parameter(context, "fieldValidation"),
            MayStore = (stored, target) => cluster.Grants.Require(call.User, stored, target),
            MayCreate = () => Gate.Authorize(cluster, new Call
            {
                Cluster = call.Cluster,
                User = call.User,
                Uri = call.Uri,
                Received = call.Received,
                Info = call.Info with { Verb = "create" },
            }),
        };
    }

    private static string[] DryRun(HttpContext context) => [.. context.Request.Query["dryRun"].Select(value => value ?? "")];

    private static string? Home(KindDefinition kind, RequestInfo info) => kind.Type.Namespaced ? info.Namespace : null;

    private static string? Parameter(HttpContext context, string name)
        => context.Request.Query.TryGetValue(name, out var values) && values.Count > 0 && values[0] is { Length: > 0 } value ? value : null;

    // Empty where a parameter is given without a value.
    private static string? Given(HttpContext context, string name)
        => context.Request.Query.TryGetValue(name, out var values) && values.Count > 0 ? values[0] ?? "" : null;

    private static Negotiated Negotiate(HttpContext context, bool allowShapes)
        => Negotiation.Choose(context.Request, allowShapes);
}

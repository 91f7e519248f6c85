using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Admission.Explaining;
using Fairway.Admission.Reading;
using Fairway.Admission.Waivers;
using Fairway.Client;
using Fairway.Policy.Auditing;
using Fairway.Policy.Packs;
using Fairway.Policy.Rehearsing;
using Fairway.Policy.Sources;
using Fairway.Resources;
using Fairway.Resources.Kinds;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.PolicyReports;
using Fairway.Resources.Schemas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fairway.Policy;

/// <summary>The area's HTTP beyond plain resource verbs, below <c>/fairway/v1</c>. Whoever may list reports of a cluster may read its audit.</summary>
internal sealed class PolicyEndpoints(PolicyDependencies needs, IReadOnlyDictionary<string, ClusterAudit> audits, PolicyGuard guard)
{
    private const int MaxBody = 1024 * 1024;
    private const int MaxWrites = 200_000;

    public void MapTo(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/fairway/v1/policy/packs", guard(PacksAsync));
        routes.MapGet("/fairway/v1/policy/violations", guard(ViolationsAsync));
        routes.MapGet("/fairway/v1/policy/report", guard(ReportAsync));
        routes.MapPost("/fairway/v1/policy/evaluate", guard(EvaluateAsync));
        routes.MapPost("/fairway/v1/policy/rehearse", guard(RehearseAsync));
        routes.MapPost("/fairway/v1/waivers/{ns}/{name}/approve", guard((context, caller) => DecideAsync(context, caller, "approval")));
        routes.MapPost("/fairway/v1/waivers/{ns}/{name}/reject", guard((context, caller) => DecideAsync(context, caller, "rejection")));
    }

    private async Task PacksAsync(HttpContext context, PolicyCaller caller)
    {
        ClusterAudit[] visible = await VisibleAsync(context, caller);
        var tally = Tally(visible, one => one.Policy.Name);
        JsonNode[] packs =
        [
            .. PackLibrary.All.Select(pack => (JsonNode)new JsonObject
            {
                ["name"] = pack.Name,
                ["title"] = pack.Title,
                ["version"] = pack.Version,
                ["description"] = pack.Description,
                ["includes"] = Strings(pack.Includes),
                ["policies"] = new JsonArray([.. pack.Policies.Select(policy => (JsonNode)Policy(policy, visible, tally.GetValueOrDefault(policy.Name)))]),
            }),
        ];
        HashSet<string> packed = [.. PackLibrary.All.SelectMany(pack => pack.Policies).Select(policy => policy.Name)];
        JsonNode[] own =
        [
            .. visible.SelectMany(audit => audit.Bindings).Select(binding => binding.Policy.Definition).Where(policy => !packed.Contains(policy.Name)).DistinctBy(policy => policy.Name)
                .Select(policy => (JsonNode)Policy(policy, visible, tally.GetValueOrDefault(policy.Name))),
        ];
        await JsonAsync(context, new JsonObject { ["packs"] = new JsonArray(packs), ["policies"] = new JsonArray(own) });
    }

    private async Task ViolationsAsync(HttpContext context, PolicyCaller caller)
    {
        string? team = Text(context, "team");
        string? policy = Text(context, "policy");
        var items = new JsonArray();
        foreach (ClusterAudit audit in await VisibleAsync(context, caller))
        {
            foreach (AuditedObject one in audit.Objects.Where(one => team is null || one.Team == team).OrderBy(one => one.Identity.ToString(), StringComparer.Ordinal))
            {
                foreach (AuditedVerdict verdict in one.Verdicts.Values.Where(verdict => policy is null || verdict.Policy.Name == policy))
                {
                    foreach (Finding finding in verdict.Verdict.Findings)
                    {
                        items.Add(Violation(audit.Cluster, one, verdict, finding));
                    }
                }
            }
        }

        await JsonAsync(context, new JsonObject { ["items"] = items });
    }

    private async Task ReportAsync(HttpContext context, PolicyCaller caller)
    {
        string by = Text(context, "by") ?? "policy";
        ClusterAudit[] visible = await VisibleAsync(context, caller);
        Func<AuditedObject, AuditedVerdict, string> key = by switch
        {
            "policy" => (_, verdict) => verdict.Policy.Name,
            "team" => (one, _) => one.Team,
            "kind" => (one, _) => one.Identity.Kind,
            "cluster" => (one, _) => one.Identity.Cluster,
            "severity" => (_, verdict) => verdict.Policy.Text.Severity.ToString().ToLowerInvariant(),
            _ => throw StatusException.BadRequest($"query parameter by: \"{by}\"; expected policy, team, kind, cluster or severity"),
        };
        var groups = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
        foreach (AuditedObject one in visible.SelectMany(audit => audit.Objects))
        {
            foreach (AuditedVerdict verdict in one.Verdicts.Values)
            {
                Count(groups, key(one, verdict), verdict.Verdict.Outcome);
            }
        }

        await JsonAsync(context, new JsonObject
        {
            ["by"] = by,
            ["evaluations"] = visible.Sum(audit => audit.Evaluations),
            ["items"] = new JsonArray([.. groups.Select(group => (JsonNode)Counts(group.Key, group.Value))]),
        });
    }

    /// <summary>The playground: a policy and objects as texts, an answer with every error in its place.</summary>
    private async Task EvaluateAsync(HttpContext context, PolicyCaller caller)
    {
        JsonObject body = await BodyAsync(context);
        var problems = new List<PolicyProblem>();
        SourceSet policyFile = SourceReader.Read("policy.yaml", body.Text("policy") ?? "");
        SourceSet objects = SourceReader.Read("object.yaml", body.Text("object") ?? "");
        problems.AddRange(policyFile.Problems.Select(problem => new PolicyProblem("policy", $"{problem.Line}:{problem.Column}", problem.Message)));
        problems.AddRange(objects.Problems.Select(problem => new PolicyProblem("object", $"{problem.Line}:{problem.Column}", problem.Message)));
        PolicySet set = PolicyReader.Read(policyFile.Objects.Select(one => (one.Object, "policy")), problems);
        PolicyJudge judge = PolicyJudge.Build(set, problems, boundOnly: false);
        DateTimeOffset now = needs.Time.GetUtcNow();
        FactSnapshot facts;
        try
        {
            facts = FactSnapshot.Of(body.Object("facts"), now);
        }
        catch (FormatException bad)
        {
            throw StatusException.BadRequest(bad.Message);
        }

        var traces = new JsonArray();
        foreach (SourceObject source in objects.Objects.Take(50))
        {
            var subject = new PreparedSubject(source.Subject(objects.Namespaces()));
            foreach (PolicyJudge.Binding binding in judge.About(source.Identity).Take(50))
            {
                JsonObject trace = PolicyTrace.Of(judge, binding, subject, facts, now, context.RequestAborted);
                trace["object"] = source.Identity.ToString();
                traces.Add(trace);
            }
        }

        await JsonAsync(context, new JsonObject
        {
            ["problems"] = new JsonArray([.. problems.Select(problem => (JsonNode)new JsonObject { ["where"] = problem.Where, ["field"] = problem.Field, ["message"] = problem.Message })]),
            ["results"] = traces,
        });
    }

    private async Task RehearseAsync(HttpContext context, PolicyCaller caller)
    {
        JsonObject body = await BodyAsync(context);
        ClusterAudit[] visible = await VisibleAsync(context, caller);
        var problems = new List<PolicyProblem>();
        PolicySet set;
        if (body.Text("name") is { } name)
        {
            PolicyDefinition policy = PackLibrary.All.SelectMany(pack => pack.Policies).Concat(visible.SelectMany(audit => audit.Bindings).Select(binding => binding.Policy.Definition)).FirstOrDefault(one => one.Name == name)
                ?? throw new StatusException(404, "NotFound", $"there is no policy \"{name}\"");
            set = PolicySet.Empty with { Policies = [policy] };
        }
        else
        {
            set = PolicyReader.Read(SourceReader.Read("policy.yaml", body.Text("policy") ?? "").Objects.Select(one => (one.Object, "policy")), problems);
        }

        PolicyJudge judge = PolicyJudge.Build(set, problems, boundOnly: false);
        if (problems.FirstOrDefault(problem => problem.IsError) is { } wrong || judge.Policies.Count == 0)
        {
            throw StatusException.BadRequest(problems.Count > 0 ? string.Join('\n', problems) : "policy: no policy was given");
        }

        double days = double.TryParse(body.Text("days"), CultureInfo.InvariantCulture, out double asked) ? Math.Clamp(asked, 0, 366) : 30;
        DateTimeOffset since = needs.Time.GetUtcNow() - TimeSpan.FromDays(days);
        var writes = new List<PastWrite>();
        foreach (ClusterAudit audit in visible)
        {
            foreach (KindDefinition kind in AllKinds.Catalog.All.Where(kind => judge.About(IdentityOf(kind.Type)).Count > 0))
            {
                IReadOnlyList<Fairway.Storage.StoredRevision> found = await needs.Revisions.WritesSinceAsync(audit.Cluster, kind.Type.GroupResource, since, MaxWrites, context.RequestAborted);
                writes.AddRange(found.Select(one => new PastWrite(audit.Cluster, kind.Type, one.At, one.Document)));
            }
        }

        RehearsalResult result = Rehearsal.Run(judge, writes.OrderBy(write => write.At), Namespaces, context.RequestAborted);
        await JsonAsync(context, Node(result, since));
    }

    private async Task DecideAsync(HttpContext context, PolicyCaller caller, string decision)
    {
        var key = new ObjectKey((string)context.Request.RouteValues["ns"]!, (string)context.Request.RouteValues["name"]!);
        JsonObject body = await BodyAsync(context);
        var given = new JsonObject { ["by"] = caller.Name, ["comment"] = body.Text("comment") };
        Document decided = await caller.Hub.PatchAsync(
            KindOf<Waiver>.Type, key.Namespace, key.Name, new PatchBody(PatchKind.Merge, new JsonObject { ["spec"] = new JsonObject { [decision] = given } }), WriteOptions.Default, context.RequestAborted);
        await JsonAsync(context, decided.ToNode());
    }

    private static JsonObject Node(RehearsalResult result, DateTimeOffset since) => new()
    {
        ["since"] = since,
        ["writes"] = result.Writes,
        ["refused"] = result.Refused,
        ["unknown"] = result.Unknown,
        ["teams"] = new JsonArray([.. result.ByTeam.Select(team => (JsonNode)new JsonObject
        {
            ["team"] = team.Key,
            ["refused"] = team.Sum(one => one.Writes),
            ["objects"] = new JsonArray([.. team.Select(one => (JsonNode)new JsonObject
            {
                ["cluster"] = one.Identity.Cluster, ["object"] = one.Identity.ToString(), ["policy"] = one.Finding.Policy, ["first"] = one.First, ["last"] = one.Last, ["writes"] = one.Writes,
                ["stillViolates"] = one.StillViolates, ["path"] = one.Finding.Path.ToString(), ["message"] = one.Finding.Message, ["patch"] = one.Finding.Patch?.DeepClone(),
            })]),
        })]),
    };

    private IReadOnlyDictionary<string, JsonObject> Namespaces(string cluster)
        => needs.Clusters[cluster].Of(KindOf<Namespace>.Type).List().ToDictionary(one => one.Header.Name, one => one.ToNode());

    private async Task<ClusterAudit[]> VisibleAsync(HttpContext context, PolicyCaller caller)
    {
        string? cluster = Text(context, "cluster");
        if (cluster is not null && !audits.ContainsKey(cluster))
        {
            throw StatusException.BadRequest($"query parameter cluster: there is no cluster \"{cluster}\"; there are {string.Join(", ", audits.Keys)}");
        }

        ClusterAudit[] wanted = [.. audits.Values.Where(audit => cluster is null || audit.Cluster == cluster)];
        foreach (ClusterAudit audit in wanted)
        {
            await caller.RequireAsync(audit.Cluster, "list", KindOfReport, null);
        }

        return wanted;
    }

    private static ResourceType KindOfReport { get; } = KindDefinition.Of(typeof(Report)).Type;

    private static Dictionary<string, int[]> Tally(IEnumerable<ClusterAudit> visible, Func<AuditedVerdict, string> key)
    {
        var tally = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
        foreach (AuditedVerdict verdict in visible.SelectMany(audit => audit.Objects).SelectMany(one => one.Verdicts.Values))
        {
            Count(tally, key(verdict), verdict.Verdict.Outcome);
        }

        return tally.ToDictionary();
    }

    private static void Count(SortedDictionary<string, int[]> groups, string key, Outcome outcome)
    {
        if (!groups.TryGetValue(key, out int[]? counts))
        {
            groups[key] = counts = new int[5];
        }

        counts[(int)outcome]++;
    }

    private static JsonObject Counts(string key, int[]? counts) => new()
    {
        ["key"] = key,
        ["pass"] = counts?[(int)Outcome.Pass] ?? 0,
        ["fail"] = counts?[(int)Outcome.Fail] ?? 0,
        ["unknown"] = counts?[(int)Outcome.Unknown] ?? 0,
        ["waived"] = counts?[(int)Outcome.Waived] ?? 0,
    };

    private static JsonObject Policy(PolicyDefinition policy, ClusterAudit[] visible, int[]? counts)
    {
        JsonObject node = Counts(policy.Name, counts);
        node.Remove("key");
        node["name"] = policy.Name;
        node["title"] = policy.Text.Title;
        node["why"] = policy.Text.Why;
        node["howToMend"] = policy.Text.HowToMend;
        node["severity"] = policy.Text.Severity.ToString().ToLowerInvariant();
        node["controls"] = new JsonArray([.. policy.Text.Controls.Select(control => (JsonNode)control.ToString())]);
        node["enforced"] = new JsonArray([.. visible.SelectMany(audit => audit.Bindings.Where(binding => binding.Policy.Definition.Name == policy.Name).Select(binding => (JsonNode)new JsonObject
        {
            ["cluster"] = audit.Cluster,
            ["stage"] = binding.Actions.Contains("Deny") ? "deny" : binding.Actions.Contains("Warn") ? "warn" : "audit",
        }))]);
        return node;
    }

    private static JsonNode Violation(string cluster, AuditedObject one, AuditedVerdict verdict, Finding finding) => new JsonObject
    {
        ["cluster"] = cluster,
        ["team"] = one.Team,
        ["apiVersion"] = one.Identity.ApiVersion,
        ["kind"] = one.Identity.Kind,
        ["namespace"] = one.Identity.NamespaceName,
        ["name"] = one.Identity.Name,
        ["policy"] = verdict.Policy.Name,
        ["title"] = verdict.Policy.Text.Title,
        ["why"] = verdict.Policy.Text.Why,
        ["howToMend"] = verdict.Policy.Text.HowToMend,
        ["rule"] = finding.Rule,
        ["severity"] = finding.Severity.ToString().ToLowerInvariant(),
        ["result"] = finding.Outcome.ToString().ToLowerInvariant(),
        ["path"] = finding.Path.ToString(),
        ["message"] = finding.Message,
        ["patch"] = finding.Patch?.DeepClone(),
        ["waiver"] = finding.Waiver,
        ["since"] = one.At,
    };

    private static ResourceIdentity IdentityOf(ResourceType type) => new() { Group = type.Group, Version = type.Version, Kind = type.Kind, Resource = type.Plural, Namespaced = type.Namespaced };

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode)value)]);

    private static string? Text(HttpContext context, string name) => context.Request.Query[name].ToString() is { Length: > 0 } text ? text : null;

    private static async Task<JsonObject> BodyAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        byte[] chunk = new byte[8192];
        int read;
        while ((read = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > MaxBody)
            {
                throw new StatusException(413, "RequestEntityTooLarge", $"the body has more than {MaxBody} bytes");
            }
        }

        try
        {
            return buffer.Length == 0 ? [] : JsonNode.Parse(Encoding.UTF8.GetString(buffer.ToArray())) as JsonObject ?? throw StatusException.BadRequest("the body must be a JSON object");
        }
        catch (JsonException bad)
        {
            throw StatusException.BadRequest($"the body is not valid JSON: {bad.Message}");
        }
    }

    private static Task JsonAsync(HttpContext context, JsonNode body)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(body.ToJsonString(KubeJson.Options), context.RequestAborted);
    }
}

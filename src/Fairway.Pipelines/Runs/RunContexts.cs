using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Git;
using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Syntax;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Pipelines.Runs;

/// <summary>What all jobs of a run see: <c>github</c>, <c>inputs</c>, <c>vars</c>, <c>secrets</c>, and the event.</summary>
internal sealed record RunContexts(IReadOnlyDictionary<string, ExpressionValue> All, string EventJson, IReadOnlyList<string> Secrets)
{
    /// <summary>The Secret and the ConfigMap of a namespace that pipelines read.</summary>
    public const string SourceName = "pipelines";

    /// <summary>What <c>run-name</c>, <c>concurrency</c> and job planning see: no secrets.</summary>
    public IReadOnlyDictionary<string, ExpressionValue> WithoutSecrets
        => All.Where(context => context.Key != "secrets").ToDictionary(context => context.Key, context => context.Value, StringComparer.Ordinal);

    public static RunContexts Of(PipelineRun run, Workflow workflow, Secret? secrets, ConfigMap? variables, PipelinesOptions options)
    {
        Dictionary<string, string> secretTexts = (secrets?.Data ?? new Dictionary<string, string>())
            .ToDictionary(entry => entry.Key, entry => Encoding.UTF8.GetString(Convert.FromBase64String(entry.Value)), StringComparer.Ordinal);
        JsonObject payload = Payload(run, options);
        string json = payload.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        Dictionary<string, ExpressionValue> all = new(StringComparer.Ordinal)
        {
            ["github"] = GitHub(run, workflow, JsonText.Read(json), options),
            ["inputs"] = Inputs(run, workflow),
            ["vars"] = ExpressionValue.Of(variables?.Data ?? new Dictionary<string, string>()),
            ["secrets"] = ExpressionValue.Of(secretTexts),
        };
        return new RunContexts(all, json, [.. secretTexts.Values.Where(text => text.Length > 0)]);
    }

    private static ExpressionValue GitHub(PipelineRun run, Workflow workflow, ExpressionValue payload, PipelinesOptions options)
    {
        PipelineRunSpec spec = run.Spec;
        string repository = $"{run.Metadata.Namespace}/{spec.Repository}";
        bool tag = spec.Ref.StartsWith("refs/tags/", StringComparison.Ordinal);
        Dictionary<string, string> texts = new()
        {
            ["actor"] = spec.Actor ?? "",
            ["triggering_actor"] = spec.Actor ?? "",
            ["api_url"] = options.PortalUrl(),
            ["server_url"] = options.PortalUrl(),
            ["graphql_url"] = "",
            ["base_ref"] = "",
            ["head_ref"] = "",
            ["event_name"] = spec.Event,
            ["ref"] = spec.Ref,
            ["ref_name"] = RefName(spec.Ref),
            ["ref_protected"] = "false",
            ["ref_type"] = tag ? "tag" : "branch",
            ["repository"] = repository,
            ["repository_id"] = Number(repository),
            ["repository_owner"] = run.Metadata.Namespace ?? "",
            ["repositoryUrl"] = $"{options.GitUrl()}/{repository}.git",
            ["retention_days"] = "90",
            ["run_id"] = Number(run.Metadata.Uid ?? run.Metadata.Name),
            ["run_number"] = spec.Number.ToString(CultureInfo.InvariantCulture),
            ["run_attempt"] = "1",
            ["sha"] = spec.Sha,
            ["token"] = "",
            ["workflow"] = workflow.Name ?? workflow.File,
            ["workflow_ref"] = $"{repository}/{workflow.File}@{spec.Ref}",
            ["workflow_sha"] = spec.Sha,
        };
        return new ExpressionValue.ObjectValue(
        [
            .. texts.Select(text => KeyValuePair.Create(text.Key, ExpressionValue.Of(text.Value))),
            KeyValuePair.Create("event", payload),
        ]);
    }

    /// <summary>Inputs as their types say; ones not given have their defaults.</summary>
    private static ExpressionValue Inputs(PipelineRun run, Workflow workflow)
        => new ExpressionValue.ObjectValue((workflow.On.Dispatch?.Inputs ?? []).Where(_ => run.Spec.Event == "workflow_dispatch").Select(input =>
        {
            string text = run.Spec.Inputs?.GetValueOrDefault(input.Name) ?? input.Default ?? "";
            return KeyValuePair.Create(input.Name, input.Type switch
            {
                "boolean" => ExpressionValue.Of(text.Equals("true", StringComparison.OrdinalIgnoreCase)),
                "number" => ExpressionValue.Of(ExpressionValue.Of(text).AsNumber()),
                _ => ExpressionValue.Of(text),
            });
        }));

    private static JsonObject Payload(PipelineRun run, PipelinesOptions options)
    {
        PipelineRunSpec spec = run.Spec;
        string repository = $"{run.Metadata.Namespace}/{spec.Repository}";
        JsonObject commit = new()
        {
            ["id"] = spec.Sha,
            ["message"] = spec.CommitMessage,
            ["timestamp"] = spec.CommitTime?.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture),
            ["author"] = new JsonObject { ["name"] = spec.Author, ["username"] = spec.Author },
        };
        JsonObject payload = new()
        {
            ["ref"] = spec.Ref,
            ["repository"] = new JsonObject
            {
                ["name"] = spec.Repository,
                ["full_name"] = repository,
                ["owner"] = new JsonObject { ["login"] = run.Metadata.Namespace, ["name"] = run.Metadata.Namespace },
                ["clone_url"] = $"{options.GitUrl()}/{repository}.git",
                ["html_url"] = $"{options.PortalUrl()}/{repository}",
            },
            ["sender"] = new JsonObject { ["login"] = spec.Actor },
        };
        if (spec.Event == "push")
        {
            payload["before"] = spec.Before ?? new string('0', 40);
            payload["after"] = spec.Sha;
            payload["created"] = spec.Before is null;
            payload["deleted"] = false;
            payload["pusher"] = new JsonObject { ["name"] = spec.Actor };
            payload["head_commit"] = commit;
            payload["commits"] = new JsonArray(commit.DeepClone());
        }
        else
        {
            JsonObject inputs = [];
            foreach ((string name, string value) in spec.Inputs ?? new Dictionary<string, string>())
            {
                inputs[name] = value;
            }

            payload["inputs"] = inputs;
            payload["workflow"] = spec.Workflow;
        }

        return payload;
    }

    private static string RefName(string @ref) => @ref switch
    {
        _ when @ref.StartsWith("refs/heads/", StringComparison.Ordinal) => @ref["refs/heads/".Length..],
        _ when @ref.StartsWith("refs/tags/", StringComparison.Ordinal) => @ref["refs/tags/".Length..],
        _ => @ref,
    };

    // Tools expect a number; this one is as unique as 48 bits of a hash.
    private static string Number(string text)
        => (BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text))) >> 16).ToString(CultureInfo.InvariantCulture);
}

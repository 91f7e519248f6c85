using System.Text.Json.Nodes;
using Fairway.Delivery.Promotions;
using Fairway.Delivery.Rendering;
using Fairway.Resources.Yaml;

namespace Fairway.Delivery.Environments;

/// <summary>What an environment branch says about itself, in <c>&lt;application&gt;/release.yaml</c>: which release is to run and how it came.</summary>
internal sealed record EnvironmentPin
{
    public const string FileName = "release.yaml";

    public required string Application { get; init; }

    public required string Environment { get; init; }

    public required string Release { get; init; }

    public string? Version { get; init; }

    /// <summary>The commit that the release was built from.</summary>
    public string? Commit { get; init; }

    /// <summary>The promotion that wrote this; null when a release was put back.</summary>
    public string? Promotion { get; init; }

    public string? By { get; init; }

    /// <summary>The cluster follows only once the rollout of the promotion has all traffic on the new release.</summary>
    public bool Canary { get; init; }

    /// <summary>The last good release before this one: what runs until the canary is through, and what to return to.</summary>
    public LastGood? Over { get; init; }

    /// <summary>The promotion after which this release was put back.</summary>
    public string? RevertOf { get; init; }

    public string? Reason { get; init; }

    /// <summary>Everything may be pruned: the environment is meant to be empty.</summary>
    public bool AllowEmpty { get; init; }

    public string Write()
    {
        var node = new JsonObject { ["application"] = Application, ["environment"] = Environment, ["release"] = Release };
        Add(node, "version", Version);
        Add(node, "commit", Commit);
        Add(node, "promotion", Promotion);
        Add(node, "by", By);
        if (Canary)
        {
            node["delivery"] = "canary";
        }

        if (Over is { } over)
        {
            node["over"] = new JsonObject { ["release"] = over.Release, ["revision"] = over.Revision };
        }

        Add(node, "revertOf", RevertOf);
        Add(node, "reason", Reason);
        if (AllowEmpty)
        {
            node["allowEmpty"] = true;
        }

        return "# Written by Fairway: what runs in this environment. Promote or roll back to change it.\n" + YamlWriter.Write(node);
    }

    /// <exception cref="RenderException">Not a pin; the message says where and what was expected.</exception>
    public static EnvironmentPin Parse(string file, string text)
    {
        JsonNode? node = ManifestYaml.Read(file, text).Select(document => document.Node).FirstOrDefault();
        if (node is not JsonObject)
        {
            throw new RenderException($"{file}: empty; expected application, environment and release");
        }

        return new EnvironmentPin
        {
            Application = Required(file, node, "application"),
            Environment = Required(file, node, "environment"),
            Release = Required(file, node, "release"),
            Version = Scalar(node["version"]),
            Commit = Scalar(node["commit"]),
            Promotion = Scalar(node["promotion"]),
            By = Scalar(node["by"]),
            Canary = Scalar(node["delivery"]) == "canary",
            Over = node["over"] is JsonObject over ? new LastGood(Required(file, over, "release"), Required(file, over, "revision")) : null,
            RevertOf = Scalar(node["revertOf"]),
            Reason = Scalar(node["reason"]),
            AllowEmpty = Scalar(node["allowEmpty"]) == "true",
        };
    }

    private static void Add(JsonObject node, string name, string? value)
    {
        if (value is not null)
        {
            node[name] = value;
        }
    }

    private static string Required(string file, JsonNode node, string name)
        => Scalar(node[name]) is { Length: > 0 } value ? value : throw new RenderException($"{file}: {name}: missing; expected a text");

    // A commit or version of digits alone may have lost its quotes in somebody's editor.
    private static string? Scalar(JsonNode? node) => node is JsonValue ? Manifest.Text(node) ?? node.ToJsonString() : null;
}

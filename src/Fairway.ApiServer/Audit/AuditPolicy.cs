using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Yaml;

namespace Fairway.ApiServer;

/// <summary>How much of a request the audit trail keeps.</summary>
public enum AuditLevel
{
    None,

    /// <summary>Who did what to what, and how it ended.</summary>
    Metadata,

    /// <summary>Also what was sent.</summary>
    Request,

    /// <summary>Also what was answered.</summary>
    RequestResponse,
}

/// <summary>What a policy says about one request.</summary>
/// <param name="Level">How much is kept.</param>
/// <param name="OmitStages">The stages at which nothing is written.</param>
/// <param name="OmitManagedFields">Objects are kept without their managedFields.</param>
internal sealed record AuditDecision(AuditLevel Level, IReadOnlyList<string> OmitStages, bool OmitManagedFields)
{
    /// <summary>What happens without a policy: everything is noted once it has ended, without bodies.</summary>
    public static AuditDecision Default { get; } = new(AuditLevel.Metadata, ["RequestReceived"], false);
}

/// <summary>
/// An audit policy (audit.k8s.io/v1 Policy): the first rule that matches a request decides. Bodies of Secrets, of tokens and of
/// token reviews are never kept, whatever the policy says.
/// </summary>
public sealed class AuditPolicy
{
    private static readonly string[] Stages = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];

    private readonly Rule[] _rules;

    private AuditPolicy(Rule[] rules) => _rules = rules;

    /// <summary>Reads a policy in YAML or JSON.</summary>
    /// <exception cref="FormatException">It is no policy; the message names the field, what it is and what was expected.</exception>
    public static AuditPolicy Parse(string text)
    {
        JsonObject policy = YamlReader.ReadObject(Encoding.UTF8.GetBytes(text), out _);
        if ((string?)policy["kind"] != "Policy" || (string?)policy["apiVersion"] != "audit.k8s.io/v1")
        {
            throw new FormatException($"apiVersion and kind are {policy["apiVersion"]} {policy["kind"]}; expected audit.k8s.io/v1 Policy");
        }

        if (policy["rules"] is not JsonArray { Count: > 0 } rules)
        {
            throw new FormatException("rules: is missing or empty; expected a list of rules, each with a level");
        }

        string[] omit = OmitStages(policy["omitStages"], "omitStages");
        bool omitManaged = (bool?)policy["omitManagedFields"] ?? false;
        return new AuditPolicy([.. rules.Select((rule, index) => Read(rule as JsonObject ?? [], $"rules[{index}]", omit, omitManaged))]);
    }

    internal AuditDecision Decide(Identity user, RequestInfo request)
        => Array.Find(_rules, rule => rule.Matches(user, request))?.Decision ?? new AuditDecision(AuditLevel.None, [], false);

    /// <summary>Bodies that hold secrets.</summary>
    internal static bool IsSecret(RequestInfo request)
        => (request.Group, request.Resource, request.Subresource) is ("", "secrets", _) or ("authentication.k8s.io", "tokenreviews", _) or ("", "serviceaccounts", "token");

    private static Rule Read(JsonObject rule, string path, string[] omit, bool omitManaged)
    {
        string text = (string?)rule["level"] ?? "";
        if (!Enum.TryParse(text, out AuditLevel level) || !Enum.IsDefined(level) || char.IsDigit(text[0]))
        {
            throw new FormatException($"{path}.level: is \"{text}\"; expected None, Metadata, Request or RequestResponse");
        }

        string[] stages = [.. omit.Union(OmitStages(rule["omitStages"], $"{path}.omitStages"))];
        return new Rule
        {
            Decision = new AuditDecision(level, stages, (bool?)rule["omitManagedFields"] ?? omitManaged),
            Users = Texts(rule["users"]),
            Groups = Texts(rule["userGroups"]),
            Verbs = Texts(rule["verbs"]),
            Namespaces = Texts(rule["namespaces"]),
            Paths = Texts(rule["nonResourceURLs"]),
            Resources = [.. (rule["resources"] as JsonArray ?? []).OfType<JsonObject>().Select(each => new Resources(
                (string?)each["group"] ?? "", Texts(each["resources"]), Texts(each["resourceNames"])))],
        };
    }

    private static string[] OmitStages(JsonNode? node, string path)
    {
        string[] stages = Texts(node);
        return Array.Find(stages, stage => !Stages.Contains(stage)) is { } unknown
            ? throw new FormatException($"{path}: \"{unknown}\" is no stage; expected {string.Join(", ", Stages)}")
            : stages;
    }

    private static string[] Texts(JsonNode? list) => [.. (list as JsonArray ?? []).Select(item => item?.ToString() ?? "")];

    private sealed record Resources(string Group, string[] Names, string[] ObjectNames)
    {
        public bool Matches(RequestInfo request)
        {
            if (Group != request.Group || (ObjectNames.Length > 0 && !ObjectNames.Contains(request.Name)))
            {
                return false;
            }

            string full = request.Subresource.Length == 0 ? request.Resource : $"{request.Resource}/{request.Subresource}";
            return Names.Length == 0 || Names.Any(name => name == full || name == "*"
                || (name.EndsWith("/*", StringComparison.Ordinal) && name[..^2] == request.Resource)
                || (name.StartsWith("*/", StringComparison.Ordinal) && name[2..] == request.Subresource && request.Subresource.Length > 0));
        }
    }

    private sealed record Rule
    {
        public required AuditDecision Decision { get; init; }

        public required string[] Users { get; init; }

        public required string[] Groups { get; init; }

        public required string[] Verbs { get; init; }

        public required string[] Namespaces { get; init; }

        public required string[] Paths { get; init; }

        public required Resources[] Resources { get; init; }

        public bool Matches(Identity user, RequestInfo request)
            => (Users.Length == 0 || Users.Contains(user.Name))
                && (Groups.Length == 0 || Groups.Any(user.Groups.Contains))
                && (Verbs.Length == 0 || Verbs.Contains(request.Verb))
                && (request.IsResource ? MatchesResource(request) : MatchesPath(request));

        private bool MatchesResource(RequestInfo request)
            => (Namespaces.Length == 0 || Namespaces.Contains(request.Namespace))
                && (Resources.Length > 0 ? Resources.Any(each => each.Matches(request)) : Paths.Length == 0);

        private bool MatchesPath(RequestInfo request)
            => Namespaces.Length == 0 && Resources.Length == 0 && (Paths.Length == 0 || Paths.Any(path => path == "*" || path == request.Path
                || (path.EndsWith('*') && request.Path.StartsWith(path[..^1], StringComparison.Ordinal))));
    }
}

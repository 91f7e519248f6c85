using System.Collections.Immutable;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel;

/// <summary>A question to the host's authorizer, as <c>authorizer.group('').resource('pods').check('get')</c> builds it.</summary>
public sealed record CelAccessQuery
{
    /// <summary>A non-resource path; null for resources.</summary>
    public string? Path { get; init; }

    public string Group { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Name { get; init; } = "";

    public string Verb { get; init; } = "";

    /// <summary>Asked for this ServiceAccount rather than for the request's user.</summary>
    public (string Namespace, string Name)? ServiceAccount { get; init; }

    public string FieldSelector { get; init; } = "";

    public string LabelSelector { get; init; } = "";
}

/// <summary>What the authorizer says.</summary>
public sealed record CelAccessAnswer(bool Allowed, string Reason = "", string? Error = null);

/// <summary>Kubernetes' authorizer checks. The host gives the answers; each check is asked once it is reached.</summary>
public static class AuthorizerLibrary
{
    private static readonly CelType S = CelType.String;
    private static readonly CelType PathCheck = CelType.Opaque("kubernetes.authorization.PathCheck");
    private static readonly CelType GroupCheck = CelType.Opaque("kubernetes.authorization.GroupCheck");
    private static readonly CelType ResourceCheck = CelType.Opaque("kubernetes.authorization.ResourceCheck");
    private static readonly CelType Decision = CelType.Opaque("kubernetes.authorization.Decision");

    /// <summary>The type of the variable <c>authorizer</c>.</summary>
    public static CelType AuthorizerType { get; } = CelType.Opaque("kubernetes.authorization.Authorizer");

    /// <summary>The type of <c>authorizer.requestResource</c>.</summary>
    public static CelType RequestResourceType => ResourceCheck;

    public static CelLibrary Instance { get; } = new(
        "k8s.authz",
        new("path", Member("authorizer_path", AuthorizerType, S, PathCheck, (a, path) => path.StringValue.Length == 0 ? CelValue.Fail("path must not be empty") : Next(a, PathCheck, q => q with { Path = path.StringValue }))),
        new("group", Member("authorizer_group", AuthorizerType, S, GroupCheck, (a, group) => Next(a, GroupCheck, q => q with { Group = group.StringValue }))),
        new("serviceAccount", Member("authorizer_serviceaccount", [AuthorizerType, S, S], AuthorizerType, args => Next(args[0], AuthorizerType, q => q with { ServiceAccount = (args[1].StringValue, args[2].StringValue) }))),
        new("resource", Member("groupcheck_resource", GroupCheck, S, ResourceCheck, (a, resource) => Next(a, ResourceCheck, q => q with { Resource = resource.StringValue }))),
        new("subresource", Member("resourcecheck_subresource", ResourceCheck, S, ResourceCheck, (a, text) => Next(a, ResourceCheck, q => q with { Subresource = text.StringValue }))),
        new("namespace", Member("resourcecheck_namespace", ResourceCheck, S, ResourceCheck, (a, text) => Next(a, ResourceCheck, q => q with { Namespace = text.StringValue }))),
        new("name", Member("resourcecheck_name", ResourceCheck, S, ResourceCheck, (a, text) => Next(a, ResourceCheck, q => q with { Name = text.StringValue }))),
        new("fieldSelector", Member("authorizer_fieldselector", ResourceCheck, S, ResourceCheck, (a, text) => Next(a, ResourceCheck, q => q with { FieldSelector = text.StringValue }))),
        new("labelSelector", Member("authorizer_labelselector", ResourceCheck, S, ResourceCheck, (a, text) => Next(a, ResourceCheck, q => q with { LabelSelector = text.StringValue }))),
        new("check", Check("pathcheck_check", PathCheck), Check("resourcecheck_check", ResourceCheck)),
        new("allowed", Member("decision_allowed", Decision, CelType.Bool, a => CelValue.Of(Answer(a).Allowed))),
        new("reason", Member("decision_reason", Decision, S, a => CelValue.Of(Answer(a).Reason))),
        new("errored", Member("decision_errored", Decision, CelType.Bool, a => CelValue.Of(Answer(a).Error is not null))),
        new("error", Member("decision_error", Decision, S, a => CelValue.Of(Answer(a).Error ?? ""))))
    {
        Constants = ImmutableArray.Create(AuthorizerType, PathCheck, GroupCheck, ResourceCheck, Decision).ToDictionary(type => type.Name, type => CelValue.Of(type), StringComparer.Ordinal),
    };

    /// <summary>The value of <c>authorizer</c>.</summary>
    public static CelValue Authorizer(Func<CelAccessQuery, CelAccessAnswer> ask) => CelValue.Of(new CheckValue(AuthorizerType, new CelAccessQuery(), ask));

    /// <summary>The value of <c>authorizer.requestResource</c>: a check of what the request is about.</summary>
    public static CelValue RequestResource(Func<CelAccessQuery, CelAccessAnswer> ask, CelAccessQuery about) => CelValue.Of(new CheckValue(ResourceCheck, about, ask));

    /// <summary>350,000 units, as the reference charges for an authorizer's check.</summary>
    private static CelOverload Check(string id, CelType type) => Member(id, type, S, Decision, (a, verb) =>
    {
        var check = (CheckValue)a.OpaqueValue;
        return CelValue.Of(new DecisionValue(check.Ask(check.Query with { Verb = verb.StringValue })));
    }) with
    { Cost = (_, _) => 350_000 };

    private static CelAccessAnswer Answer(CelValue value) => ((DecisionValue)value.OpaqueValue).Answer;

    private static CelValue Next(CelValue from, CelType type, Func<CelAccessQuery, CelAccessQuery> change)
    {
        var check = (CheckValue)from.OpaqueValue;
        return CelValue.Of(new CheckValue(type, change(check.Query), check.Ask));
    }

    private sealed class CheckValue(CelType type, CelAccessQuery query, Func<CelAccessQuery, CelAccessAnswer> ask) : CelOpaque
    {
        public override CelType Type => type;

        public CelAccessQuery Query => query;

        public Func<CelAccessQuery, CelAccessAnswer> Ask => ask;

        public override string ToString() => type.Name;
    }

    private sealed class DecisionValue(CelAccessAnswer answer) : CelOpaque
    {
        public override CelType Type => Decision;

        public CelAccessAnswer Answer => answer;

        public override string ToString() => answer.Allowed ? "allowed" : "denied";
    }
}

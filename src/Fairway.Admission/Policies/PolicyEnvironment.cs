using Fairway.Cel;

namespace Fairway.Admission.Policies;

/// <summary>What expressions of policies may name, as Kubernetes 1.32 declares it.</summary>
public static class PolicyEnvironment
{
    private const string AuthorizerRequestResource = "authorizer.requestResource";
    private static readonly CelSchema Text = new() { Type = "string" };
    private static readonly CelSchema Texts = new() { Type = "array", Items = Text };
    private static readonly CelSchema TextMap = new() { Type = "object", AdditionalProperties = Text };
    private static readonly CelSchema Time = new() { Type = "string", Format = "date-time" };

    private static readonly CelSchema Kind = Of(("group", Text), ("version", Text), ("kind", Text));
    private static readonly CelSchema Resource = Of(("group", Text), ("version", Text), ("resource", Text));

    /// <summary>The shape of the variable <c>request</c>.</summary>
    public static CelSchema Request { get; } = Of(
        ("kind", Kind),
        ("resource", Resource),
        ("subResource", Text),
        ("requestKind", Kind),
        ("requestResource", Resource),
        ("requestSubResource", Text),
        ("name", Text),
        ("namespace", Text),
        ("operation", Text),
        ("userInfo", Of(("username", Text), ("uid", Text), ("groups", Texts), ("extra", new CelSchema { Type = "object", AdditionalProperties = Texts }))),
        ("dryRun", new CelSchema { Type = "boolean" }),
        ("options", new CelSchema { IntOrString = true }));

    /// <summary>The shape of the variable <c>namespaceObject</c>.</summary>
    public static CelSchema Namespace { get; } = Of(
        ("metadata", Of(
            ("name", Text), ("generateName", Text), ("namespace", Text), ("labels", TextMap), ("annotations", TextMap), ("UID", Text), ("uid", Text),
            ("creationTimestamp", Time), ("deletionTimestamp", Time), ("deletionGracePeriodSeconds", new CelSchema { Type = "integer" }), ("generation", new CelSchema { Type = "integer" }),
            ("resourceVersion", Text), ("selfLink", Text), ("finalizers", Texts))),
        ("spec", Of(("finalizers", Texts))),
        ("status", Of(("phase", Text))));

    /// <summary>Match conditions of webhooks: object, oldObject, request, authorizer.</summary>
    public static CelEnvironment Conditions { get; } = Build();

    /// <summary>Everything else of a policy: also namespaceObject, and params where the policy takes them.</summary>
    public static CelEnvironment Rules { get; } = Conditions
        .WithTypes(CelSchemaTypes.Declared("kubernetes.Namespace", Namespace).StructTypes)
        .WithVariable("namespaceObject", CelType.Message("kubernetes.Namespace"));

    private static CelEnvironment Build()
    {
        CelSchemaTypes request = CelSchemaTypes.Declared("kubernetes.AdmissionRequest", Request);
        return CelEnvironment.Kubernetes
            .WithLibraries(AuthorizerLibrary.Instance)
            .WithTypes(request.StructTypes)
            .WithVariable("object", CelType.Dyn)
            .WithVariable("oldObject", CelType.Dyn)
            .WithVariable("request", request.Type)
            .WithVariable("authorizer", AuthorizerLibrary.AuthorizerType)
            .WithVariable(AuthorizerRequestResource, AuthorizerLibrary.RequestResourceType);
    }

    private static CelSchema Of(params (string Name, CelSchema Schema)[] properties)
        => new() { Type = "object", Properties = properties.ToDictionary(property => property.Name, property => property.Schema, StringComparer.Ordinal) };
}

using Fairway.Cel;

namespace Fairway.Admission.Evaluation;

/// <summary>What expressions of policies may name, as Kubernetes 1.32 declares it.</summary>
internal static class PolicyEnvironment
{
    public const string AuthorizerRequestResource = "authorizer.requestResource";
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
            ("name", Text), ("generateName", Text), ("namespace", Text), ("labels", TextMap), ("annotations", TextMap), ("UID", Text),
            ("creationTimestamp", Time), ("deletionTimestamp", Time), ("deletionGracePeriodSeconds", new CelSchema { Type = "integer" }), ("generation", new CelSchema { Type = "integer" }),
            ("resourceVersion", Text), ("finalizers", Texts))),
        ("spec", Of(("finalizers", Texts))),
        ("status", Of(("conditions", new CelSchema { Type = "array", Items = Of(("status", Text), ("type", Text), ("lastTransitionTime", Time), ("message", Text), ("reason", Text)) }), ("phase", Text))));

    private static readonly CelEnvironment Rules = Build();

    private static readonly CelEnvironment Mutations = Rules.WithTypes([MutationTypes.Patch]).WithTypeResolver(MutationTypes.Find);

    /// <summary>All but variables; for mutations also <c>Object</c> and <c>JSONPatch</c>.</summary>
    public static CelEnvironment OfRules(bool hasParams, bool hasFacts, bool mutates) => With(mutates ? Mutations : Rules, hasParams, hasFacts);

    /// <summary>And the variables declared so far.</summary>
    public static CelEnvironment With(CelEnvironment environment, VariablesType variables)
        => environment.WithTypes([variables]).WithVariable("variables", CelType.Message(variables.Name));

    /// <summary>Messages cannot ask for rights.</summary>
    public static CelEnvironment WithoutAuthorizer(CelEnvironment environment) => environment.WithoutVariables("authorizer", AuthorizerRequestResource);

    private static CelEnvironment With(CelEnvironment environment, bool hasParams, bool hasFacts)
    {
        environment = hasParams ? environment.WithVariable("params", CelType.Dyn) : environment;
        return hasFacts ? environment.WithVariable("facts", CelType.Dyn) : environment;
    }

    private static CelEnvironment Build()
    {
        CelSchemaTypes request = CelSchemaTypes.Declared("kubernetes.AdmissionRequest", Request);
        return CelEnvironment.Kubernetes
            .WithLibraries(AuthorizerLibrary.Instance)
            .WithKubernetesCosts()
            .WithTypes(request.StructTypes)
            .WithTypes(CelSchemaTypes.Declared("kubernetes.Namespace", Namespace).StructTypes)
            .WithVariable("namespaceObject", CelType.Message("kubernetes.Namespace"))
            .WithVariable("object", CelType.Dyn)
            .WithVariable("oldObject", CelType.Dyn)
            .WithVariable("request", request.Type)
            .WithVariable("authorizer", AuthorizerLibrary.AuthorizerType)
            .WithVariable(AuthorizerRequestResource, AuthorizerLibrary.RequestResourceType);
    }

    private static CelSchema Of(params (string Name, CelSchema Schema)[] properties)
        => new() { Type = "object", Properties = properties.ToDictionary(property => property.Name, property => property.Schema, StringComparer.Ordinal) };
}

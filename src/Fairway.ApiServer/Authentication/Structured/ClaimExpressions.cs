using System.Text.Json.Nodes;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>An expression of an AuthenticationConfiguration and what is said when it is not true.</summary>
internal sealed record ClaimRule(CelProgram Program, string Message);

/// <summary>
/// What an AuthenticationConfiguration says in expressions (CEL): over <c>claims</c>, what a user is called and what must hold of
/// the token; over <c>user</c>, what must hold of who comes out. Compiled once; safe for concurrent use.
/// </summary>
internal sealed record ClaimExpressions
{
    private const string UserType = "kubernetes.UserInfo";

    private static readonly CelSchema Text = new() { Type = "string" };
    private static readonly CelSchema Texts = new() { Type = "array", Items = Text };

    private static readonly CelSchema UserSchema = new()
    {
        Type = "object",
        Properties = new Dictionary<string, CelSchema>(StringComparer.Ordinal)
        {
            ["username"] = Text,
            ["uid"] = Text,
            ["groups"] = Texts,
            ["extra"] = new() { Type = "object", AdditionalProperties = Texts },
        },
    };

    private static readonly CelEnvironment OverClaims = CelEnvironment.Kubernetes.WithVariable("claims", CelType.MapOf(CelType.String, CelType.Dyn));

    private static readonly CelEnvironment OverUser = CelEnvironment.Kubernetes
        .WithTypes(CelSchemaTypes.Declared(UserType, UserSchema).StructTypes).WithVariable("user", CelType.Message(UserType));

    public CelProgram? Username { get; init; }

    public CelProgram? Groups { get; init; }

    public CelProgram? Uid { get; init; }

    public IReadOnlyList<(string Key, CelProgram Value)> Extra { get; init; } = [];

    public IReadOnlyList<ClaimRule> ClaimRules { get; init; } = [];

    public IReadOnlyList<ClaimRule> UserRules { get; init; } = [];

    /// <summary>Compiles an expression over the claims of a token, or over the user that they make.</summary>
    /// <param name="types">What it may come to.</param>
    /// <exception cref="FormatException">It does not compile, or comes to something else; the message begins with the path.</exception>
    public static CelProgram Compile(string path, string text, bool overUser, params CelType[] types)
    {
        CelCompilation compiled = (overUser ? OverUser : OverClaims).Compile(text);
        if (compiled.Program is not { } program)
        {
            throw new FormatException($"{path}: Invalid value: \"{text}\": compilation failed: {compiled.Render()}");
        }

        return types.Contains(compiled.Type) || compiled.Type.Kind is CelTypeKind.Dyn or CelTypeKind.Any
            ? program
            : throw new FormatException($"{path}: Invalid value: \"{text}\": must evaluate to {string.Join(" or ", types.Select(type => type.ToString()))}");
    }

    /// <summary>The value of an expression over claims; null when it fails.</summary>
    public static JsonNode? Evaluate(CelProgram program, JsonObject claims)
        => Evaluate(program, "claims", CelJson.From(claims)) is { IsError: false } value ? CelJson.ToNode(value) : null;

    /// <summary>Whether the token's claims are all as they must be.</summary>
    public bool AcceptClaims(JsonObject claims) => ClaimRules.All(rule => Evaluate(rule.Program, claims) is { } held && KubeJson.AsBool(held) == true);

    /// <summary>Whether the user is as it must be.</summary>
    public bool AcceptUser(Identity user)
        => UserRules.Count == 0 || UserRules.All(rule => Evaluate(rule.Program, "user", UserOf(user)) is { IsError: false } value && KubeJson.AsBool(CelJson.ToNode(value)) == true);

    private static CelValue UserOf(Identity user) => CelJson.From(
        new JsonObject
        {
            ["username"] = user.Name,
            ["uid"] = user.Uid,
            ["groups"] = new JsonArray([.. user.Groups.Where(group => group != Identity.Authenticated).Select(group => (JsonNode)group)]),
            ["extra"] = new JsonObject(user.Extra.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonArray([.. pair.Value.Select(value => (JsonNode)value)])))),
        },
        UserSchema);

    private static CelValue Evaluate(CelProgram program, string name, CelValue value)
        => program.Evaluate(new CelVariables([KeyValuePair.Create(name, value)]), CelLimits.PerExpression, CancellationToken.None).Value;
}

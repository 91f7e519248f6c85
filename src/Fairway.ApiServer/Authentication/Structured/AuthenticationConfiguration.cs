using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fairway.Cel;
using Fairway.Resources.Schemas;
using Fairway.Resources.Yaml;

namespace Fairway.ApiServer;

/// <summary>Who may come without credentials.</summary>
/// <param name="Enabled">Whether anybody may; who may not is answered 401.</param>
/// <param name="Paths">For these paths alone; empty: for all.</param>
public sealed record AnonymousAccess(bool Enabled, IReadOnlyList<string> Paths)
{
    /// <summary>Everybody may knock, and RBAC says what they may.</summary>
    public static AnonymousAccess Everywhere { get; } = new(true, []);

    internal bool Allows(string path) => Enabled && (Paths.Count == 0 || Paths.Contains(path));
}

/// <summary>
/// An AuthenticationConfiguration file (apiserver.config.k8s.io/v1beta1): the issuers of tokens, how claims become users (by name
/// or by CEL), what must hold of tokens and of users, and who may come without.
/// </summary>
public sealed class AuthenticationConfiguration
{
    private static readonly string[] Versions = ["apiserver.config.k8s.io/v1beta1", "apiserver.config.k8s.io/v1alpha1"];
    private static readonly CelType[] TextOrTexts = [CelType.String, CelType.ListOf(CelType.String), CelType.ListOf(CelType.Dyn), CelType.Null];

    private AuthenticationConfiguration(IReadOnlyList<OidcIssuer> issuers, AnonymousAccess anonymous)
    {
        Issuers = issuers;
        Anonymous = anonymous;
    }

    /// <summary>The issuers, in the order of the file.</summary>
    public IReadOnlyList<OidcIssuer> Issuers { get; }

    public AnonymousAccess Anonymous { get; }

    /// <summary>Reads a configuration in YAML or JSON.</summary>
    /// <exception cref="FormatException">It is none; the message names the field, what it is and what was expected.</exception>
    public static AuthenticationConfiguration Parse(string text)
    {
        JsonObject file = YamlReader.ReadObject(Encoding.UTF8.GetBytes(text), out _);
        if (!Versions.Contains(Text(file, "apiVersion")) || Text(file, "kind") != "AuthenticationConfiguration")
        {
            throw new FormatException($"apiVersion and kind are {file["apiVersion"]} {file["kind"]}; expected {Versions[0]} AuthenticationConfiguration");
        }

        RequireKnown(file, "", "apiVersion", "kind", "jwt", "anonymous");
        var issuers = new List<OidcIssuer>();
        foreach ((JsonObject jwt, string path) in Objects(file, "jwt", ""))
        {
            OidcIssuer issuer = Issuer(jwt, path);
            if (issuers.Exists(other => other.Url == issuer.Url))
            {
                throw new FormatException($"{path}.issuer.url: Duplicate value: \"{issuer.Url}\"");
            }

            issuers.Add(issuer);
        }

        return new AuthenticationConfiguration(issuers, Access(file["anonymous"] as JsonObject));
    }

    private static AnonymousAccess Access(JsonObject? anonymous)
    {
        if (anonymous is null)
        {
            return AnonymousAccess.Everywhere;
        }

        RequireKnown(anonymous, "anonymous", "enabled", "conditions");
        bool isEnabled = KubeJson.AsBool(anonymous["enabled"]) ?? throw new FormatException("anonymous.enabled: Required value: expected true or false");
        string[] paths = [.. Objects(anonymous, "conditions", "anonymous").Select(each => Required(each.Object, "path", each.Path))];
        return !isEnabled && paths.Length > 0
            ? throw new FormatException("anonymous.conditions: Invalid value: enabled should be set to true when conditions are defined")
            : new AnonymousAccess(isEnabled, paths);
    }

    private static OidcIssuer Issuer(JsonObject jwt, string path)
    {
        RequireKnown(jwt, path, "issuer", "claimValidationRules", "claimMappings", "userValidationRules");
        JsonObject issuer = jwt["issuer"] as JsonObject ?? throw new FormatException($"{path}.issuer: Required value");
        string at = $"{path}.issuer";
        RequireKnown(issuer, at, "url", "discoveryURL", "certificateAuthority", "audiences", "audienceMatchPolicy");
        string url = Url(Required(issuer, "url", at), $"{at}.url");
        string discovery = Text(issuer, "discoveryURL");
        if (discovery.Length > 0 && Url(discovery, $"{at}.discoveryURL").TrimEnd('/') == url.TrimEnd('/'))
        {
            throw new FormatException($"{at}.discoveryURL: Invalid value: \"{discovery}\": discoveryURL must be different from URL");
        }

        JsonObject mappings = jwt["claimMappings"] as JsonObject ?? [];
        RequireKnown(mappings, $"{path}.claimMappings", "username", "groups", "uid", "extra");
        (string username, string? usernamePrefix, CelProgram? usernameBy) = Mapping(mappings["username"] as JsonObject, $"{path}.claimMappings.username", [CelType.String], isRequired: true);
        (string groups, string? groupsPrefix, CelProgram? groupsBy) = Mapping(mappings["groups"] as JsonObject, $"{path}.claimMappings.groups", TextOrTexts, isRequired: false);
        (string uid, CelProgram? uidBy) = Uid(mappings["uid"] as JsonObject, $"{path}.claimMappings.uid");
        (Dictionary<string, string> required, List<ClaimRule> claimRules) = ClaimRules(jwt, path);
        var expressions = new ClaimExpressions
        {
            Username = usernameBy,
            Groups = groupsBy,
            Uid = uidBy,
            Extra = [.. Objects(mappings, "extra", $"{path}.claimMappings").Select(each => Extra(each.Object, each.Path))],
            ClaimRules = claimRules,
            UserRules = [.. Objects(jwt, "userValidationRules", path).Select(each => Rule(each.Object, each.Path, overUser: true))],
        };
        RequireVerifiedEmail(expressions, path);
        return new OidcIssuer
        {
            Url = url,
            DiscoveryUrl = discovery.Length > 0 ? discovery : null,
            CertificateAuthority = Authority(issuer, at),
            Audiences = Audiences(issuer, at),
            UsernameClaim = username,
            UsernamePrefix = usernamePrefix ?? "",
            GroupsClaim = groups.Length > 0 ? groups : null,
            GroupsPrefix = groupsPrefix ?? "",
            UidClaim = uid.Length > 0 ? uid : null,
            RequiredClaims = required,
            Expressions = expressions,
        };
    }

    private static (string Claim, string? Prefix, CelProgram? Expression) Mapping(JsonObject? mapping, string path, CelType[] types, bool isRequired)
    {
        string claim = Text(mapping, "claim");
        string expression = Text(mapping, "expression");
        RequireKnown(mapping ?? [], path, "claim", "prefix", "expression");
        if (claim.Length > 0 && expression.Length > 0)
        {
            throw new FormatException($"{path}: Invalid value: \"\": claim and expression can't both be set");
        }

        if (expression.Length > 0)
        {
            return mapping!["prefix"] is null
                ? ("", null, ClaimExpressions.Compile($"{path}.expression", expression, overUser: false, types))
                : throw new FormatException($"{path}.prefix: Invalid value: \"{mapping["prefix"]}\": prefix can't be set when expression is set");
        }

        if (claim.Length == 0)
        {
            return isRequired ? throw new FormatException($"{path}: Required value: claim or expression is required")
                : mapping?["prefix"] is null ? ("", null, null)
                : throw new FormatException($"{path}.prefix: Invalid value: \"{mapping["prefix"]}\": non-empty claim name is required when prefix is set");
        }

        return mapping!["prefix"] is { } prefix
            ? (claim, prefix.ToString(), null)
            : throw new FormatException($"{path}.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing");
    }

    private static (string Claim, CelProgram? Expression) Uid(JsonObject? mapping, string path)
    {
        string claim = Text(mapping, "claim");
        string expression = Text(mapping, "expression");
        return claim.Length > 0 && expression.Length > 0 ? throw new FormatException($"{path}: Invalid value: \"\": claim and expression can't both be set")
            : (claim, expression.Length > 0 ? ClaimExpressions.Compile($"{path}.expression", expression, overUser: false, CelType.String) : null);
    }

    private static (string Key, CelProgram Value) Extra(JsonObject mapping, string path)
    {
        string key = Required(mapping, "key", path);
        string domain = key.Split('/', 2) is { Length: 2 } parts ? parts[0] : "";
        string? problem = domain.Length == 0 ? "must be a domain-prefixed path (such as \"acme.io/foo\")"
            : key != key.ToLowerInvariant() ? "must be lowercase"
            : domain is "kubernetes.io" or "k8s.io" || domain.EndsWith(".kubernetes.io", StringComparison.Ordinal) || domain.EndsWith(".k8s.io", StringComparison.Ordinal)
                ? "k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use"
            : null;
        return problem is null
            ? (key, ClaimExpressions.Compile($"{path}.valueExpression", Required(mapping, "valueExpression", path), overUser: false, TextOrTexts))
            : throw new FormatException($"{path}.key: Invalid value: \"{key}\": {problem}");
    }

    private static (Dictionary<string, string> Required, List<ClaimRule> Rules) ClaimRules(JsonObject jwt, string path)
    {
        var required = new Dictionary<string, string>(StringComparer.Ordinal);
        var rules = new List<ClaimRule>();
        foreach ((JsonObject rule, string at) in Objects(jwt, "claimValidationRules", path))
        {
            RequireKnown(rule, at, "claim", "requiredValue", "expression", "message");
            string claim = Text(rule, "claim");
            if (claim.Length > 0 == Text(rule, "expression").Length > 0)
            {
                throw new FormatException(claim.Length > 0 ? $"{at}: Invalid value: \"{claim}\": claim and expression can't both be set" : $"{at}: Required value: claim or expression is required");
            }

            if (claim.Length == 0)
            {
                rules.Add(Rule(rule, at, overUser: false));
            }
            else if (!required.TryAdd(claim, Text(rule, "requiredValue")))
            {
                throw new FormatException($"{at}.claim: Duplicate value: \"{claim}\"");
            }
        }

        return (required, rules);
    }

    private static ClaimRule Rule(JsonObject rule, string path, bool overUser)
    {
        string text = Required(rule, "expression", path);
        string message = Text(rule, "message");
        return new ClaimRule(ClaimExpressions.Compile($"{path}.expression", text, overUser, CelType.Bool), message.Length > 0 ? message : $"expression '{text}' resulted in false");
    }

    // Whoever may choose an address without proving it could be anybody.
    private static void RequireVerifiedEmail(ClaimExpressions expressions, string path)
    {
        bool Names(CelProgram program, string claim) => program.Text.Contains($"claims.{claim}", StringComparison.Ordinal) || program.Text.Contains($"claims.?{claim}", StringComparison.Ordinal);
        bool NamesEmail(CelProgram program) => Names(program, "email") && Regex.IsMatch(program.Text, @"claims\.\??email(?:[^A-Za-z0-9_]|$)", RegexOptions.NonBacktracking);
        IEnumerable<CelProgram> all = expressions.Extra.Select(extra => extra.Value).Concat(expressions.ClaimRules.Select(rule => rule.Program));
        if (expressions.Username is { } username && NamesEmail(username) && !Names(username, "email_verified") && !all.Any(each => Names(each, "email_verified")))
        {
            throw new FormatException(
                $"{path}.claimMappings.username.expression: Invalid value: \"{username.Text}\": claims.email_verified must be used in claimMappings.username.expression or "
                + "claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression");
        }
    }

    private static string[] Audiences(JsonObject issuer, string path)
    {
        string[] all = [.. (issuer["audiences"] as JsonArray ?? []).Select(each => KubeJson.AsString(each) ?? "")];
        string policy = Text(issuer, "audienceMatchPolicy");
        return all.Length == 0 || all.Contains("") ? throw new FormatException($"{path}.audiences: Required value: at least one {path}.audiences is required")
            : all.Distinct().Count() < all.Length ? throw new FormatException($"{path}.audiences: Duplicate value: \"{all.GroupBy(each => each).First(group => group.Count() > 1).Key}\"")
            : policy is not ("" or "MatchAny") || (policy.Length == 0 && all.Length > 1)
                ? throw new FormatException($"{path}.audienceMatchPolicy: Invalid value: \"{policy}\": audienceMatchPolicy must be MatchAny for multiple audiences")
            : all;
    }

    private static string? Authority(JsonObject issuer, string path)
    {
        if (Text(issuer, "certificateAuthority") is not { Length: > 0 } pem)
        {
            return null;
        }

        try
        {
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPem(pem);
            return trusted.Count > 0 ? pem : throw new CryptographicException("data does not contain any valid RSA or ECDSA certificates");
        }
        catch (CryptographicException broken)
        {
            throw new FormatException($"{path}.certificateAuthority: Invalid value: \"<omitted>\": {broken.Message}", broken);
        }
    }

    private static string Url(string text, string path)
    {
        string? problem = !Uri.TryCreate(text, UriKind.Absolute, out Uri? url) ? "is no URL"
            : url.Scheme != "https" ? "URL scheme must be https"
            : url.UserInfo.Length > 0 ? "URL must not contain a username or password"
            : url.Query.Length > 0 ? "URL must not contain a query"
            : url.Fragment.Length > 0 ? "URL must not contain a fragment"
            : null;
        return problem is null ? text : throw new FormatException($"{path}: Invalid value: \"{text}\": {problem}");
    }

    private static IEnumerable<(JsonObject Object, string Path)> Objects(JsonObject parent, string member, string path)
    {
        string at = path.Length == 0 ? member : $"{path}.{member}";
        return parent[member] switch
        {
            null => [],
            JsonArray list => list.Select((each, index) => (each as JsonObject ?? throw new FormatException($"{at}[{index}]: expected an object"), $"{at}[{index}]")),
            _ => throw new FormatException($"{at}: expected a list"),
        };
    }

    private static void RequireKnown(JsonObject parent, string path, params string[] names)
    {
        if (parent.Select(member => member.Key).FirstOrDefault(name => !names.Contains(name)) is { } unknown)
        {
            throw new FormatException($"{(path.Length == 0 ? unknown : $"{path}.{unknown}")}: unknown field; expected {string.Join(", ", names)}");
        }
    }

    private static string Required(JsonObject parent, string member, string path)
        => Text(parent, member) is { Length: > 0 } text ? text : throw new FormatException($"{path}.{member}: Required value");

    private static string Text(JsonObject? parent, string member) => KubeJson.AsString(parent?[member]) ?? "";
}

using System.CommandLine;
using Fairway.ApiServer;
using Fairway.Cli;

namespace Fairway.Platform;

/// <summary>Who may come in besides the platform's own users, and what audit keeps.</summary>
internal sealed record AccessOptions
{
    public static AccessOptions None { get; } = new();

    public IReadOnlyList<OidcIssuer> Oidc { get; init; } = [];

    public AnonymousAccess Anonymous { get; init; } = AnonymousAccess.Everywhere;

    public AuditPolicy? AuditPolicy { get; init; }
}

/// <summary>The options of <c>up</c> about access; named as kube-apiserver names them.</summary>
internal static class AccessFlags
{
    private static readonly Option<string?> Issuer = Text("--oidc-issuer-url", "URL", "Let users in with tokens of this OpenID Connect issuer.");
    private static readonly Option<string?> Client = Text("--oidc-client-id", "ID", "The audience that their tokens must have.");
    private static readonly Option<string?> UserClaim = Text("--oidc-username-claim", "CLAIM", "The claim with a user's name. Default: sub.");
    private static readonly Option<string?> UserPrefix = Text("--oidc-username-prefix", "PREFIX", "Put before names; - for nothing. Default: the issuer and #, except for email.");
    private static readonly Option<string?> GroupsClaim = Text("--oidc-groups-claim", "CLAIM", "The claim with a user's groups.");
    private static readonly Option<string?> GroupsPrefix = Text("--oidc-groups-prefix", "PREFIX", "Put before groups.");
    private static readonly Option<string?> Authority = Text("--oidc-ca-file", "FILE", "The authority of the issuer's certificate. Default: the system's.");
    private static readonly Option<string?> Required = Text("--oidc-required-claim", "CLAIM=VALUE", "A claim that tokens must have.");
    private static readonly Option<string?> Configuration = Text("--authentication-config", "FILE", "Issuers of tokens, how their claims become users, and who may come without credentials (apiserver.config.k8s.io/v1beta1 AuthenticationConfiguration).");
    private static readonly Option<string?> Audit = Text("--audit-policy-file", "FILE", "What audit keeps (audit.k8s.io/v1 Policy). Default: every request's metadata.");

    public static IReadOnlyList<Option<string?>> All { get; } = [Issuer, Client, UserClaim, UserPrefix, GroupsClaim, GroupsPrefix, Authority, Required, Configuration, Audit];

    /// <summary>The same options for a process that is started to do the work.</summary>
    public static IEnumerable<string> Arguments(ParseResult parsed)
        => All.Where(option => parsed.GetValue(option) is not null).SelectMany(option => (string[])[option.Name, Absolute(option, parsed.GetValue(option)!)]);

    /// <exception cref="CommandFailure">An option is missing or wrong; the message names it.</exception>
    public static AccessOptions Read(ParseResult parsed)
    {
        AuthenticationConfiguration? configuration = ReadConfiguration(parsed);
        OidcIssuer[] single = ReadIssuer(parsed);
        return configuration is not null && single.Length > 0
            ? throw new CommandFailure(ExitCode.Usage, "--authentication-config and --oidc-issuer-url exclude each other: name the issuer in the file")
            : new AccessOptions
            {
                Oidc = configuration?.Issuers ?? single,
                Anonymous = configuration?.Anonymous ?? AnonymousAccess.Everywhere,
                AuditPolicy = ReadAudit(parsed),
            };
    }

    private static AuthenticationConfiguration? ReadConfiguration(ParseResult parsed)
    {
        if (parsed.GetValue(Configuration) is not { } file)
        {
            return null;
        }

        try
        {
            return AuthenticationConfiguration.Parse(ReadFile(Configuration, file));
        }
        catch (FormatException wrong)
        {
            throw new CommandFailure(ExitCode.Usage, $"--authentication-config {file}: {wrong.Message}");
        }
    }

    private static OidcIssuer[] ReadIssuer(ParseResult parsed)
    {
        if (parsed.GetValue(Issuer) is not { } url)
        {
            return [];
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? issuer) || issuer.Scheme != "https")
        {
            throw new CommandFailure(ExitCode.Usage, $"--oidc-issuer-url {url}: expected an https URL");
        }

        string client = parsed.GetValue(Client) ?? throw new CommandFailure(ExitCode.Usage, "--oidc-issuer-url needs --oidc-client-id, the audience of its tokens");
        string[] required = parsed.GetValue(Required)?.Split('=', 2) ?? [];
        return
        [
            new OidcIssuer
            {
                Url = url,
                Audiences = [client],
                UsernameClaim = parsed.GetValue(UserClaim) ?? "sub",
                UsernamePrefix = parsed.GetValue(UserPrefix),
                GroupsClaim = parsed.GetValue(GroupsClaim),
                GroupsPrefix = parsed.GetValue(GroupsPrefix) ?? "",
                CertificateAuthority = parsed.GetValue(Authority) is { } file ? ReadFile(Authority, file) : null,
                RequiredClaims = required.Length == 2 ? new Dictionary<string, string> { [required[0]] = required[1] } : new Dictionary<string, string>(),
            },
        ];
    }

    private static AuditPolicy? ReadAudit(ParseResult parsed)
    {
        if (parsed.GetValue(Audit) is not { } file)
        {
            return null;
        }

        try
        {
            return AuditPolicy.Parse(ReadFile(Audit, file));
        }
        catch (FormatException wrong)
        {
            throw new CommandFailure(ExitCode.Usage, $"--audit-policy-file {file}: {wrong.Message}");
        }
    }

    private static string ReadFile(Option option, string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"{option.Name} {file}: {failure.Message}");
        }
    }

    private static string Absolute(Option option, string value) => option == Authority || option == Audit || option == Configuration ? Path.GetFullPath(value) : value;

    private static Option<string?> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };
}

using Fairway.Resources;
using Fairway.Resources.Kinds;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.ApiServer;

/// <summary>How the embedded API server is set up.</summary>
public sealed record EmbeddedApiOptions
{
    /// <summary>The logical clusters, in the order in which they are shown.</summary>
    public required IReadOnlyList<string> Clusters { get; init; }

    /// <summary>The cluster whose RBAC says what users may do in clusters that are only passed on to; the first when absent.</summary>
    public string? Hub { get; init; }

    /// <summary>Who may come in over HTTP.</summary>
    public required TokenStore Tokens { get; init; }

    /// <summary>The platform's authority: who has a client certificate of it is let in; null: nobody is.</summary>
    public LocalAuthority? Authority { get; init; }

    /// <summary>What ServiceAccount tokens are signed with; null: none are issued, and pods get none.</summary>
    public ServiceAccountKeys? ServiceAccountKeys { get; init; }

    /// <summary>The authority's certificate, which every namespace publishes where pods get tokens.</summary>
    internal string? PublishedAuthority => ServiceAccountKeys is null ? null : Authority?.CertificatePem;

    /// <summary>A cluster's issuer of ServiceAccount tokens: the URL below which its discovery document is.</summary>
    public Func<string, string> IssuerOf { get; init; } = static cluster => $"https://kubernetes.default.svc/clusters/{cluster}";

    /// <summary>Issuers of OpenID Connect tokens that users may come with.</summary>
    public IReadOnlyList<OidcIssuer> Oidc { get; init; } = [];

    /// <summary>Who may come without credentials.</summary>
    public AnonymousAccess Anonymous { get; init; } = AnonymousAccess.Everywhere;

    /// <summary>The audit file; null: no audit (tests).</summary>
    public string? AuditPath { get; init; }

    /// <summary>How much of which requests audit keeps; null: everything, without bodies, once it has ended.</summary>
    public AuditPolicy? AuditPolicy { get; init; }

    /// <summary>Exceptions from ValidatingAdmissionPolicies; null: there are none, as in a plain Kubernetes.</summary>
    public AdmissionWaivers? Waivers { get; init; }

    /// <summary>What objects are checked for beyond their schemas, by parts of the program that know more of a kind than the API does.</summary>
    public IReadOnlyList<ObjectCheck> Checks { get; init; } = [];

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public ILoggerFactory Logging { get; init; } = NullLoggerFactory.Instance;

    /// <summary>What is served.</summary>
    public KindCatalog Catalog { get; init; } = AllKinds.Catalog;

    /// <summary>Fairway's version, as <c>/version</c> gives it.</summary>
    public string Version { get; init; } = "0.1.0";

    /// <summary>The largest request body in bytes.</summary>
    public int MaxBodyBytes { get; init; } = 3 * 1024 * 1024;

    /// <summary>Requests under way at once over HTTP, without watches and streams; more wait for their turn, user by user.</summary>
    public int MaxInFlight { get; init; } = 128;

    /// <summary>Requests of one user that may wait for their turn; more are answered 429.</summary>
    public int MaxWaitingPerUser { get; init; } = 512;

    /// <summary>Watches and streams of one user; more are answered 429.</summary>
    public int MaxWatchesPerUser { get; init; } = 5000;

    /// <summary>The parts that <c>/readyz</c> and <c>/livez</c> name besides the server itself, with whether they are well.</summary>
    public IReadOnlyDictionary<string, Func<bool>> HealthChecks { get; init; } = new Dictionary<string, Func<bool>>();
}

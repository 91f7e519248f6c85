using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Platform;

/// <summary>What a cluster answered when it was asked whether it can be delivered to.</summary>
/// <param name="Version">Its Kubernetes version.</param>
/// <param name="Notices">What will not work there, and what to do about it; nothing of it keeps the cluster from being joined.</param>
internal sealed record ProbeResult(string Version, IReadOnlyList<string> Notices);

/// <summary>A cluster that cannot be used, with the reason and the way out in a sentence.</summary>
internal sealed class ProbeException(string message) : Exception(message);

/// <summary>Asks a cluster whether it can be delivered to, and says what is wrong in words that lead on.</summary>
internal static class ClusterProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Asks for the version, for who we are, and for what is served.</summary>
    /// <exception cref="ProbeException">It cannot be reached, is not who it should be, or does not know us.</exception>
    public static async Task<ProbeResult> RunAsync(KubeconfigContext member, TimeProvider time, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using HttpClient http = HttpTransport.Connect(member, time);
            using var api = new HttpClusterApi(member.Name, HttpTransport.Connect(member, time));
            string version = await VersionAsync(http, member, either.Token);
            List<string> notices = [];
            await KnownAsync(api, member, notices, either.Token);
            IReadOnlyList<ServedResource> served = await api.DiscoverAsync(either.Token);
            if (!served.Any(one => one.Type is { Group: "gateway.networking.k8s.io", Plural: "httproutes" }))
            {
                notices.Add(
                    "it has no Gateway API (httproutes.gateway.networking.k8s.io), so routes and canaries cannot be delivered there: install its definitions (https://gateway-api.sigs.k8s.io) and a gateway that implements them");
            }

            return new ProbeResult(version, notices);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Unusable(member, $"no answer within {Patience.TotalSeconds} s. Is the address right, and does a firewall or VPN stand between?");
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            throw Unusable(member, Explain(member, broken));
        }
        catch (KubeconfigException wrong)
        {
            throw new ProbeException($"{member.Name}: {wrong.Message}");
        }
        catch (StatusException refused)
        {
            throw Unusable(member, $"it answered {refused.Code} {refused.Reason}: {refused.Message}");
        }
    }

    /// <summary>Why a connection failed, and what to do.</summary>
    internal static string Explain(KubeconfigContext member, Exception broken)
    {
        for (Exception? cause = broken; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return Certificate(member, cause.Message);
            }

            if (cause is SocketException socket)
            {
                return socket.SocketErrorCode switch
                {
                    SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"the name {member.Server.Host} has no address. Is it spelled right, and is the DNS or VPN that knows it at hand?",
                    SocketError.ConnectionRefused => $"nothing listens on {member.Server.Host}:{member.Server.Port}. Does the cluster run, and is the port right?",
                    SocketError.TimedOut or SocketError.HostUnreachable or SocketError.NetworkUnreachable => $"{member.Server.Host} cannot be reached. Does a firewall or VPN stand between?",
                    _ => socket.Message,
                };
            }
        }

        return broken.InnerException?.Message ?? broken.Message;
    }

    private static string Certificate(KubeconfigContext member, string message)
    {
        if (message.Contains("NameMismatch", StringComparison.Ordinal))
        {
            return $"its certificate is not for {member.TlsServerName ?? member.Server.Host}: use the host that the certificate names, or set tls-server-name in the kubeconfig's cluster";
        }

        if (message.Contains("NotTimeValid", StringComparison.Ordinal))
        {
            return "its certificate is not valid now: renew it, or set this machine's clock";
        }

        return message.Contains("PartialChain", StringComparison.Ordinal) || message.Contains("UntrustedRoot", StringComparison.Ordinal) || message.Contains("certificate chain", StringComparison.Ordinal)
            ? $"its certificate is not signed by {(member.CertificateAuthority is null ? "an authority that this machine trusts: add certificate-authority-data to the kubeconfig's cluster" : "the kubeconfig's certificate-authority-data: another server answers there, or the cluster's authority was renewed; fetch a fresh kubeconfig")}"
            : $"no secure connection: {message}";
    }

    private static async Task<string> VersionAsync(HttpClient http, KubeconfigContext member, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await http.GetAsync(new Uri("version", UriKind.Relative), cancellation);
        string text = await answer.Content.ReadAsStringAsync(cancellation);
        if ((int)answer.StatusCode is 401 or 403)
        {
            return "of unknown version"; // only those it knows are told; whether it knows us is asked next
        }

        try
        {
            if (JsonNode.Parse(text) is JsonObject version && (string?)version["gitVersion"] is { } git)
            {
                return git;
            }
        }
        catch (Exception no) when (no is JsonException or InvalidOperationException)
        {
            // Said below.
        }

        throw Unusable(member, $"what answers there ({(int)answer.StatusCode}) is no Kubernetes API server. Is the URL complete, with its path?");
    }

    /// <summary>Whether the cluster knows who we are, and what that user may not do.</summary>
    private static async Task KnownAsync(HttpClusterApi api, KubeconfigContext member, List<string> notices, CancellationToken cancellation)
    {
        try
        {
            await api.ListAsync(KindOf<Namespace>.Type, null, new ListOptions { Limit = 1 }, cancellation);
        }
        catch (StatusException refused) when (refused.Code == 401)
        {
            throw Unusable(member, $"it does not accept the credentials of user {member.User}: {Credential(member)}");
        }
        catch (StatusException refused) when (refused.Code == 403 && refused.Message.Contains("system:anonymous", StringComparison.Ordinal))
        {
            throw Unusable(member, $"it takes user {member.User} for nobody (system:anonymous): {Credential(member)}");
        }
        catch (StatusException refused) when (refused.Code == 403)
        {
            notices.Add(
                $"its user may not list namespaces ({refused.Message}): Fairway delivers there only to namespaces that exist and in which that user has rights (deploy/delivery-rbac.yaml shows them)");
        }
    }

    private static string Credential(KubeconfigContext member) => member switch
    {
        { Exec: { } plugin } => $"the plug-in {plugin.Command} gave them; sign in with it again",
        { Token: not null } => "its token has expired or was revoked; fetch a fresh kubeconfig",
        { TokenFile: { } file } => $"the token in {file} has expired or was revoked",
        { ClientCertificate: not null } => "its client certificate has expired or is of another authority; fetch a fresh kubeconfig",
        _ => "the kubeconfig's user has no token, certificate or plug-in",
    };

    private static ProbeException Unusable(KubeconfigContext member, string why)
        => new($"{member.Name} at {member.Server.AbsoluteUri.TrimEnd('/')} cannot be used: {why}");
}

using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Storage;
using Microsoft.Extensions.Logging;

namespace Fairway.ApiServer;

/// <summary>
/// Puts back what every namespace of a cluster must have when somebody takes it away or changes it: the account <c>default</c>
/// and the ConfigMap <c>kube-root-ca.crt</c>. What a new namespace gets, its creation sees to.
/// </summary>
internal sealed partial class NamespaceFurniture(IClusterApi api, RevisionLog log, string? authorityPem, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    /// <summary>Runs until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation)
        => Task.WhenAll(FollowAsync("serviceaccounts", "default", cancellation), authorityPem is null ? Task.CompletedTask : FollowAsync("configmaps", "kube-root-ca.crt", cancellation));

    private async Task FollowAsync(string resource, string name, CancellationToken cancellation)
    {
        long revision = log.Revision;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await foreach (RevisionEvent change in log.WatchAsync(api.Cluster, resource, null, revision, cancellation))
                {
                    revision = change.Revision;
                    if (resource == "serviceaccounts" && change is { Type: RevisionEventType.Delete, Document: { } account })
                    {
                        await RemoveTokensAsync(account, cancellation);
                    }

                    if (change.Document is { } document && document.Header.Name == name && (change.Type == RevisionEventType.Delete || IsChanged(document)))
                    {
                        await Bootstrap.FurnishAsync(api, document.Header.Namespace!, authorityPem, cancellation);
                    }
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (StatusException refused) when (refused.Code is 403 or 404)
            {
                // The namespace is going.
            }
            catch (Exception failure)
            {
                // Too far behind, or refused for now: what is missing meanwhile is found by looking again.
                LogFailed(logger, resource, failure);
                revision = log.Revision;
                await Task.Delay(Again, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>The Secrets with tokens of an account go with it.</summary>
    private async Task RemoveTokensAsync(Document account, CancellationToken cancellation)
    {
        var secrets = new ListOptions { FieldSelector = "type=kubernetes.io/service-account-token" };
        foreach (Document secret in (await api.ListAsync(KindOf<Secret>.Type, account.Header.Namespace, secrets, cancellation)).Items)
        {
            if ((string?)secret.ToNode()["metadata"]?["annotations"]?["kubernetes.io/service-account.uid"] == account.Header.Uid)
            {
                await api.DeleteAsync(KindOf<Secret>.Type, secret.Header.Namespace, secret.Header.Name, DeleteOptions.Background, cancellation);
            }
        }
    }

    private bool IsChanged(Document document)
        => document.Header.Name != "default" && !Bootstrap.IsRootCertificate(document, authorityPem);

    [LoggerMessage(LogLevel.Warning, "{Resource} that every namespace has could not be put back")]
    private static partial void LogFailed(ILogger logger, string resource, Exception failure);
}

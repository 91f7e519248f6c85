using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Storage;

namespace Fairway.Delivery;

/// <summary>
/// Tells the ledger what happened, once: each fact has a key, and one whose key is there already is not told again. It is told
/// before the status that follows from it is written, so a crash in between repeats the telling and not the fact.
/// </summary>
internal sealed class DeliveryFacts(Ledger ledger, TimeProvider time)
{
    private const int Recent = 200;

    public async Task TellAsync(Fact fact, string key, CancellationToken cancellation)
    {
        JsonObject data = fact.Data ?? [];
        data["key"] = key;
        if (!await IsToldAsync(fact, key, cancellation))
        {
            await ledger.AppendAsync(fact with { At = time.GetUtcNow(), Data = data }, cancellation);
        }
    }

    /// <summary>Whether users are served there: the last environment on an application's way.</summary>
    public static bool IsProduction(Application? application, string environment)
        => application?.Spec.Environments is [.., var last] && last.Name == environment;

    public static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private async Task<bool> IsToldAsync(Fact fact, string key, CancellationToken cancellation)
    {
        var query = new LedgerQuery
        {
            Namespace = fact.Namespace,
            Application = fact.Application,
            Environment = fact.Environment,
            Types = [fact.Type],
            Descending = true,
            Limit = Recent,
        };
        await foreach (LedgerEntry entry in ledger.ReadAsync(query, cancellation))
        {
            if ((string?)entry.Fact.Data?["key"] == key)
            {
                return true;
            }
        }

        return false;
    }
}

using Fairway.Storage;

namespace Fairway.Pipelines.Runs;

/// <summary>Appends facts that a crash could make a reconciler tell twice.</summary>
internal static class FactOnce
{
    // A repeated fact follows the first closely: one restart later.
    private const int LookBack = 200;

    /// <summary>Appends the fact unless one of the same type, namespace and subject is there that the function takes for the same.</summary>
    public static async Task AppendOnceAsync(this Ledger ledger, Fact fact, Func<Fact, bool> same, CancellationToken cancellation)
    {
        LedgerQuery query = new() { Namespace = fact.Namespace, Types = [fact.Type], Descending = true, Limit = LookBack };
        await foreach (LedgerEntry entry in ledger.ReadAsync(query, cancellation))
        {
            if (entry.Fact.Subject == fact.Subject && same(entry.Fact))
            {
                return;
            }
        }

        await ledger.AppendAsync(fact, cancellation);
    }
}

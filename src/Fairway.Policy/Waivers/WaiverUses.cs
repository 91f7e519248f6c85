using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fairway.Policy.Auditing;
using Fairway.Storage;

namespace Fairway.Policy.Waivers;

/// <summary>Which waivers cover which objects; each pair becomes one fact, whatever restarts in between.</summary>
internal sealed class WaiverUses(Ledger ledger, TimeProvider time)
{
    private readonly Channel<Fact> _facts = Channel.CreateUnbounded<Fact>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, DateTimeOffset>> _uses = new();

    /// <summary>How many objects a waiver covers or has covered, and since when the newest.</summary>
    public (long Count, DateTimeOffset? Last) Of(string waiver)
        => _uses.TryGetValue(waiver, out var uses) && !uses.IsEmpty ? (uses.Count, uses.Values.Max()) : (0, null);

    public void Note(Finding finding, AuditedObject one)
    {
        string subject = $"{one.Identity.Cluster}/{one.Identity}";
        DateTimeOffset now = time.GetUtcNow();
        if (!_uses.GetOrAdd(finding.Waiver!, _ => new()).TryAdd($"{subject}/{finding.Policy}/{finding.Rule}", now))
        {
            return;
        }

        _facts.Writer.TryWrite(new Fact
        {
            Type = FactTypes.WaiverUsed,
            At = now,
            Actor = "policy-audit",
            Namespace = one.Team,
            Subject = $"Waiver/{finding.Waiver}",
            Data = new JsonObject
            {
                ["policy"] = finding.Policy, ["rule"] = finding.Rule, ["object"] = one.Identity.ToString(), ["cluster"] = one.Identity.Cluster, ["message"] = finding.Message,
            },
        });
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        // What was told before the restart is not told again.
        var told = new HashSet<string>(StringComparer.Ordinal);
        await foreach (LedgerEntry entry in ledger.ReadAsync(new LedgerQuery { Types = [FactTypes.WaiverUsed] }, cancellation))
        {
            told.Add(Key(entry.Fact));
            string waiver = (entry.Fact.Subject ?? "").Replace("Waiver/", "", StringComparison.Ordinal);
            _uses.GetOrAdd(waiver, _ => new()).TryAdd($"{entry.Fact.Data?["cluster"]}/{entry.Fact.Data?["object"]}/{entry.Fact.Data?["policy"]}/{entry.Fact.Data?["rule"]}", entry.Fact.At);
        }

        await foreach (Fact fact in _facts.Reader.ReadAllAsync(cancellation))
        {
            if (told.Add(Key(fact)))
            {
                await ledger.AppendAsync(fact, cancellation);
            }
        }
    }

    private static string Key(Fact fact) => $"{fact.Subject}/{fact.Data?["cluster"]}/{fact.Data?["object"]}/{fact.Data?["policy"]}/{fact.Data?["rule"]}";
}

using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Fairway.Admission.Waivers;
using Fairway.Policy.Auditing;
using Fairway.Storage;

namespace Fairway.Policy.Waivers;

/// <summary>A waiver covered a violation.</summary>
/// <param name="Waiver">The waiver's name.</param>
/// <param name="Policy">The policy's name.</param>
/// <param name="Rule">The validation within it.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Identity">The object, with its cluster.</param>
/// <param name="Team">Who answers for the object.</param>
/// <param name="Actor">Who brought it: a user, or the audit.</param>
internal sealed record WaiverUse(string Waiver, string Policy, string Rule, string Message, ResourceIdentity Identity, string Team, string Actor);

/// <summary>Which waivers cover which objects; each pair becomes one fact, whatever restarts in between.</summary>
internal sealed class WaiverUses(Ledger ledger, TimeProvider time)
{
    private const int MostWaiting = 10_000;

    private readonly Channel<Fact> _facts = Channel.CreateBounded<Fact>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, DateTimeOffset>> _uses = new();

    /// <summary>How many objects a waiver covers or has covered, and since when the newest.</summary>
    public (long Count, DateTimeOffset? Last) Of(string waiver)
        => _uses.TryGetValue(waiver, out var uses) && !uses.IsEmpty ? (uses.Count, uses.Values.Max()) : (0, null);

    /// <summary>The audit found that a waiver covers a stored object.</summary>
    public void Note(Finding finding, AuditedObject one)
        => Note(new WaiverUse(finding.Waiver!, finding.Policy, finding.Rule, finding.Message, one.Identity, one.Team, "policy-audit"));

    /// <summary>A waiver covered an object. Never waits: when too many facts wait to be written, the use is told when it is seen again.</summary>
    public void Note(WaiverUse use)
    {
        string key = $"{use.Identity.Cluster}/{use.Identity}/{use.Policy}/{use.Rule}";
        DateTimeOffset now = time.GetUtcNow();
        ConcurrentDictionary<string, DateTimeOffset> known = _uses.GetOrAdd(use.Waiver, _ => new());
        if (!known.TryAdd(key, now))
        {
            return;
        }

        var fact = new Fact
        {
            Type = FactTypes.WaiverUsed,
            At = now,
            Actor = use.Actor,
            Namespace = use.Team,
            Subject = $"Waiver/{use.Waiver}",
            Data = new JsonObject
            {
                ["policy"] = use.Policy,
                ["rule"] = use.Rule,
                ["object"] = use.Identity.ToString(),
                ["cluster"] = use.Identity.Cluster,
                ["message"] = use.Message,
            },
        };
        if (!_facts.Writer.TryWrite(fact))
        {
            known.TryRemove(key, out _);
        }
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

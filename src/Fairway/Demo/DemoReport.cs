using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cli;

namespace Fairway.Demo;

/// <summary>What the demo measured. Times in seconds.</summary>
internal sealed record DemoReport
{
    public double StartToReady { get; init; }

    /// <summary>From the push of the good commit until all of production runs it.</summary>
    public double CommitToProduction { get; init; }

    /// <summary>From the first customer request on the bad version to the analysis' verdict.</summary>
    public double TimeToDetect { get; init; }

    /// <summary>From the verdict until no traffic reaches the bad version.</summary>
    public double TimeToRollBack { get; init; }

    /// <summary>From SIGKILL until the API answered again.</summary>
    public double KillToReady { get; init; }

    public required IReadOnlyDictionary<string, Tally> Requests { get; init; }

    public long UnreachableWhileDown { get; init; }

    /// <summary>Resident memory of the platform process, in MiB.</summary>
    public double MemoryMebibytes { get; init; }

    public long LedgerEntries { get; init; }

    public double Total { get; init; }

    public JsonObject ToJson() => new()
    {
        ["startToReadySeconds"] = StartToReady,
        ["commitToProductionSeconds"] = CommitToProduction,
        ["timeToDetectSeconds"] = TimeToDetect,
        ["timeToRollBackSeconds"] = TimeToRollBack,
        ["killToReadySeconds"] = KillToReady,
        ["requests"] = new JsonObject(Requests.Select(one => KeyValuePair.Create(
            one.Key, (JsonNode?)new JsonObject { ["served"] = one.Value.Served, ["failed"] = one.Value.Failed }))),
        ["unreachableWhileDown"] = UnreachableWhileDown,
        ["memoryMebibytes"] = MemoryMebibytes,
        ["ledgerEntries"] = LedgerEntries,
        ["totalSeconds"] = Total,
    };

    public void Print()
    {
        Terminal.Table(
            ["measured", "value"],
            [
                ["Start to ready", Seconds(StartToReady)],
                ["Commit to production", Seconds(CommitToProduction)],
                ["Time to detect the bad version", Seconds(TimeToDetect)],
                ["Time to roll back", Seconds(TimeToRollBack)],
                ["SIGKILL to ready again", Seconds(KillToReady)],
                ["Requests unanswered while it was dead", Count(UnreachableWhileDown)],
                ["Memory of the platform", $"{MemoryMebibytes.ToString("0", CultureInfo.InvariantCulture)} MiB"],
                ["Facts in the ledger, verified", Count(LedgerEntries)],
                ["The whole story", Seconds(Total)],
            ],
            "");
        Terminal.Line("");
        Terminal.Table(
            ["answered by", "served", "failed"],
            [.. Requests.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => (IReadOnlyList<string>)[one.Key, Count(one.Value.Served), Count(one.Value.Failed)])],
            "No requests were made.");
    }

    private static string Seconds(double seconds) => seconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}

using Fairway.Admission;
using Fairway.Admission.Reading;
using Fairway.Client;
using Fairway.Pipelines;
using Fairway.Pipelines.Syntax;
using Fairway.Policy;
using Fairway.Policy.Checking;
using Fairway.Policy.Packs;
using Fairway.Policy.Sources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Platform;

/// <summary>
/// The step <c>fairway/policy-check</c>: checks files of the workspace as the command <c>fairway policy check</c> does, with the hub's
/// waivers. A violation fails the step, and a job that fails publishes no release.
/// </summary>
internal sealed class PolicyStep(Func<IClusterApi> hub, TimeProvider time)
{
    public HostAction Action => new(
        new ActionInterface(
            "fairway/policy-check",
            ["path", "policy", "pack", "params", "fail-on", "fail-on-unknown", "sarif-file"],
            [],
            new Dictionary<string, string>(),
            new Dictionary<string, string>()),
        RunAsync);

    private async Task<HostActionResult> RunAsync(HostActionCall call, CancellationToken cancellation)
    {
        string[] Lines(string name) => call.Inputs.TryGetValue(name, out string? text) ? text.Split(['\n', ',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];
        string[] packs = Lines("pack");
        string[] files = Lines("policy");
        PolicyPack[] chosen = [.. (packs.Length == 0 && files.Length == 0 ? ["all"] : packs).SelectMany(name => name == "all" ? PackLibrary.All : Found(name))];
        if (packs.Where(name => name != "all").FirstOrDefault(name => PackLibrary.Find(name) is null) is { } missing)
        {
            return Failed($"There is no pack '{missing}'; there are {string.Join(", ", PackLibrary.All.Select(pack => pack.Name))}.", None);
        }

        string failOn = call.Inputs.TryGetValue("fail-on", out string? given) && given.Length > 0 ? given : "low";
        if (PolicyText.ParseSeverity(failOn) is not { } severity)
        {
            return Failed($"fail-on is '{failOn}'; expected info, low, medium, high or critical.", None);
        }

        var problems = new List<PolicyProblem>();
        SourceSet own = await SourceFiles.ReadAsync([.. files.Concat(Lines("params")).Select(call.InWorkspace)], TextReader.Null, "", cancellation, call.Workspace);
        if (own.Problems.FirstOrDefault(problem => problem.IsError) is { } unreadable)
        {
            return Failed($"{unreadable.File}: {unreadable.Message}", None);
        }

        PolicySet set = PolicySet.Empty with { Policies = [.. chosen.SelectMany(PackLibrary.PoliciesOf).DistinctBy(policy => policy.Name)] };
        set = set.With(PolicyReader.Read(own.Objects.Select(one => (one.Object, one.File)), problems)) with { Waivers = await hub().ListAsync<Waiver>(null, cancellation) };
        if (set.Policies.Count == 0)
        {
            return Failed($"There is no policy in {string.Join(", ", files)}.", None);
        }

        PolicyJudge judge = PolicyJudge.Build(set, problems, boundOnly: false);
        string[] paths = Lines("path") is { Length: > 0 } some ? some : ["."];
        SourceSet sources = await SourceFiles.ReadAsync([.. paths.Select(call.InWorkspace)], TextReader.Null, "default", cancellation, call.Workspace);
        DateTimeOffset now = time.GetUtcNow();
        CheckReport report = PolicyChecker.Check(judge, sources, FactSnapshot.Of(null, now), now, problems, cancellation);
        foreach (string line in TableReport.Write(report, quiet: false).TrimEnd('\n').Split('\n'))
        {
            call.Say(line);
        }

        if (call.Inputs.TryGetValue("sarif-file", out string? sarif) && sarif.Length > 0)
        {
            await File.WriteAllTextAsync(call.InWorkspace(sarif), SarifReport.Write(report, Commands.FairwayVersion.Text).ToJsonString(), cancellation);
        }

        var outputs = new Dictionary<string, string>
        {
            ["passed"] = $"{report.Count(Outcome.Pass)}",
            ["failed"] = $"{report.Count(Outcome.Fail)}",
            ["unknown"] = $"{report.Count(Outcome.Unknown)}",
            ["waived"] = $"{report.Count(Outcome.Waived)}",
        };
        bool unknownFails = call.Inputs.TryGetValue("fail-on-unknown", out string? flag) && flag.Equals("true", StringComparison.OrdinalIgnoreCase);
        return report.Fails(severity, unknownFails)
            ? Failed(report.Count(Outcome.Fail) is > 0 and var failed ? $"{failed} policy violations: mend them, or ask for waivers." : "Not everything could be judged.", outputs)
            : new HostActionResult(null, outputs);
    }

    private static readonly Dictionary<string, string> None = [];

    private static IEnumerable<PolicyPack> Found(string name) => PackLibrary.Find(name) is { } pack ? [pack] : [];

    private static HostActionResult Failed(string why, IReadOnlyDictionary<string, string> outputs) => new(why, outputs);
}

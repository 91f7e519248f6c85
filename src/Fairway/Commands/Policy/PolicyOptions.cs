using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.Admission.Reading;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Policy;
using Fairway.Policy.Packs;
using Fairway.Policy.Sources;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Yaml;

namespace Fairway.Commands.Policy;

/// <summary>Options by which commands are told policies, parameters, waivers and facts.</summary>
internal static class PolicyOptions
{
    public static Option<string[]> Policy { get; } = new("--policy", "-p")
    {
        Description = "A file or directory of policies (ValidatingAdmissionPolicy, Kyverno's ValidatingPolicy, Gatekeeper's templates with CEL) and bindings. Repeatable.",
        HelpName = "PATH",
    };

    public static Option<string[]> Pack { get; } = new("--pack")
    {
        Description = "A pack that comes with the program; see: fairway policy packs. Repeatable. all: every pack.",
        HelpName = "NAME",
    };

    public static Option<string[]> Params { get; } = new("--params") { Description = "A file or directory of objects that policies take as parameters. Repeatable.", HelpName = "PATH" };

    public static Option<string[]> Waivers { get; } = new("--waivers")
    {
        Description = "A file or directory of Waivers, or platform: those of the running platform. Repeatable.",
        HelpName = "PATH|platform",
    };

    public static Option<string?> Facts { get; } = new("--facts") { Description = "A YAML or JSON file of facts (owner, environment, release, findings, budget, freeze).", HelpName = "FILE" };

    public static Option<DateTimeOffset?> Now { get; } = new("--now") { Description = "Decide as of this time (RFC 3339) instead of now: for waivers and facts.now.", HelpName = "TIME" };

    public static DateTimeOffset Time(ParseResult parsed) => parsed.GetValue(Now) ?? TimeProvider.System.GetUtcNow();

    /// <summary>Reads what the options name; with neither policies nor packs the Pod Security and secrets packs are used.</summary>
    public static async Task<(PolicySet Set, List<PolicyProblem> Problems)> ReadAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string[] packs = parsed.GetValue(Pack) ?? [];
        string[] files = parsed.GetValue(Policy) ?? [];
        if (packs.Length == 0 && files.Length == 0)
        {
            packs = ["all"];
        }

        var problems = new List<PolicyProblem>();
        PolicySet set = PolicySet.Empty with { Policies = [.. Packs(packs).SelectMany(PackLibrary.PoliciesOf).DistinctBy(policy => policy.Name)] };
        set = set.With(await FilesAsync([.. files, .. parsed.GetValue(Params) ?? []], problems, cancellation));
        string[] waivers = parsed.GetValue(Waivers) ?? [];
        PolicySet given = await FilesAsync([.. waivers.Where(path => path != "platform")], problems, cancellation);
        IReadOnlyList<Waiver> running = waivers.Contains("platform") ? await OfPlatformAsync(parsed, cancellation) : [];
        return (set with { Policies = [.. set.Policies.DistinctBy(policy => policy.Name)], Waivers = [.. set.Waivers, .. given.Waivers, .. running] }, problems);
    }

    /// <exception cref="CommandFailure">The file cannot be read or holds what is no fact.</exception>
    public static async Task<FactSnapshot> ReadFactsAsync(ParseResult parsed, DateTimeOffset now, CancellationToken cancellation)
    {
        if (parsed.GetValue(Facts) is not { } file)
        {
            return FactSnapshot.Of(null, now);
        }

        try
        {
            IReadOnlyList<YamlDocument> documents = YamlReader.Read(await File.ReadAllTextAsync(file, cancellation), file);
            return documents is [{ Node: JsonObject facts }]
                ? FactSnapshot.Of(facts, now)
                : throw new CommandFailure(ExitCode.Usage, $"{file}: expected one mapping of facts");
        }
        catch (Exception bad) when (bad is IOException or YamlException or FormatException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, $"{file}: {bad.Message}");
        }
    }

    /// <exception cref="CommandFailure">There is no such pack.</exception>
    public static IEnumerable<PolicyPack> Packs(IReadOnlyList<string> names)
        => names.SelectMany(name => name == "all"
            ? PackLibrary.All
            : [PackLibrary.Find(name) ?? throw new CommandFailure(ExitCode.Usage, $"there is no pack \"{name}\"; there are {string.Join(", ", PackLibrary.All.Select(pack => pack.Name))}")]);

    public static async Task<PolicySet> FilesAsync(IReadOnlyList<string> paths, List<PolicyProblem> problems, CancellationToken cancellation)
    {
        if (paths.Count == 0)
        {
            return PolicySet.Empty;
        }

        SourceSet read = await SourceFiles.ReadAsync(paths, Console.In, "", cancellation);
        problems.AddRange(read.Problems.Where(problem => problem.IsError).Select(problem => new PolicyProblem($"{problem.File}:{problem.Line}:{problem.Column}", "", problem.Message)));
        return PolicyReader.Read(read.Objects.Where(one => one.Identity.Group != "policy.fairway.dev").Select(one => (one.Object, Origin(one))), problems);
    }

    private static string Origin(SourceObject source) => $"{source.File}:{source.Locate(FieldPath.Root).Line}";

    private static async Task<IReadOnlyList<Waiver>> OfPlatformAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
        return await platform.Hub.ListAsync<Waiver>(null, cancellation);
    }
}

using System.Text.Json.Nodes;
using Fairway.Admission.Reading;
using Fairway.Resources.Schemas;
using Fairway.Resources.Yaml;

namespace Fairway.Policy.Packs;

/// <summary>A set of policies with a name and a version.</summary>
public sealed record PolicyPack
{
    public required string Name { get; init; }

    public required string Title { get; init; }

    /// <summary>SemVer. A policy that becomes stricter raises the minor version at least.</summary>
    public required string Version { get; init; }

    public required string Description { get; init; }

    /// <summary>Packs that belong to it.</summary>
    public IReadOnlyList<string> Includes { get; init; } = [];

    /// <summary>Its own, without those of included packs, by name.</summary>
    public required IReadOnlyList<PolicyDefinition> Policies { get; init; }

    /// <summary>The tests of its policies, as their files.</summary>
    public required IReadOnlyList<PackTest> Tests { get; init; }
}

/// <summary>A test file of a pack.</summary>
public sealed record PackTest(string File, string Text);

/// <summary>The packs that come with the program, read from its data files.</summary>
public static class PackLibrary
{
    private static readonly Lazy<IReadOnlyList<PolicyPack>> Loaded = new(Load);

    public static IReadOnlyList<PolicyPack> All => Loaded.Value;

    public static PolicyPack? Find(string name) => All.FirstOrDefault(pack => pack.Name == name);

    /// <summary>The policies of a pack and of those it includes.</summary>
    public static IReadOnlyList<PolicyDefinition> PoliciesOf(PolicyPack pack)
        => [.. pack.Includes.Select(Find).OfType<PolicyPack>().SelectMany(PoliciesOf), .. pack.Policies];

    private static List<PolicyPack> Load()
    {
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in typeof(PackLibrary).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("packs/", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(typeof(PackLibrary).Assembly.GetManifestResourceStream(name)!);
            files[name["packs/".Length..].Replace('\\', '/')] = reader.ReadToEnd();
        }

        return [.. files.Keys.Where(file => file.EndsWith("/pack.yaml", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(file => Read(file, files))];
    }

    private static PolicyPack Read(string file, Dictionary<string, string> files)
    {
        string folder = file[..^"pack.yaml".Length];
        JsonNode? head = YamlReader.Read(files[file], file)[0].Node;
        string[] others = [.. files.Keys.Where(one => one.StartsWith(folder, StringComparison.Ordinal) && one != file).Order(StringComparer.Ordinal)];
        var problems = new List<PolicyProblem>();
        PolicySet set = PolicyReader.Read(
            others.Where(one => !IsTest(one)).SelectMany(one => YamlReader.Read(files[one], one).Select(document => ((JsonObject)document.Node!, one))), problems);
        if (problems.Count > 0)
        {
            throw new InvalidOperationException(string.Join('\n', problems));
        }

        JsonObject? spec = head.Object("spec");
        return new PolicyPack
        {
            Name = head.Object("metadata").Text("name")!,
            Title = spec.Text("title")!,
            Version = spec.Text("version")!,
            Description = spec.Text("description")!,
            Includes = [.. (spec.Array("includes") ?? []).Select(KubeJson.AsString).OfType<string>()],
            Policies = set.Policies,
            Tests = [.. others.Where(IsTest).Select(one => new PackTest(one, files[one]))],
        };
    }

    private static bool IsTest(string file) => file.EndsWith(".test.yaml", StringComparison.Ordinal);
}

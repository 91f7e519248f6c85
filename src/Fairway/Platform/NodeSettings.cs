using System.Globalization;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Schemas;

namespace Fairway.Platform;

/// <summary>What the nodes of a cluster are like: the options of <c>--cluster</c>, which hold for each of its nodes.</summary>
internal sealed record NodeSettings
{
    private const string Expected = "cpu=AMOUNT, memory=AMOUNT, pods=NUMBER, zones=NUMBER, label=KEY=VALUE, taint=KEY[=VALUE]:EFFECT or host-path=DIRECTORY";

    private static readonly string[] Effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

    /// <summary>As it was written.</summary>
    public string Text { get; init; } = "";

    public Quantity? Cpu { get; init; }

    public Quantity? Memory { get; init; }

    public int? Pods { get; init; }

    /// <summary>The nodes are in so many zones in turn (<c>topology.kubernetes.io/zone</c>: zone-1, zone-2, …).</summary>
    public int Zones { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<Taint> Taints { get; init; } = [];

    /// <summary>Directories that pods may mount by hostPath.</summary>
    public IReadOnlyList<string> HostPaths { get; init; } = [];

    /// <summary>The labels of one node, counted from 1.</summary>
    public IReadOnlyDictionary<string, string> LabelsOf(int number)
        => Zones == 0
            ? Labels
            : new Dictionary<string, string>(Labels)
            {
                ["topology.kubernetes.io/zone"] = string.Create(CultureInfo.InvariantCulture, $"zone-{((number - 1) % Zones) + 1}"),
            };

    /// <summary>Two settings are the same when they are written the same.</summary>
    public bool Equals(NodeSettings? other) => other is not null && Text == other.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <returns>The settings, or what is wrong.</returns>
    public static (NodeSettings? Settings, string? Error) Parse(IReadOnlyList<string> words)
    {
        var settings = new NodeSettings { Text = string.Join(',', words) };
        foreach (string word in words)
        {
            string[] parts = word.Split('=', 2);
            (NodeSettings? next, string? error) = With(settings, parts[0], parts.Length == 2 ? parts[1] : "");
            if (next is null)
            {
                return (null, error);
            }

            settings = next;
        }

        return (settings, null);
    }

    private static (NodeSettings? Settings, string? Error) With(NodeSettings settings, string option, string value) => option switch
    {
        "cpu" => Amount(value) is { } cpu ? (settings with { Cpu = cpu }, null) : Wrong(option, value, "a quantity above zero, like 4 or 500m"),
        "memory" => Amount(value) is { } memory ? (settings with { Memory = memory }, null) : Wrong(option, value, "a quantity above zero, like 8Gi"),
        "pods" => Number(value, 10_000) is { } pods ? (settings with { Pods = pods }, null) : Wrong(option, value, "a number from 1 to 10000"),
        "zones" => Number(value, 100) is { } zones ? (settings with { Zones = zones }, null) : Wrong(option, value, "a number from 1 to 100"),
        "label" => Label(value) is var (key, text) ? (settings with { Labels = new Dictionary<string, string>(settings.Labels) { [key] = text } }, null) : Wrong(option, value, "KEY=VALUE"),
        "taint" => TaintOf(value) is { } taint ? (settings with { Taints = [.. settings.Taints, taint] }, null) : Wrong(option, value, "KEY[=VALUE]:NoSchedule, :PreferNoSchedule or :NoExecute"),
        "host-path" => value.StartsWith('/') ? (settings with { HostPaths = [.. settings.HostPaths, value] }, null) : Wrong(option, value, "an absolute path"),
        _ => (null, $"\"{option}\" is no option of nodes; expected {Expected}"),
    };

    private static (NodeSettings? Settings, string? Error) Wrong(string option, string value, string expected) => (null, $"{option}: \"{value}\" is not {expected}");

    private static Quantity? Amount(string text) => Quantity.TryParse(text, out Quantity amount) && text.Length > 0 && amount.Nanos.Sign > 0 ? amount : null;

    private static int? Number(string text, int most)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= most ? number : null;

    private static (string Key, string Value)? Label(string text)
    {
        string[] parts = text.Split('=', 2);
        return parts.Length == 2 && Names.QualifiedNameProblem(parts[0]) is null && Names.LabelValueProblem(parts[1]) is null ? (parts[0], parts[1]) : null;
    }

    private static Taint? TaintOf(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !Effects.Contains(text[(colon + 1)..], StringComparer.Ordinal))
        {
            return null;
        }

        string[] parts = text[..colon].Split('=', 2);
        return Names.QualifiedNameProblem(parts[0]) is null
            ? new Taint { Key = parts[0], Value = parts.Length == 2 ? parts[1] : null, Effect = text[(colon + 1)..] }
            : null;
    }
}

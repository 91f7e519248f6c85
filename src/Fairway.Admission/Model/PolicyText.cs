using System.Text.Json.Nodes;
using Fairway.Admission.Mending;
using Fairway.Resources.Yaml;

namespace Fairway.Admission;

/// <summary>What a policy says about itself to people, read from annotations (<see cref="Keys"/>), with Kyverno's and Gatekeeper's understood.</summary>
public sealed record PolicyText
{
    /// <summary>The annotation keys.</summary>
    public static class Keys
    {
        public const string Prefix = "policy.fairway.dev/";
        public const string Title = Prefix + "title";
        public const string Why = Prefix + "why";
        public const string HowToMend = Prefix + "how-to-mend";
        public const string Mend = Prefix + "mend";
        public const string Severity = Prefix + "severity";
        public const string Category = Prefix + "category";
        public const string Controls = Prefix + "controls";
        public const string Pack = Prefix + "pack";
        public const string Version = Prefix + "version";
        public const string Waivable = Prefix + "waivable";
        public const string MaxWaiver = Prefix + "max-waiver";

        /// <summary><c>true</c>: about what stands in files, not about what a cluster is given.</summary>
        public const string OnlyFiles = Prefix + "only-files";
    }

    public required string Title { get; init; }

    /// <summary>Why the rule exists.</summary>
    public string Why { get; init; } = "";

    public string HowToMend { get; init; } = "";

    public Severity Severity { get; init; } = Severity.Medium;

    public string Category { get; init; } = "";

    public IReadOnlyList<ControlReference> Controls { get; init; } = [];

    /// <summary>Edits that mend an object.</summary>
    public IReadOnlyList<MendStep> Mends { get; init; } = [];

    public string? Pack { get; init; }

    public string? Version { get; init; }

    /// <summary>False: no waiver is honoured.</summary>
    public bool Waivable { get; init; } = true;

    /// <summary>The longest time a waiver may run.</summary>
    public TimeSpan MaxWaiver { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Reads the annotations of a policy object.</summary>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="name">Its name, which is the title when there is no other.</param>
    /// <param name="problems">One sentence for each annotation that cannot be read.</param>
    public static PolicyText Read(JsonObject? metadata, string name, ICollection<string> problems)
    {
        var annotations = metadata?["annotations"] as JsonObject;
        string? Text(params ReadOnlySpan<string> keys)
        {
            foreach (string key in keys)
            {
                if (annotations?[key] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0)
                {
                    return text.Trim();
                }
            }

            return null;
        }

        return new PolicyText
        {
            Title = Text(Keys.Title, "policies.kyverno.io/title", "metadata.gatekeeper.sh/title") ?? name,
            Why = Text(Keys.Why, "policies.kyverno.io/description", "description") ?? "",
            HowToMend = Text(Keys.HowToMend) ?? "",
            Severity = ReadSeverity(Text(Keys.Severity, "policies.kyverno.io/severity"), problems),
            Category = Text(Keys.Category, "policies.kyverno.io/category") ?? "",
            Controls = ReadControls(Text(Keys.Controls), problems),
            Mends = ReadMends(Text(Keys.Mend), problems),
            Pack = Text(Keys.Pack),
            Version = Text(Keys.Version),
            Waivable = Text(Keys.Waivable) != "false",
            MaxWaiver = ReadDays(Text(Keys.MaxWaiver), problems),
        };
    }

    /// <summary>Reads a severity; <c>moderate</c> and <c>warning</c>, <c>error</c> are understood.</summary>
    public static Severity? ParseSeverity(string text) => text.ToLowerInvariant() switch
    {
        "info" or "note" or "none" => Admission.Severity.Info,
        "low" => Admission.Severity.Low,
        "medium" or "moderate" or "warning" => Admission.Severity.Medium,
        "high" or "error" => Admission.Severity.High,
        "critical" => Admission.Severity.Critical,
        _ => null,
    };

    private static Severity ReadSeverity(string? text, ICollection<string> problems)
    {
        if (text is null)
        {
            return Admission.Severity.Medium;
        }

        if (ParseSeverity(text) is { } severity)
        {
            return severity;
        }

        problems.Add($"annotation {Keys.Severity}: \"{text}\"; expected info, low, medium, high or critical");
        return Admission.Severity.Medium;
    }

    private static List<ControlReference> ReadControls(string? text, ICollection<string> problems)
    {
        var controls = new List<ControlReference>();
        foreach (string one in (text ?? "").Split([',', ';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int blank = one.IndexOf(' ', StringComparison.Ordinal);
            if (blank <= 0)
            {
                problems.Add($"annotation {Keys.Controls}: \"{one}\"; expected a framework and a control, like: nist-800-53 AC-6");
                continue;
            }

            controls.Add(new ControlReference(one[..blank], one[(blank + 1)..].Trim()));
        }

        return controls;
    }

    private static IReadOnlyList<MendStep> ReadMends(string? text, ICollection<string> problems)
    {
        if (text is null)
        {
            return [];
        }

        try
        {
            return MendStep.ReadAll(YamlReader.Read(text, Keys.Mend) is [{ Node: { } node }] ? node : new JsonArray());
        }
        catch (Exception bad) when (bad is YamlException or FormatException)
        {
            problems.Add($"annotation {Keys.Mend}: {bad.Message}");
            return [];
        }
    }

    private static TimeSpan ReadDays(string? text, ICollection<string> problems)
    {
        if (text is null)
        {
            return TimeSpan.FromDays(90);
        }

        if (text.EndsWith('d') && int.TryParse(text[..^1], out int days) && days is > 0 and <= 366)
        {
            return TimeSpan.FromDays(days);
        }

        problems.Add($"annotation {Keys.MaxWaiver}: \"{text}\"; expected a number of days from 1d to 366d");
        return TimeSpan.FromDays(90);
    }
}

using Fairway.Pipelines.Execution;

namespace Fairway.Pipelines.Actions;

/// <summary><c>actions/setup-node</c>: takes the Node.js of this machine, and says so when it is not the asked one.</summary>
internal static class SetupNode
{
    private const string Installed = "the Node.js that is installed is used.";

    public static BuiltInAction Action { get; } = new(
        new(
            "actions/setup-node",
            ["node-version", "node-version-file"],
            [],
            new Dictionary<string, string>
            {
                ["architecture"] = Installed,
                ["check-latest"] = Installed,
                ["mirror"] = Installed,
                ["mirror-token"] = Installed,
                ["token"] = Installed,
                ["always-auth"] = "registries are the ones of this machine.",
                ["scope"] = "registries are the ones of this machine.",
                ["cache"] = "packages are kept in the home directory between jobs.",
                ["cache-dependency-path"] = "packages are kept in the home directory between jobs.",
                ["package-manager-cache"] = "packages are kept in the home directory between jobs.",
            },
            new Dictionary<string, string> { ["registry-url"] = "registries are the ones of this machine." }),
        RunAsync);

    private static async Task RunAsync(ActionCall call, CancellationToken cancellation)
    {
        if (!Script.IsThere("node", call.Variables["PATH"]))
        {
            throw new ActionFailure("Node.js is not installed on this machine: 'node' is not in PATH. See https://nodejs.org.");
        }

        (int code, IReadOnlyList<string> lines) = await call.CaptureAsync("node", "--version");
        string installed = code == 0 && lines.Count > 0 ? lines[^1].Trim() : throw new ActionFailure($"'node --version' failed: {string.Join(' ', lines)}");
        string asked = call.Input("node-version");
        if (asked.Length == 0 && call.Input("node-version-file") is { Length: > 0 } file)
        {
            string path = call.InWorkspace(file);
            asked = File.Exists(path) ? FromFile(path) : throw new ActionFailure($"The file '{file}' does not exist. Is the repository checked out?");
        }

        if (asked.Length > 0 && !Fits(asked, installed))
        {
            throw new ActionFailure($"The workflow asks for Node.js {asked}; installed on this machine: {installed}. Install it or change node-version.");
        }

        call.Say($"Node.js {installed} is installed.");
        call.Channel.SetOutput("node-version", installed);
    }

    private static bool Fits(string asked, string installed)
    {
        // Even majors are the long-term ones.
        if (asked.StartsWith("lts", StringComparison.OrdinalIgnoreCase))
        {
            return int.TryParse(installed.TrimStart('v').Split('.')[0], System.Globalization.CultureInfo.InvariantCulture, out int major) && major % 2 == 0;
        }

        return VersionRange.Contains(asked, installed) ?? throw new ActionFailure($"'{asked}' is not a version of Node.js.");
    }

    private static string FromFile(string path)
    {
        string text = File.ReadAllText(path);
        if (!path.EndsWith(".json", StringComparison.Ordinal))
        {
            return text.Split('\n')[0].Trim();
        }

        try
        {
            using System.Text.Json.JsonDocument package = System.Text.Json.JsonDocument.Parse(text);
            return package.RootElement.TryGetProperty("engines", out System.Text.Json.JsonElement engines) && engines.TryGetProperty("node", out System.Text.Json.JsonElement node)
                ? node.GetString() ?? ""
                : "";
        }
        catch (System.Text.Json.JsonException wrong)
        {
            throw new ActionFailure($"'{Path.GetFileName(path)}' is not JSON: {wrong.Message}");
        }
    }
}

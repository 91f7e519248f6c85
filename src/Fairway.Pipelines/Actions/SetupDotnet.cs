using Fairway.Pipelines.Execution;

namespace Fairway.Pipelines.Actions;

/// <summary><c>actions/setup-dotnet</c>: takes the SDKs of this machine, and says so when the asked one is not among them.</summary>
internal static class SetupDotnet
{
    private const string Installed = "the SDK that is installed is used.";

    public static BuiltInAction Action { get; } = new(
        new(
            "actions/setup-dotnet",
            ["dotnet-version", "global-json-file"],
            [],
            new Dictionary<string, string>
            {
                ["dotnet-quality"] = Installed,
                ["architecture"] = Installed,
                ["dotnet-channel"] = Installed,
                ["cache"] = "packages are kept in the home directory between jobs.",
                ["cache-dependency-path"] = "packages are kept in the home directory between jobs.",
                ["owner"] = "package sources are the ones of this machine.",
                ["config-file"] = "package sources are the ones of this machine.",
                ["source-url"] = "package sources are the ones of this machine.",
            },
            new Dictionary<string, string> { ["workloads"] = "workloads are not installed." }),
        RunAsync);

    private static async Task RunAsync(ActionCall call, CancellationToken cancellation)
    {
        if (!Script.IsThere("dotnet", call.Variables["PATH"]))
        {
            throw new ActionFailure("No .NET SDK is installed on this machine: 'dotnet' is not in PATH. See https://dot.net/download.");
        }

        (int code, IReadOnlyList<string> lines) = await call.CaptureAsync("dotnet", "--list-sdks");
        string[] sdks = [.. lines.Select(line => line.Split(' ')[0]).Where(version => version.Length > 0 && char.IsAsciiDigit(version[0]))];
        if (code != 0 || sdks.Length == 0)
        {
            throw new ActionFailure($"'dotnet --list-sdks' shows no SDK ({string.Join(' ', lines)}).");
        }

        string chosen = sdks[^1];
        foreach (string asked in call.Lines("dotnet-version"))
        {
            chosen = Choose(call, asked, sdks);
            call.Say($"{asked}: .NET SDK {chosen} is installed.");
        }

        if (call.Input("global-json-file") is { Length: > 0 } file)
        {
            chosen = await ResolveGlobalJsonAsync(call, file);
        }

        call.Channel.SetOutput("dotnet-version", chosen);
    }

    private static string Choose(ActionCall call, string asked, string[] sdks)
    {
        if (Array.FindLast(sdks, sdk => VersionRange.Contains(asked, sdk) == true) is { } exact)
        {
            return exact;
        }

        // An SDK of the same major and minor version builds what an earlier patch builds.
        string[] parts = asked.Split('.');
        string line = parts.Length >= 2 ? $"{parts[0]}.{parts[1]}.x" : asked;
        if (Array.FindLast(sdks, sdk => VersionRange.Contains(line, sdk) == true) is { } near)
        {
            call.Channel.Warning($"The .NET SDK {asked} is not installed; {near} of the same line is used.");
            return near;
        }

        throw new ActionFailure($"The workflow asks for the .NET SDK {asked}; installed on this machine: {string.Join(", ", sdks)}. Install it (https://dot.net/download) or change dotnet-version.");
    }

    private static async Task<string> ResolveGlobalJsonAsync(ActionCall call, string file)
    {
        string path = call.InWorkspace(file);
        if (!File.Exists(path))
        {
            throw new ActionFailure($"The file '{file}' does not exist. Is the repository checked out?");
        }

        List<string> output = [];
        ProcessCommand command = new() { Arguments = ["dotnet", "--version"], WorkingDirectory = Path.GetDirectoryName(path)!, Environment = call.Variables };
        int code = await call.RunProcess(command, output.Add);
        return code == 0 && output.Count > 0 ? output[^1] : throw new ActionFailure($"No installed .NET SDK fits '{file}': {string.Join(' ', output).Trim()}");
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;

namespace Fairway.Commands;

internal static class StatusCommand
{
    public static Command Build()
    {
        var command = new Command("status", "Whether the platform runs, where it listens and how its parts are.");
        command.SetAction((parsed, cancellation) => PrintAsync(parsed.DataDirectory(), parsed.WantsJson(), cancellation));
        return command;
    }

    public static async Task<int> PrintAsync(DirectoryInfo data, bool json, CancellationToken cancellation)
    {
        PlatformState? state = PlatformState.Load(data);
        JsonObject status = state?.IsAlive() == true ? await AskAsync(data, cancellation) : Stopped(data, state);
        if (json)
        {
            Terminal.Json(status);
        }
        else
        {
            Print(status);
        }

        return status["ready"]!.GetValue<bool>() ? ExitCode.Ok : ExitCode.NotRunning;
    }

    private static async Task<JsonObject> AskAsync(DirectoryInfo data, CancellationToken cancellation)
    {
        using PlatformConnection platform = PlatformConnection.Open(data);
        return (await platform.GetAsync("fairway/v1/status", cancellation)).AsObject();
    }

    private static JsonObject Stopped(DirectoryInfo data, PlatformState? last) => new()
    {
        ["ready"] = false,
        ["version"] = last?.Version ?? FairwayVersion.Text,
        ["pid"] = null,
        ["dataDir"] = data.FullName,
        ["endpoints"] = new JsonObject(),
    };

    private static void Print(JsonObject status)
    {
        bool ready = status["ready"]!.GetValue<bool>();
        Terminal.Line(ready ? $"Fairway {status["version"]} is ready (pid {status["pid"]})" : "Fairway is not running");
        Terminal.Line($"  data      {status["dataDir"]}");
        foreach ((string name, JsonNode? endpoint) in status["endpoints"]!.AsObject())
        {
            if (endpoint is JsonObject clusters)
            {
                foreach ((string cluster, JsonNode? url) in clusters)
                {
                    Terminal.Line($"  cluster   {cluster,-8} {url}");
                }
            }
            else
            {
                Terminal.Line($"  {name,-9} {endpoint}");
            }
        }

        foreach (JsonNode? part in status["unhealthy"]?.AsArray() ?? [])
        {
            Terminal.Line($"  unhealthy {part!["name"]}: {part["message"]}");
        }
    }
}

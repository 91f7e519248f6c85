using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.Cli;

/// <summary>What a running platform leaves in its data directory so that other processes find it.</summary>
internal sealed record PlatformState
{
    public required int Pid { get; init; }

    /// <summary>When the process started, to tell it from a later process with the same id.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    public required string Version { get; init; }

    public required PlatformEndpoints Endpoints { get; init; }

    /// <summary>The cluster that holds Fairway's own kinds.</summary>
    public required string Hub { get; init; }

    /// <summary>How long the process took from its start until the API answered, in milliseconds.</summary>
    public double ReadyMilliseconds { get; init; }

    private static string PathIn(DirectoryInfo data) => Path.Combine(data.FullName, "run", "platform.json");

    /// <summary>Writes the state so that readers see all of it or none.</summary>
    public void Save(DirectoryInfo data)
    {
        string path = PathIn(data);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string fresh = path + ".new";
        File.WriteAllBytes(fresh, JsonSerializer.SerializeToUtf8Bytes(this, StateJson.Default.PlatformState));
        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>The state last written, or null when the directory never held a platform.</summary>
    public static PlatformState? Load(DirectoryInfo data)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathIn(data)), StateJson.Default.PlatformState);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    public static void Clear(DirectoryInfo data) => File.Delete(PathIn(data));

    /// <summary>Whether the process that wrote the state still lives.</summary>
    public bool IsAlive()
    {
        try
        {
            using var process = Process.GetProcessById(Pid);
            return !process.HasExited && Math.Abs((process.StartTime.ToUniversalTime() - StartedAt.UtcDateTime).TotalSeconds) < 3;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}

/// <summary>Where the platform listens.</summary>
internal sealed record PlatformEndpoints
{
    public required string Portal { get; init; }

    public required string Gateway { get; init; }

    public required string Git { get; init; }

    /// <summary>Base URL of Prometheus' HTTP API.</summary>
    public string? Prometheus { get; init; }

    /// <summary>OTLP over HTTP.</summary>
    public string? OtlpHttp { get; init; }

    /// <summary>OTLP over gRPC.</summary>
    public string? OtlpGrpc { get; init; }

    /// <summary>Base URL of Loki's HTTP API.</summary>
    public string? Loki { get; init; }

    /// <summary>Base URL of Jaeger's query API.</summary>
    public string? Jaeger { get; init; }

    /// <summary>Base URL of Alertmanager's API.</summary>
    public string? Alertmanager { get; init; }

    /// <summary>Base URL of each logical cluster's Kubernetes API.</summary>
    public required IReadOnlyDictionary<string, string> Clusters { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(PlatformState))]
internal sealed partial class StateJson : JsonSerializerContext;

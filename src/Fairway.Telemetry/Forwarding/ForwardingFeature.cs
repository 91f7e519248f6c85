using System.Text.Json.Nodes;
using Fairway.ControllerRuntime;
using Fairway.Telemetry.Alerting;
using Microsoft.Extensions.Logging;

namespace Fairway.Telemetry.Forwarding;

/// <summary>Sends everything on to other servers: metrics by remote write or OTLP, logs and traces by OTLP.</summary>
public sealed class ForwardingFeature : IDisposable
{
    private readonly HttpClients clients;
    private readonly List<IDisposable> following = [];
    private readonly List<(ForwardTarget Target, ForwardSender Sender, MetricForwarder? Metrics, StreamForwarder? Streams)> receivers = [];
    private readonly TimeProvider time;

    private ForwardingFeature(TimeProvider time)
    {
        this.time = time;
        clients = new HttpClients(time);
    }

    /// <summary>Reads the file and prepares its receivers; call it before the area's routes are mapped.</summary>
    /// <param name="area">Whose telemetry is sent on.</param>
    /// <param name="file">The configuration.</param>
    /// <param name="directory">Where positions are kept.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logs">Takes warnings.</param>
    /// <exception cref="ForwardConfigException">The configuration cannot be used.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ForwardingFeature Open(TelemetryArea area, string file, string directory, TimeProvider time, ILoggerFactory logs)
    {
        ArgumentNullException.ThrowIfNull(area);
        ForwardConfig config = ForwardConfigReader.Read(File.ReadAllText(file), file);
        var feature = new ForwardingFeature(time);
        foreach (ForwardTarget target in config.Targets)
        {
            var sender = new ForwardSender(target, feature.clients, time, logs.CreateLogger<ForwardSender>());
            MetricForwarder? metrics = target.Signals.Contains("metrics") ? new MetricForwarder(target, sender, area.Metrics, config.ExternalLabels, directory, time) : null;
            StreamForwarder? streams = null;
            if (target.Signals.Contains("logs") || target.Signals.Contains("traces"))
            {
                streams = new StreamForwarder(target, sender, config.ExternalLabels);
                feature.Follow(area, target, streams);
            }

            feature.receivers.Add((target, sender, metrics, streams));
        }

        area.Serve(routes => routes.Map("/api/v1/status/forwarding", ["GET"], context => ApiBody.WriteAsync(context, 200, feature.Status())));
        return feature;
    }

    /// <summary>Adds the parts that send.</summary>
    public void AddTo(ControllerHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        foreach ((ForwardTarget target, _, MetricForwarder? metrics, StreamForwarder? streams) in receivers)
        {
            if (metrics is not null)
            {
                host.Add($"telemetry/forward/{target.Name}/metrics", metrics.RunAsync);
            }

            if (streams is not null)
            {
                host.Add($"telemetry/forward/{target.Name}/streams", streams.RunAsync);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        following.ForEach(one => one.Dispose());
        clients.Dispose();
    }

    private void Follow(TelemetryArea area, ForwardTarget target, StreamForwarder streams)
    {
        if (target.Signals.Contains("logs"))
        {
            following.Add(area.Logs.Follow(streams.Take));
        }

        if (target.Signals.Contains("traces"))
        {
            following.Add(area.Traces.Follow(streams.Take));
        }
    }

    private JsonObject Status() => new()
    {
        ["status"] = "success",
        ["data"] = new JsonArray([.. receivers.Select(one => (JsonNode)new JsonObject
        {
            ["name"] = one.Target.Name,
            ["protocol"] = one.Target.Protocol switch { ForwardProtocol.RemoteWriteOne => "remote-write 1", ForwardProtocol.RemoteWriteTwo => "remote-write 2", _ => "otlp" },
            ["url"] = one.Target.Url,
            ["signals"] = new JsonArray([.. one.Target.Signals.Order(StringComparer.Ordinal).Select(signal => (JsonNode)signal)]),
            ["sent"] = Interlocked.Read(ref one.Sender.State.Sent),
            ["refused"] = Interlocked.Read(ref one.Sender.State.Refused),
            ["dropped"] = Interlocked.Read(ref one.Sender.State.Dropped),
            ["retries"] = Interlocked.Read(ref one.Sender.State.Retries),
            ["waiting"] = one.Streams?.Waiting ?? 0,
            ["lagSeconds"] = one.Metrics is null || one.Sender.State.Position == 0
                ? null
                : Math.Round(((double)time.GetUtcNow().ToUnixTimeMilliseconds() - one.Sender.State.Position) / 1000, 1),
            ["problem"] = one.Sender.State.Problem,
        })]),
    };
}

using System.Net;
using System.Net.Sockets;
using Fairway.Cli;
using Fairway.Telemetry;

namespace Fairway.Platform;

/// <summary>Which ports to listen on.</summary>
/// <param name="Api">The Kubernetes API (TLS).</param>
/// <param name="Web">The portal and git.</param>
/// <param name="Gateway">The services' traffic.</param>
/// <param name="Telemetry">The query APIs and receivers of telemetry.</param>
internal sealed record PortPlan(int Api, int Web, int Gateway, TelemetryPorts Telemetry)
{
    /// <summary>
    /// Four in a row from the one asked for, and OpenTelemetry's own two where they are free; for 0 the ports that this directory had before where they are free, so that links,
    /// kubeconfigs and clones stay good over a restart, else whatever the system gives.
    /// </summary>
    public static PortPlan For(int port, PlatformEndpoints? before)
    {
        if (port != 0)
        {
            return new PortPlan(port, port + 1, port + 2, new TelemetryPorts(
                port + 3,
                IsFree(TelemetryPorts.StandardOtlpHttp) ? TelemetryPorts.StandardOtlpHttp : port + 4,
                IsFree(TelemetryPorts.StandardOtlpGrpc) ? TelemetryPorts.StandardOtlpGrpc : port + 5));
        }

        return before is null
            ? new PortPlan(0, 0, 0, new TelemetryPorts(0, 0, 0))
            : new PortPlan(
                FreeOr0(before.Clusters.Values.FirstOrDefault()),
                FreeOr0(before.Portal),
                FreeOr0(before.Gateway),
                new TelemetryPorts(FreeOr0(before.Prometheus), FreeOr0(before.OtlpHttp), FreeOr0(before.OtlpGrpc)));
    }

    private static int FreeOr0(string? url)
    {
        return url is not null && Uri.TryCreate(url, UriKind.Absolute, out Uri? before) && IsFree(before.Port) ? before.Port : 0;
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using Fairway.Cli;

namespace Fairway.Platform;

/// <summary>Which ports to listen on.</summary>
/// <param name="Api">The Kubernetes API (TLS).</param>
/// <param name="Web">The portal and git.</param>
/// <param name="Gateway">The services' traffic.</param>
internal sealed record PortPlan(int Api, int Web, int Gateway)
{
    /// <summary>
    /// Three in a row from the one asked for; for 0 the ports that this directory had before where they are free, so that links,
    /// kubeconfigs and clones stay good over a restart, else whatever the system gives.
    /// </summary>
    public static PortPlan For(int port, PlatformEndpoints? before)
    {
        if (port != 0)
        {
            return new PortPlan(port, port + 1, port + 2);
        }

        return before is null
            ? new PortPlan(0, 0, 0)
            : new PortPlan(
                FreeOr0(before.Clusters.Values.FirstOrDefault()),
                FreeOr0(before.Portal),
                FreeOr0(before.Gateway));
    }

    private static int FreeOr0(string? url)
    {
        if (url is null || !Uri.TryCreate(url, UriKind.Absolute, out Uri? before))
        {
            return 0;
        }

        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, before.Port);
            probe.Start();
            return before.Port;
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}

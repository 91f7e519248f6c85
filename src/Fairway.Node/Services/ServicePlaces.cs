using System.Globalization;
using System.Net;
using System.Text;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Services;

/// <summary>
/// Where the services of a cluster are on this machine, for pods that are processes of it: nothing routes 10.96.0.0/12, but Linux
/// lets anyone listen on any address of 127.0.0.0/8. A service with the ClusterIP 10.96.3.7 is at 127.ROOM.3.7, at its own port.
/// </summary>
public sealed record ServicePlaces
{
    /// <summary>The second byte of the cluster's addresses: another for every cluster of every platform on the machine.</summary>
    public required byte Room { get; init; }

    /// <summary>The first port that anyone may listen on; those below are moved up by <see cref="Moved"/>.</summary>
    public int FirstFreePort { get; init; } = 1024;

    /// <summary>Where the API server is, for <c>KUBERNETES_SERVICE_HOST</c>; null before it listens.</summary>
    public Func<IPEndPoint?> Api { get; init; } = static () => null;

    /// <summary>Added to ports that only root may listen on.</summary>
    public const int Moved = 20000;

    /// <summary>A room from 16 to 254 that follows from the text; the same text has the same room after a restart.</summary>
    public static byte RoomOf(string text)
    {
        uint hash = 2166136261;
        foreach (byte one in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ one) * 16777619;
        }

        return (byte)(16 + (hash % 239));
    }

    /// <summary>What this machine lets its users listen on: 0 for root.</summary>
    public static int FirstFreePortHere()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return 0;
        }

        try
        {
            return int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_unprivileged_port_start"), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or FormatException)
        {
            return 1024;
        }
    }

    /// <summary>Where a port of a service is; null for services without an address of their own, and for what is not TCP.</summary>
    public IPEndPoint? Of(Service service, ServicePort port)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(port);
        return port.Protocol is null or "TCP"
            && service.Spec is { Type: not "ExternalName" }
            && IPAddress.TryParse(service.Spec.ClusterIP, out IPAddress? address)
            && address.GetAddressBytes() is [_, _, var third, var fourth]
                ? new IPEndPoint(new IPAddress([127, Room, third, fourth]), port.Port < FirstFreePort ? port.Port + Moved : port.Port)
                : null;
    }
}

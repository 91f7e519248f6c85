using System.Net;
using System.Net.Sockets;

namespace Fairway.Node.Configuration;

/// <summary>
/// Gives out loopback ports, each once. Share one among all nodes of a program. Ports are taken from below the range that the
/// system uses for outgoing connections, so that no client socket takes one between here and the container's own listen; each is
/// tried before it is given, since other programs may use it.
/// </summary>
public sealed class PortAllocator
{
    private const int First = 15000;
    private const int Beyond = 32000;

    // Guards the two below.
    private readonly Lock _gate = new();
    private readonly HashSet<int> _taken = [];
    private int _next;

    /// <param name="seed">Where to begin: different programs should begin at different places.</param>
    public PortAllocator(int seed) => _next = First + (int)((uint)seed % (Beyond - First));

    /// <summary>A port that nobody listens on, until released.</summary>
    /// <exception cref="InvalidOperationException">There is none left.</exception>
    public int Take()
    {
        lock (_gate)
        {
            for (int tries = 0; tries < Beyond - First; tries++)
            {
                int port = _next;
                _next = _next + 1 == Beyond ? First : _next + 1;
                if (!_taken.Contains(port) && IsFree(port))
                {
                    _taken.Add(port);
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No free port is left between {First} and {Beyond}.");
    }

    /// <summary>Takes this very port up again, for a pod that had it before.</summary>
    /// <param name="inUse">The pod's container still runs and listens on it.</param>
    /// <returns>False when somebody else has it now.</returns>
    public bool Claim(int port, bool inUse)
    {
        lock (_gate)
        {
            return (inUse || IsFree(port)) && _taken.Add(port);
        }
    }

    public void Release(int port)
    {
        lock (_gate)
        {
            _taken.Remove(port);
        }
    }

    /// <summary>Tries to listen on it: on all addresses, as ASP.NET does.</summary>
    private static bool IsFree(int port)
    {
        foreach (IPAddress address in (IPAddress[])[IPAddress.Any, IPAddress.IPv6Any])
        {
            try
            {
                using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(address, port));
                socket.Listen(1);
            }
            catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                return false;
            }
            catch (SocketException)
            {
                // This kind of address does not exist here.
            }
        }

        return true;
    }
}

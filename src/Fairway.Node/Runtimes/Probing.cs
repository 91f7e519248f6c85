using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Fairway.Node.Runtimes;

/// <summary>Asks containers that really listen on ports of the host.</summary>
internal static class Probing
{
    private const int MaxMessage = 512;

    // Probes never reuse a connection (each one must prove that a new one opens) and follow no redirect: 3xx is well.
    private static readonly HttpMessageInvoker Http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        ActivityHeadersPropagator = null,
        // As the kubelet: a probe's certificate is not verified.
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    });

    /// <summary>Asks; a time-out and a refused connection are answers too. Throws only when cancelled.</summary>
    public static async Task<ProbeAnswer> AskAsync(
        IContainerRuntime runtime,
        ContainerIdentity container,
        IReadOnlyList<PortMapping> ports,
        ProbeTarget target,
        TimeSpan timeout,
        TimeProvider time,
        CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return target switch
            {
                ProbeTarget.Http http => await AskHttpAsync(http, HostPort(ports, http.ContainerPort, http.Host), either.Token),
                ProbeTarget.Tcp tcp => await AskTcpAsync(tcp, HostPort(ports, tcp.ContainerPort, tcp.Host), either.Token),
                ProbeTarget.Exec exec => await AskExecAsync(runtime, container, exec, either.Token),
                ProbeTarget.Grpc grpc => await GrpcHealth.AskAsync(HostPort(ports, grpc.ContainerPort, null), grpc.Service, either.Token),
                _ => throw new ArgumentOutOfRangeException(nameof(target)),
            };
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return new ProbeAnswer(false, TimedOut(target, timeout));
        }
        catch (Exception failed) when (failed is HttpRequestException or SocketException or IOException or ContainerException)
        {
            return new ProbeAnswer(false, Failed(target, failed));
        }
    }

    /// <summary>What went wrong, as the kubelet would say it.</summary>
    private static string Failed(ProbeTarget target, Exception failed)
    {
        var socket = failed as SocketException ?? failed.InnerException as SocketException;
        return target switch
        {
            ProbeTarget.Http http when socket is not null => $"Get \"{Url(http)}\": {Dial(http.Host, http.ContainerPort, socket)}",
            ProbeTarget.Http http => $"Get \"{Url(http)}\": {(failed.InnerException is IOException ? "EOF" : failed.Message)}",
            ProbeTarget.Tcp tcp when socket is not null => Dial(tcp.Host, tcp.ContainerPort, socket),
            ProbeTarget.Grpc grpc when socket is not null => $"error: failed to connect service \"{Address(null, grpc.ContainerPort)}\": {Dial(null, grpc.ContainerPort, socket)}",
            _ => failed.Message,
        };
    }

    private static string TimedOut(ProbeTarget target, TimeSpan timeout) => target switch
    {
        ProbeTarget.Http http => $"Get \"{Url(http)}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        ProbeTarget.Tcp tcp => $"dial tcp {Address(tcp.Host, tcp.ContainerPort)}: i/o timeout",
        ProbeTarget.Exec exec => $"command \"{string.Join(' ', exec.Command)}\" timed out",
        ProbeTarget.Grpc grpc => $"timeout: health rpc did not complete within {Fairway.Resources.GoDuration.Format(timeout)}",
        _ => "timed out",
    };

    private static string Url(ProbeTarget.Http http)
        => $"{http.Scheme.ToLowerInvariant()}://{Address(http.Host, http.ContainerPort)}{(http.Path.StartsWith('/') ? "" : "/")}{http.Path}";

    /// <summary>The port is the pod's, which its author knows; that another one of the host leads there is nobody's business.</summary>
    private static string Address(string? host, int port) => string.Create(CultureInfo.InvariantCulture, $"{host ?? "127.0.0.1"}:{port}");

    private static string Dial(string? host, int port, SocketException failed)
        => $"dial tcp {Address(host, port)}: connect: {(failed.SocketErrorCode == SocketError.ConnectionRefused ? "connection refused" : failed.Message)}";

    private static async Task<ProbeAnswer> AskHttpAsync(ProbeTarget.Http probe, int port, CancellationToken cancellation)
    {
        string path = probe.Path.StartsWith('/') ? probe.Path : "/" + probe.Path;
        string authority = $"{probe.Host ?? "127.0.0.1"}:{port.ToString(CultureInfo.InvariantCulture)}";
        if (!Uri.TryCreate($"{probe.Scheme.ToLowerInvariant()}://{authority}{path}", UriKind.Absolute, out Uri? address))
        {
            return new ProbeAnswer(false, $"not a URL: {authority}{path}");
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.UserAgent.ParseAdd("kube-probe/1.32");
        request.Headers.Accept.ParseAdd("*/*");
        request.Headers.ConnectionClose = true;
        foreach ((string name, string value) in probe.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage response = await Http.SendAsync(request, cancellation);
        int code = (int)response.StatusCode;
        return new ProbeAnswer(
            code is >= 200 and < 400,
            code is >= 200 and < 400 ? "" : $"HTTP probe failed with statuscode: {code.ToString(CultureInfo.InvariantCulture)}");
    }

    private static async Task<ProbeAnswer> AskTcpAsync(ProbeTarget.Tcp probe, int port, CancellationToken cancellation)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(probe.Host ?? IPAddress.Loopback.ToString(), port, cancellation);
        return new ProbeAnswer(true);
    }

    private static async Task<ProbeAnswer> AskExecAsync(
        IContainerRuntime runtime, ContainerIdentity container, ProbeTarget.Exec probe, CancellationToken cancellation)
    {
        await using IExecSession session = await runtime.ExecAsync(container, new ExecRequest(probe.Command), cancellation);
        Task<string> output = ReadAsync(session.Output, cancellation);
        Task<string> error = ReadAsync(session.Error, cancellation);
        int code = await session.Exited.WaitAsync(cancellation);
        return code == 0
            ? new ProbeAnswer(true)
            : new ProbeAnswer(false, $"{await output}{await error}");
    }

    private static async Task<string> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] kept = new byte[MaxMessage];
        int length = await stream.ReadAtLeastAsync(kept, kept.Length, throwOnEndOfStream: false, cancellation);
        await stream.CopyToAsync(Stream.Null, cancellation);
        return System.Text.Encoding.UTF8.GetString(kept, 0, length);
    }

    /// <summary>A port on another host is that port; one of the pod is the host port that leads to it.</summary>
    private static int HostPort(IReadOnlyList<PortMapping> ports, int containerPort, string? host)
        => host is null ? ports.FirstOrDefault(port => port.ContainerPort == containerPort)?.HostPort ?? containerPort : containerPort;
}

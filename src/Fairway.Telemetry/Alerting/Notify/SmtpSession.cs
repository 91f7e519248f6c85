using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Fairway.Telemetry.Alerting;

/// <summary>One conversation with a mail server: greeting, STARTTLS, authentication, one mail.</summary>
internal sealed class SmtpSession : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TcpClient connection;
    private readonly string host;
    private readonly string hello;
    private readonly JsonObject? tls;
    private Stream stream;
    private StreamReader reader;
    private List<string> abilities = [];

    private SmtpSession(TcpClient connection, Stream stream, string host, string hello, JsonObject? tls)
    {
        this.connection = connection;
        this.stream = stream;
        this.host = host;
        this.hello = hello;
        this.tls = tls;
        reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
    }

    public static async Task<SmtpSession> ConnectAsync(string host, int port, bool isTls, JsonObject? tls, string hello, CancellationToken cancellation)
    {
        var client = new TcpClient { SendTimeout = (int)Patience.TotalMilliseconds, ReceiveTimeout = (int)Patience.TotalMilliseconds };
        try
        {
            await client.ConnectAsync(host, port, cancellation);
            Stream channel = client.GetStream();
            if (isTls)
            {
                channel = await SecureAsync(channel, host, tls, cancellation);
            }

            var session = new SmtpSession(client, channel, host, hello, tls);
            await session.ExpectAsync(220, "connecting", cancellation);
            await session.GreetAsync(cancellation);
            return session;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <exception cref="NotifyException">The server offers none.</exception>
    public async Task StartTlsAsync(CancellationToken cancellation)
    {
        if (!abilities.Contains("STARTTLS", StringComparer.OrdinalIgnoreCase))
        {
            throw new NotifyException($"'require_tls' is true (default) but \"{host}\" does not advertise the STARTTLS extension", mayRetry: true);
        }

        await AskAsync("STARTTLS", 220, "STARTTLS", cancellation);
        stream = await SecureAsync(stream, host, tls, cancellation);
        reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        await GreetAsync(cancellation);
    }

    /// <exception cref="NotifyException">No way of authentication fits, or the server refuses.</exception>
    public async Task AuthenticateAsync(string identity, string user, string password, string secret, CancellationToken cancellation)
    {
        string offered = abilities.FirstOrDefault(one => one.StartsWith("AUTH", StringComparison.OrdinalIgnoreCase)) ?? string.Empty;
        if (offered.Length == 0)
        {
            return;
        }

        foreach (string way in offered.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(way => way.ToUpperInvariant()))
        {
            switch (way)
            {
                case "CRAM-MD5" when secret.Length > 0:
                    string challenge = await AskAsync("AUTH CRAM-MD5", 334, "auth", cancellation);
                    byte[] hash = HMACMD5.HashData(Encoding.UTF8.GetBytes(secret), Convert.FromBase64String(challenge));
                    await AskAsync(Base64($"{user} {Convert.ToHexStringLower(hash)}"), 235, "auth", cancellation);
                    return;
                case "PLAIN" when password.Length > 0:
                    RequireTls();
                    await AskAsync("AUTH PLAIN " + Base64($"{identity}\0{user}\0{password}"), 235, "auth", cancellation);
                    return;
                case "LOGIN" when password.Length > 0:
                    await AskAsync("AUTH LOGIN", 334, "auth", cancellation);
                    await AskAsync(Base64(user), 334, "auth", cancellation);
                    await AskAsync(Base64(password), 235, "auth", cancellation);
                    return;
            }
        }

        throw new NotifyException($"find auth mechanism: unknown auth mechanism: {offered}", mayRetry: true);
    }

    public async Task SendAsync(string from, IReadOnlyList<string> to, string message, CancellationToken cancellation)
    {
        // What a mail holds is eight bits wide; servers that can take that are told so.
        string body = abilities.Contains("8BITMIME", StringComparer.OrdinalIgnoreCase) ? " BODY=8BITMIME" : string.Empty;
        await AskAsync($"MAIL FROM:<{from}>{body}", 250, "send MAIL command", cancellation);
        foreach (string address in to)
        {
            await AskAsync($"RCPT TO:<{address}>", 25, "send RCPT command", cancellation);
        }

        await AskAsync("DATA", 354, "send DATA command", cancellation);
        string dotted = message.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
        await AskAsync(dotted + (dotted.EndsWith("\r\n", StringComparison.Ordinal) ? "." : "\r\n."), 250, "write message", cancellation);
        await WriteAsync("QUIT", cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        reader.Dispose();
        await stream.DisposeAsync();
        connection.Dispose();
    }

    // A password goes over a plain connection to this machine only.
    private void RequireTls()
    {
        if (stream is not SslStream && host is not ("localhost" or "127.0.0.1" or "::1"))
        {
            throw new NotifyException("auth: unencrypted connection", mayRetry: true);
        }
    }

    private static async Task<Stream> SecureAsync(Stream inner, string host, JsonObject? tls, CancellationToken cancellation)
    {
        var secured = new SslStream(inner);
        SslClientAuthenticationOptions options = HttpClients.TlsOptions(tls);
        options.TargetHost ??= host;
        await secured.AuthenticateAsClientAsync(options, cancellation);
        return secured;
    }

    private async Task GreetAsync(CancellationToken cancellation)
    {
        await WriteAsync($"EHLO {hello}", cancellation);
        abilities = [.. (await ReadAsync(250, "EHLO", cancellation)).Skip(1)];
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private async Task<string> AskAsync(string line, int expected, string what, CancellationToken cancellation)
    {
        await WriteAsync(line, cancellation);
        return await ExpectAsync(expected, what, cancellation);
    }

    private async Task WriteAsync(string line, CancellationToken cancellation)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancellation);
        await stream.FlushAsync(cancellation);
    }

    private async Task<string> ExpectAsync(int code, string what, CancellationToken cancellation) => (await ReadAsync(code, what, cancellation))[^1];

    private async Task<List<string>> ReadAsync(int code, string what, CancellationToken cancellation)
    {
        var lines = new List<string>();
        while (true)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(Patience);
            string line = await reader.ReadLineAsync(limit.Token) ?? throw new IOException("the mail server hung up");
            lines.Add(line.Length > 4 ? line[4..] : string.Empty);
            if (line.Length > 3 && line[3] == '-')
            {
                continue;
            }

            string expected = code.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return line.StartsWith(expected, StringComparison.Ordinal) ? lines : throw new NotifyException($"{what}: {line}", mayRetry: true);
        }
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Fairway.Telemetry.Tests.Alerting;

/// <summary>A mail server that takes one mail and remembers the conversation.</summary>
internal sealed class MailServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly string mechanisms;
    private readonly bool startTls;

    public MailServer(string mechanisms, bool startTls)
    {
        this.mechanisms = mechanisms;
        this.startTls = startTls;
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 made = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        Certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        listener.Start();
    }

    public X509Certificate2 Certificate { get; }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>What the client said, with answers to challenges decoded.</summary>
    public List<string> Said { get; } = [];

    public string Mail { get; private set; } = string.Empty;

    public async Task TakeAsync()
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        Stream stream = client.GetStream();
        var reader = new StreamReader(stream, Encoding.UTF8);
        bool secure = false;
        await TellAsync("220 here");
        while (await reader.ReadLineAsync() is { } line)
        {
            Said.Add(line);
            switch (line.Split(' ')[0])
            {
                case "EHLO":
                    string auth = startTls && !secure ? "250-STARTTLS" : $"250-AUTH {mechanisms}";
                    await TellAsync($"250-here\r\n{auth}\r\n250 8BITMIME");
                    break;
                case "STARTTLS":
                    await TellAsync("220 go on");
                    var secured = new SslStream(stream);
                    await secured.AuthenticateAsServerAsync(Certificate);
                    (stream, reader, secure) = (secured, new StreamReader(secured, Encoding.UTF8), true);
                    break;
                case "AUTH" when line == "AUTH LOGIN":
                    await AskAsync("Username:");
                    await AskAsync("Password:");
                    await TellAsync("235 welcome");
                    break;
                case "AUTH" when line == "AUTH CRAM-MD5":
                    await AskAsync("<1@here>");
                    await TellAsync("235 welcome");
                    break;
                case "AUTH":
                    Said[^1] = "AUTH PLAIN " + Decoded(line.Split(' ')[2]).Replace('\0', '|');
                    await TellAsync("235 welcome");
                    break;
                case "DATA":
                    await TellAsync("354 send it");
                    var mail = new StringBuilder();
                    while (await reader.ReadLineAsync() is { } text && text != ".")
                    {
                        mail.Append(text.StartsWith('.') ? text[1..] : text).Append('\n');
                    }

                    Mail = mail.ToString();
                    await TellAsync("250 taken");
                    break;
                case "QUIT":
                    await TellAsync("221 bye");
                    return;
                default:
                    await TellAsync("250 fine");
                    break;
            }
        }

        async Task TellAsync(string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"));
        async Task AskAsync(string challenge)
        {
            await TellAsync("334 " + Convert.ToBase64String(Encoding.ASCII.GetBytes(challenge)));
            Said.Add(Decoded((await reader.ReadLineAsync())!));
        }
    }

    public void Dispose()
    {
        listener.Dispose();
        Certificate.Dispose();
    }

    private static string Decoded(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));
}

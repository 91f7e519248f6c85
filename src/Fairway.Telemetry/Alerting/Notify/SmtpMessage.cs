using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using static Fairway.Telemetry.Alerting.Config.ClientShapes;

namespace Fairway.Telemetry.Alerting;

/// <summary>A notification as a mail: headers, text and page, sent by SMTP.</summary>
internal static class SmtpMessage
{
    /// <exception cref="NotifyException">It could not be sent.</exception>
    public static async Task SendAsync(Telling telling, CancellationToken cancellation)
    {
        JsonObject settings = telling.Settings;
        string smarthost = Of(settings, "smarthost");
        int colon = smarthost.LastIndexOf(':');
        string host = smarthost[..colon].Trim('[', ']');
        int port = int.TryParse(smarthost.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 25;
        string from = telling.Text("from");
        List<string> to = [.. Addresses(telling.Text("to"))];
        if (to.Count == 0 || Addresses(from).FirstOrDefault() is not { } sender)
        {
            throw new NotifyException($"parse {(to.Count == 0 ? "'to'" : "'from'")} addresses: no address", mayRetry: false);
        }

        string message = Compose(telling, from);
        bool implicitTls = Has(settings, "force_implicit_tls") ? telling.Flag("force_implicit_tls") : port == 465;
        try
        {
            await using SmtpSession session = await SmtpSession.ConnectAsync(host, port, implicitTls, settings["tls_config"] as JsonObject, Has(settings, "hello") ? Of(settings, "hello") : "localhost", cancellation);
            if (!implicitTls && telling.Flag("require_tls"))
            {
                await session.StartTlsAsync(cancellation);
            }

            string user = Of(settings, "auth_username");
            if (user.Length > 0)
            {
                await session.AuthenticateAsync(Of(settings, "auth_identity"), user, telling.Secret("auth_password"), telling.Secret("auth_secret"), cancellation);
            }

            await session.SendAsync(sender, to, message, cancellation);
        }
        catch (Exception failed) when (failed is IOException or System.Net.Sockets.SocketException or System.Security.Authentication.AuthenticationException)
        {
            throw new NotifyException($"mail by {host}: {failed.Message}", mayRetry: true);
        }
    }

    private static string Compose(Telling telling, string from)
    {
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, JsonNode? value) in telling.Settings["headers"] as JsonObject ?? [])
        {
            headers[name] = telling.Expand(value);
        }

        headers.TryAdd("Subject", telling.Expand("{{ template \"email.default.subject\" . }}"));
        headers.TryAdd("To", telling.Text("to"));
        headers.TryAdd("From", from);
        headers.TryAdd("Message-Id", $"<{Guid.NewGuid():N}@{Environment.MachineName}>");
        if (telling.Settings["threading"] is JsonObject threading && Of(threading, "enabled") == "true")
        {
            string day = Of(threading, "thread_by_date") == "none" ? string.Empty : telling.Notification.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            headers["References"] = headers["In-Reply-To"] = $"<alert-{telling.KeyHash[..16]}-{day}@alertmanager>";
        }

        string boundary = Guid.NewGuid().ToString("N");
        var text = new StringBuilder();
        foreach ((string name, string value) in headers)
        {
            text.Append(name).Append(": ").Append(Encoded(value.ReplaceLineEndings(" "))).Append("\r\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"Date: {telling.Notification.Now.ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture)}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Content-Type: multipart/alternative;  boundary={boundary}\r\nMIME-Version: 1.0\r\n\r\n");
        Part(text, boundary, "text/plain", telling.Text("text"));
        Part(text, boundary, "text/html", telling.Html("html"));
        return text.Append("--").Append(boundary).Append("--\r\n").ToString();
    }

    private static void Part(StringBuilder text, string boundary, string type, string body)
    {
        if (body.Length > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"--{boundary}\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: {type}; charset=UTF-8\r\n\r\n").Append(QuotedPrintable(body)).Append("\r\n");
        }
    }

    // Headers carry printable ASCII; anything else goes in encoded words of at most 75 characters (RFC 2047).
    private static string Encoded(string text)
    {
        const string start = "=?utf-8?q?";
        if (text.All(one => one is (>= ' ' and <= '~') or '\t'))
        {
            return text;
        }

        var output = new StringBuilder(start);
        int width = start.Length;
        foreach (Rune rune in text.EnumerateRunes())
        {
            byte[] bytes = Encoding.UTF8.GetBytes(rune.ToString());
            string part = string.Concat(bytes.Select(one => one == ' ' ? "_" : one is >= (byte)'!' and <= (byte)'~' and not ((byte)'=' or (byte)'?' or (byte)'_') ? ((char)one).ToString() : $"={one:X2}"));
            if (width + part.Length > 73)
            {
                output.Append("?= ").Append(start);
                width = start.Length;
            }

            output.Append(part);
            width += part.Length;
        }

        return output.Append("?=").ToString();
    }

    private static string QuotedPrintable(string text)
    {
        var output = new StringBuilder();
        bool isNext = false;
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            output.Append(isNext ? "\r\n" : string.Empty);
            isNext = true;
            int width = 0;
            byte[] bytes = Encoding.UTF8.GetBytes(line);
            for (int i = 0; i < bytes.Length; i++)
            {
                bool plain = bytes[i] is >= 33 and <= 126 and not (byte)'=' || (bytes[i] is 32 or 9 && i < bytes.Length - 1);
                string one = plain ? ((char)bytes[i]).ToString() : $"={bytes[i]:X2}";
                if (width + one.Length > 75)
                {
                    output.Append("=\r\n");
                    width = 0;
                }

                output.Append(one);
                width += one.Length;
            }
        }

        return output.ToString();
    }

    // "A <a@b>, c@d" names a@b and c@d.
    private static IEnumerable<string> Addresses(string text)
        => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(one => one.EndsWith('>') && one.LastIndexOf('<') is >= 0 and int at ? one[(at + 1)..^1] : one)
            .Where(one => one.Contains('@', StringComparison.Ordinal) && !one.Any(char.IsWhiteSpace));
}

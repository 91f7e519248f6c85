using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Client;

/// <summary>A credential plug-in of a kubeconfig user (<c>exec</c>): a program that prints an ExecCredential.</summary>
public sealed record ExecPlugin
{
    /// <summary><c>client.authentication.k8s.io/v1</c> or <c>v1beta1</c>.</summary>
    public required string ApiVersion { get; init; }

    public required string Command { get; init; }

    public IReadOnlyList<string> Arguments { get; init; } = [];

    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>What to tell a user who has not the program.</summary>
    public string? InstallHint { get; init; }

    /// <summary>The plug-in is told about the cluster in KUBERNETES_EXEC_INFO.</summary>
    public bool ProvideClusterInfo { get; init; }
}

/// <summary>What a credential plug-in gave.</summary>
/// <param name="Token">A bearer token, or null.</param>
/// <param name="Certificate">A client certificate in PEM, or null.</param>
/// <param name="Key">Its key in PEM.</param>
/// <param name="Expires">When to ask again; null: when the server refuses it.</param>
public sealed record ExecCredential(string? Token, string? Certificate, string? Key, DateTimeOffset? Expires);

/// <summary>
/// Runs a credential plug-in and keeps what it gave until it expires or is refused. Safe for concurrent use: the program runs once
/// for all who wait.
/// </summary>
public sealed class ExecCredentials(ExecPlugin plugin, KubeconfigContext context, TimeProvider time)
{
    private const int MaxOutput = 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _running = new(1, 1); // guards _kept
    private volatile ExecCredential? _kept;

    /// <summary>What was given last; null before the first request.</summary>
    internal ExecCredential? Kept => _kept;

    /// <summary>The present credential.</summary>
    /// <exception cref="KubeconfigException">The program is missing, fails, or prints no ExecCredential.</exception>
    public async Task<ExecCredential> GetAsync(CancellationToken cancellation)
    {
        await _running.WaitAsync(cancellation);
        try
        {
            if (_kept is null || _kept.Expires <= time.GetUtcNow())
            {
                _kept = await RunAsync(cancellation);
            }

            return _kept;
        }
        finally
        {
            _running.Release();
        }
    }

    /// <summary>Forgets a credential that the server refused.</summary>
    public async Task ForgetAsync(ExecCredential refused, CancellationToken cancellation)
    {
        await _running.WaitAsync(cancellation);
        try
        {
            _kept = ReferenceEquals(_kept, refused) ? null : _kept;
        }
        finally
        {
            _running.Release();
        }
    }

    /// <summary>Reads what a plug-in printed.</summary>
    /// <exception cref="FormatException">It is no ExecCredential of that version, or has no credential; the message says which.</exception>
    public static ExecCredential Read(string output, string apiVersion)
    {
        JsonNode? printed;
        try
        {
            printed = JsonNode.Parse(output);
        }
        catch (JsonException broken)
        {
            throw new FormatException($"printed no JSON: {broken.Message}", broken);
        }

        if (Text(printed, "kind") != "ExecCredential" || Text(printed, "apiVersion") != apiVersion)
        {
            throw new FormatException($"printed {Text(printed, "apiVersion")} {Text(printed, "kind")}; expected {apiVersion} ExecCredential");
        }

        JsonNode? status = printed?["status"];
        var read = new ExecCredential(
            Text(status, "token"),
            Text(status, "clientCertificateData"),
            Text(status, "clientKeyData"),
            Text(status, "expirationTimestamp") is { } end ? DateTimeOffset.Parse(end, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) : null);
        return read.Token is null && (read.Certificate is null || read.Key is null)
            ? throw new FormatException("printed neither status.token nor status.clientCertificateData with clientKeyData")
            : read;
    }

    private static string? Text(JsonNode? node, string member)
        => node is JsonObject parent && parent[member] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;

    private async Task<ExecCredential> RunAsync(CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(plugin.Command) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false };
        foreach (string argument in plugin.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in plugin.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["KUBERNETES_EXEC_INFO"] = Info().ToJsonString();
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        using Process process = Start(start);
        process.StandardInput.Close();
        try
        {
            Task<string> errors = ReadAsync(process.StandardError, either.Token);
            string output = await ReadAsync(process.StandardOutput, either.Token);
            await process.WaitForExitAsync(either.Token);
            return process.ExitCode == 0
                ? Read(output, plugin.ApiVersion)
                : throw Failed($"ended with {process.ExitCode}: {(await errors).Trim()}");
        }
        catch (FormatException wrong)
        {
            throw Failed(wrong.Message);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw cancellation.IsCancellationRequested ? new OperationCanceledException(cancellation) : Failed($"did not end within {Patience.TotalSeconds} s");
        }
    }

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Exception missing) when (missing is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            throw Failed($"cannot be started: {missing.Message}{(plugin.InstallHint is null ? "" : $". {plugin.InstallHint}")}");
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        char[] buffer = new char[4096];
        int read;
        while ((read = await reader.ReadAsync(buffer, cancellation)) > 0)
        {
            if (text.Length + read > MaxOutput)
            {
                throw new FormatException($"printed more than {MaxOutput} characters");
            }

            text.Append(buffer, 0, read);
        }

        return text.ToString();
    }

    private JsonObject Info()
    {
        var spec = new JsonObject { ["interactive"] = false };
        if (plugin.ProvideClusterInfo)
        {
            var cluster = new JsonObject { ["server"] = context.Server.AbsoluteUri.TrimEnd('/') };
            if (context.CertificateAuthority is { } authority)
            {
                cluster["certificate-authority-data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(authority));
            }

            if (context.TlsServerName is { } name)
            {
                cluster["tls-server-name"] = name;
            }

            if (context.InsecureSkipTlsVerify)
            {
                cluster["insecure-skip-tls-verify"] = true;
            }

            spec["cluster"] = cluster;
        }

        return new JsonObject { ["kind"] = "ExecCredential", ["apiVersion"] = plugin.ApiVersion, ["spec"] = spec };
    }

    private KubeconfigException Failed(string why) => new(context.Name, $"user {context.User}: exec: {plugin.Command}", why);
}

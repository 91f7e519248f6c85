using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Fairway.Delivery.Rendering;

/// <summary>
/// Kustomize as it is built into <c>kubectl</c>, on an exported tree: files are read only below the kustomization's root, nothing
/// is fetched from elsewhere, and it has a time limit.
/// </summary>
internal sealed class Kustomize(TimeProvider time, string executable = "kubectl")
{
    /// <summary>The file names by which Kustomize knows a folder.</summary>
    public static readonly string[] FileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

    private const int MaxOutput = 16 * 1024 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>The YAML that the kustomization in a folder makes.</summary>
    /// <param name="root">The exported tree, cut off from messages.</param>
    /// <param name="folder">The kustomization's folder, relative to the root.</param>
    /// <exception cref="RenderException">It cannot be built, or <c>kubectl</c> is missing.</exception>
    public async Task<string> BuildAsync(string root, string folder, CancellationToken cancellation)
    {
        RefuseRemote(root);
        using var process = new Process { StartInfo = StartInfo(root, folder) };
        try
        {
            process.Start();
        }
        catch (Win32Exception missing)
        {
            throw new RenderException(
                $"{folder}: a kustomization is rendered by `{executable} kustomize`, and {executable} is not installed or cannot be started: {missing.Message}", missing);
        }

        using var timeout = new CancellationTokenSource(Limit, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            Task<string> output = ReadAsync(process.StandardOutput, folder, linked.Token);
            Task<string> errors = ReadAsync(process.StandardError, folder, linked.Token);
            await Task.WhenAll(output, errors);
            await process.WaitForExitAsync(linked.Token);
            return process.ExitCode == 0
                ? await output
                : throw new RenderException($"{folder}: {Clean(await errors, root)}");
        }
        catch (OperationCanceledException late) when (timeout.IsCancellationRequested)
        {
            throw new RenderException($"{folder}: the kustomization took longer than {Limit.TotalSeconds:0} s", late);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private ProcessStartInfo StartInfo(string root, string folder)
    {
        var start = new ProcessStartInfo(executable, ["kustomize", Path.Combine(root, folder), "--load-restrictor", "LoadRestrictionsRootOnly"])
        {
            WorkingDirectory = root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment.Clear();
        start.Environment["HOME"] = root;
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");

        // Whatever slips through the check of remote resources finds no way out.
        foreach (string proxy in (string[])["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"])
        {
            start.Environment[proxy] = "http://127.0.0.1:1";
        }

        start.Environment["GIT_ALLOW_PROTOCOL"] = "none";
        return start;
    }

    private static async Task<string> ReadAsync(StreamReader stream, string folder, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        char[] buffer = new char[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellation)) > 0)
        {
            if (text.Append(buffer, 0, count).Length > MaxOutput)
            {
                throw new RenderException($"{folder}: the kustomization makes more than {MaxOutput / 1024 / 1024} MiB");
            }
        }

        return text.ToString();
    }

    private static void RefuseRemote(string root)
    {
        foreach (string file in FileNames.SelectMany(name => Directory.EnumerateFiles(root, name, Files)))
        {
            string name = Path.GetRelativePath(root, file);
            foreach ((System.Text.Json.Nodes.JsonNode node, _) in ManifestYaml.Read(name, File.ReadAllText(file)))
            {
                foreach (string list in (string[])["resources", "bases", "components", "crds", "generators", "transformers", "helmCharts"])
                {
                    Refuse(name, list, node[list]);
                }
            }
        }
    }

    private static void Refuse(string file, string list, System.Text.Json.Nodes.JsonNode? entries)
    {
        if (list == "helmCharts" && entries is not null)
        {
            throw new RenderException($"{file}: {list}: charts are not rendered; commit what they make");
        }

        foreach (string entry in (entries as System.Text.Json.Nodes.JsonArray ?? []).Select(Manifest.Text).OfType<string>())
        {
            bool isRemote = entry.Contains("://", StringComparison.Ordinal)
                || entry.Contains("?ref=", StringComparison.Ordinal)
                || entry.StartsWith("github.com/", StringComparison.Ordinal)
                || entry.StartsWith("git@", StringComparison.Ordinal);
            if (isRemote)
            {
                throw new RenderException($"{file}: {list}: \"{entry}\" is fetched from elsewhere; expected a path in this repository, so that a release is what its commit says");
            }
        }
    }

    private static readonly EnumerationOptions Files = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, MatchCasing = MatchCasing.CaseSensitive };

    private static string Clean(string errors, string root)
    {
        string text = errors.Trim().Replace(root + Path.DirectorySeparatorChar, "", StringComparison.Ordinal).Replace(root, ".", StringComparison.Ordinal);

        // Some versions of kubectl wrap the message in a log line: E1121 14:48:53 run.go:72] "command failed" err="…".
        const string logged = "\"command failed\" err=\"";
        int start = text.IndexOf(logged, StringComparison.Ordinal);
        text = start < 0 ? text : text[(start + logged.Length)..].TrimEnd('"');
        return text.StartsWith("error: ", StringComparison.Ordinal) ? text["error: ".Length..] : text.Length == 0 ? "kustomize failed without a word" : text;
    }
}

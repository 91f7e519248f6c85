using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Fairway.Bench.Metrics;

/// <summary>A server in a process of its own, with what the kernel says of it: CPU time, resident memory, its files.</summary>
internal sealed class MeasuredServer : IDisposable
{
    private static readonly double TicksPerSecond = 100;
    private readonly Func<int, string, ProcessStartInfo> _start;
    private Process? _process;

    private MeasuredServer(string name, string directory, Func<int, string, ProcessStartInfo> start)
    {
        Name = name;
        Directory = directory;
        _start = start;
        System.IO.Directory.CreateDirectory(directory);
    }

    public string Name { get; }

    public string Directory { get; }

    public int Port { get; } = FreePort();

    /// <summary>Seconds of CPU that the process has used.</summary>
    public double Cpu
    {
        get
        {
            string[] fields = File.ReadAllText($"/proc/{_process!.Id}/stat").Split(") ")[^1].Split(' ');
            return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
    }

    /// <summary>Resident memory that belongs to the process (files it maps are not counted), in MiB.</summary>
    public double Memory => Status("RssAnon");

    /// <summary>The most that was resident, mapped files included, in MiB.</summary>
    public double Peak => Status("VmHWM");

    /// <summary>This program with telemetry alone, as `fairway up` has it.</summary>
    public static MeasuredServer Fairway(string directory) => new("Fairway", Path.Combine(directory, "fairway"), (port, at) =>
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["metrics-serve", at, port.ToString(CultureInfo.InvariantCulture)]);
        start.Environment["DOTNET_TieredPGO"] = "0";
        return start;
    });

    /// <summary>Debian's Prometheus with its defaults.</summary>
    public static MeasuredServer Prometheus(string directory) => new("Prometheus", Path.Combine(directory, "prometheus"), (port, at) =>
    {
        string configuration = Path.Combine(at, "prometheus.yml");
        File.WriteAllText(configuration, "global: {}\n");
        return new ProcessStartInfo(
            "prometheus",
            [$"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(at, "data")}", $"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver", "--log.level=error"]);
    });

    /// <summary>Starts the process and waits until it answers queries; seconds that took.</summary>
    public async Task<double> StartAsync()
    {
        long began = Stopwatch.GetTimestamp();
        ProcessStartInfo start = _start(Port, Directory);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += (_, line) => { if (line.Data is { Length: > 0 } text) { Console.Error.WriteLine($"{Name}: {text}"); } };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var http = new HttpClient();
        while (true)
        {
            try
            {
                using HttpResponseMessage ready = await http.GetAsync($"http://127.0.0.1:{Port}/-/ready");
                if (ready.IsSuccessStatusCode)
                {
                    return Stopwatch.GetElapsedTime(began).TotalSeconds;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            if (_process.HasExited)
            {
                throw new InvalidOperationException($"{Name} ended with {_process.ExitCode}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>Ends the process at once, as a crash does.</summary>
    public void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    /// <summary>Blocks that are on disk: their bytes, samples and levels.</summary>
    public (long Bytes, long Samples, int Blocks) Blocks()
    {
        long bytes = 0;
        long samples = 0;
        int blocks = 0;
        foreach (string meta in System.IO.Directory.Exists(Directory) ? System.IO.Directory.GetFiles(Directory, "meta.json", SearchOption.AllDirectories) : [])
        {
            string block = Path.GetDirectoryName(meta)!;
            if (block.EndsWith(".tmp", StringComparison.Ordinal) || block.Contains(".tmp-", StringComparison.Ordinal))
            {
                continue;
            }

            using JsonDocument said = JsonDocument.Parse(File.ReadAllBytes(meta));
            samples += said.RootElement.TryGetProperty("stats", out JsonElement stats) ? stats.GetProperty("numSamples").GetInt64() : said.RootElement.GetProperty("samples").GetInt64();
            bytes += System.IO.Directory.GetFiles(block, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
            blocks++;
        }

        return (bytes, samples, blocks);
    }

    public void Dispose() => Kill();

    private double Status(string field)
        => double.Parse(
            File.ReadLines($"/proc/{_process!.Id}/status").First(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split(' ', '\t', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) / 1024;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

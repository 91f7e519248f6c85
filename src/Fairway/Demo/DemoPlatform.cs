using System.Diagnostics;
using System.Globalization;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Commands;

namespace Fairway.Demo;

/// <summary>The platform of the demo: a process of its own, so that it can be killed and started again.</summary>
internal sealed class DemoPlatform(DirectoryInfo data) : IDisposable
{
    private PlatformConnection? _connection;

    public PlatformState State => _connection!.State;

    public PlatformConnection Connection => _connection!;

    public IClusterApi Hub => _connection!.Hub;

    /// <summary>Starts it, the second time on the ports that it had.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await UpCommand.StartDetachedAsync(data, ["--port", "0"], cancellation);
        PlatformConnection? before = _connection;
        _connection = PlatformConnection.Open(data);
        before?.Dispose();
    }

    /// <summary>SIGKILL: no chance to say good-bye.</summary>
    public void Kill()
    {
        using var process = Process.GetProcessById(State.Pid);
        process.Kill(entireProcessTree: false);
        process.WaitForExit();
    }

    /// <summary>A repository's address with this user's token in it, as git's command line takes it.</summary>
    public string WithToken(string repositoryUrl)
    {
        string token = PlatformConnection.Context(data, State).Token!;
        return new UriBuilder(repositoryUrl) { UserName = "ada", Password = token }.Uri.AbsoluteUri;
    }

    /// <summary>Resident memory of the process in MiB, from the kernel; 0 where the system does not tell.</summary>
    public double MemoryMebibytes()
    {
        string status = $"/proc/{State.Pid.ToString(CultureInfo.InvariantCulture)}/status";
        string? line = File.Exists(status) ? File.ReadLines(status).FirstOrDefault(one => one.StartsWith("VmRSS:", StringComparison.Ordinal)) : null;
        return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    public void Dispose() => _connection?.Dispose();
}

using System.Diagnostics;

namespace Fairway.Storage.Tests;

/// <summary>A fact that needs PostgreSQL's server programs; without them it is skipped and says so.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute()
    {
        if (PostgresServer.FindPrograms() is null)
        {
            Skip = "PostgreSQL's server programs (initdb, pg_ctl) are not installed: apt-get install postgresql";
        }
    }
}

/// <summary>A real PostgreSQL of the tests' own, in a temporary directory, reached through a socket in it.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string User = "postgres";

    private readonly string _directory = Directory.CreateTempSubdirectory("fairway-postgres-").FullName;
    private bool _started;

    public string ConnectionString => $"Host={_directory};Username={User};Database=postgres;Pooling=true";

    public static string? FindPrograms()
    {
        IEnumerable<string> installed = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin"))
            : [];
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return installed.Concat(path).FirstOrDefault(directory => File.Exists(Path.Combine(directory, "initdb")) && File.Exists(Path.Combine(directory, "pg_ctl")));
    }

    public async Task InitializeAsync()
    {
        if (FindPrograms() is not { } programs)
        {
            return;
        }

        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", User, _directory);
        }

        string data = Path.Combine(_directory, "data");
        await RunAsServerAsync(Path.Combine(programs, "initdb"), "-D", data, "-U", User, "-A", "trust", "--no-sync");
        await RunAsServerAsync(
            Path.Combine(programs, "pg_ctl"), "-D", data, "-w", "-l", Path.Combine(_directory, "log"),
            "-o", $"-c listen_addresses= -c unix_socket_directories={_directory}", "start");
        _started = true;
    }

    public async Task DisposeAsync()
    {
        if (_started)
        {
            await RunAsServerAsync(Path.Combine(FindPrograms()!, "pg_ctl"), "-D", Path.Combine(_directory, "data"), "-w", "-m", "immediate", "stop");
        }

        Directory.Delete(_directory, recursive: true);
    }

    // PostgreSQL refuses to run as root.
    private static Task RunAsServerAsync(string program, params string[] arguments)
        => Environment.IsPrivilegedProcess ? RunAsync("runuser", ["-u", User, "--", program, .. arguments]) : RunAsync(program, arguments);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, WorkingDirectory = "/" })!;
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}");
    }
}

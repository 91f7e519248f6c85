using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Fairway.Git;

/// <summary>
/// The installed <c>git</c>, run with an environment of its own: no system or user configuration, no prompts, the C locale.
/// Every call has a time limit and an output limit.
/// </summary>
/// <remarks>Safe for concurrent use. One call costs one process (a few milliseconds).</remarks>
public sealed class GitProgram
{
    private const int BufferSize = 81920;

    private readonly GitProgramOptions _options;
    private readonly TimeProvider _time;

    public GitProgram(GitProgramOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
    }

    /// <summary>Runs git to its end.</summary>
    /// <param name="directory">The repository (GIT_DIR), or null for none.</param>
    /// <exception cref="GitException">git is not installed, took too long, or wrote more than the limit. A non-zero exit code is a value.</exception>
    public async Task<GitOutput> TryAsync(
        string? directory,
        IReadOnlyList<string> arguments,
        CancellationToken cancellation,
        ReadOnlyMemory<byte> input = default,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        using CancellationTokenSource timeout = new(_options.Timeout, _time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        using Process process = Start(directory, arguments, environment);
        try
        {
            Task<byte[]> output = ReadLimitedAsync(process.StandardOutput.BaseStream, _options.OutputLimit, linked.Token);
            Task<byte[]> errors = ReadTailAsync(process.StandardError.BaseStream, linked.Token);
            await WriteInputAsync(process, input, linked.Token);
            byte[] bytes = await output;
            byte[] errorBytes = await errors;
            await process.WaitForExitAsync(linked.Token);
            return new GitOutput(process.ExitCode, bytes, Encoding.UTF8.GetString(errorBytes).Trim());
        }
        catch (OperationCanceledException late) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new GitException($"git {Verb(arguments)} did not end within {_options.Timeout.TotalSeconds:0} s.", late);
        }
        finally
        {
            Kill(process);
        }
    }

    /// <summary><see cref="TryAsync"/>, where anything but exit code 0 is an error.</summary>
    /// <exception cref="GitException">git failed; the message is git's own.</exception>
    public async Task<GitOutput> RunAsync(
        string? directory,
        IReadOnlyList<string> arguments,
        CancellationToken cancellation,
        ReadOnlyMemory<byte> input = default,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        GitOutput output = await TryAsync(directory, arguments, cancellation, input, environment);
        return output.ExitCode == 0
            ? output
            : throw new GitException($"git {Verb(arguments)} failed ({output.ExitCode}): {output.Errors}");
    }

    /// <summary>Starts git with all three streams open; the caller feeds, drains and ends it.</summary>
    /// <exception cref="GitException">git is not installed.</exception>
    public Process Start(string? directory, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = new(_options.Executable)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = directory ?? Path.GetTempPath(),
        };
        SetEnvironment(start, directory, environment);

        // Repositories may belong to another user than the one who runs the platform (a mounted data directory).
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("safe.directory=*");
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start) ?? throw new GitException("git did not start.");
        }
        catch (Win32Exception missing)
        {
            throw new GitException($"The program '{_options.Executable}' cannot be started: {missing.Message}. Install git 2.30 or later.", missing);
        }
    }

    /// <summary>Ends a process that <see cref="Start"/> made, if it still runs.</summary>
    public static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (InvalidOperationException)
        {
            // It ended in between.
        }
    }

    private static void SetEnvironment(ProcessStartInfo start, string? directory, IReadOnlyDictionary<string, string>? more)
    {
        string? path = Environment.GetEnvironmentVariable("PATH");
        start.Environment.Clear();
        start.Environment["PATH"] = path ?? "/usr/local/bin:/usr/bin:/bin";
        start.Environment["HOME"] = "/nonexistent";
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = OperatingSystem.IsWindows() ? "NUL" : "/dev/null";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_ATTR_NOSYSTEM"] = "1";
        if (directory is not null)
        {
            start.Environment["GIT_DIR"] = directory;
        }

        foreach ((string name, string value) in more ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }
    }

    private static async Task WriteInputAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // git ended without reading all of it; its exit code says why.
        }
    }

    private static async Task<byte[]> ReadLimitedAsync(Stream stream, long limit, CancellationToken cancellation)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[BufferSize];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellation)) > 0)
        {
            if (all.Length + read > limit)
            {
                throw new GitException($"git wrote more than {limit} bytes.");
            }

            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    private static async Task<byte[]> ReadTailAsync(Stream stream, CancellationToken cancellation)
    {
        const int keep = 16 * 1024;
        using MemoryStream head = new();
        byte[] buffer = new byte[4096];
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellation)) > 0)
        {
            head.Write(buffer, 0, (int)Math.Min(read, Math.Max(0, keep - head.Length)));
        }

        return head.ToArray();
    }

    private static string Verb(IReadOnlyList<string> arguments) => arguments.Count == 0 ? "" : arguments[0];
}

/// <summary>How git is run.</summary>
public sealed record GitProgramOptions
{
    /// <summary>The program's name or path.</summary>
    public string Executable { get; init; } = "git";

    /// <summary>The longest that one call may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The most that one call may write to its standard output, in bytes.</summary>
    public long OutputLimit { get; init; } = 64L * 1024 * 1024;
}

/// <summary>What one call of git gave.</summary>
/// <param name="ExitCode">0 when it succeeded.</param>
/// <param name="Bytes">Its standard output.</param>
/// <param name="Errors">Its standard error, trimmed, at most 16 KiB.</param>
public sealed record GitOutput(int ExitCode, ReadOnlyMemory<byte> Bytes, string Errors)
{
    /// <summary>Standard output as text without the white space around it.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span).Trim();
}

/// <summary>git could not do what was asked; the message is a sentence for people.</summary>
public sealed class GitException : Exception
{
    public GitException(string message)
        : base(message)
    {
    }

    public GitException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Fairway.Pipelines.Execution;

/// <summary>What to start.</summary>
internal sealed record ProcessCommand
{
    /// <summary>Program and arguments; the program is looked up in the PATH of <see cref="Environment"/>.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    public required string WorkingDirectory { get; init; }

    /// <summary>All that the process gets.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }
}

/// <summary>
/// A process with a session of its own, so that it can be ended with all its children. Both output streams come as one, in
/// the order written.
/// </summary>
internal sealed class ProcessGroup : IDisposable
{
    private const int Interrupt = 2;
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int MaxLine = 64 * 1024;

    private static readonly string? SetSid = Array.Find(["/usr/bin/setsid", "/bin/setsid"], File.Exists);

    private readonly Process _process;
    private readonly Task _pump;

    private ProcessGroup(Process process, Task pump)
    {
        _process = process;
        _pump = pump;
    }

    public int Id => _process.Id;

    /// <exception cref="IOException">It cannot be started.</exception>
    public static ProcessGroup Start(ProcessCommand command, Action<string> line)
    {
        if (!Directory.Exists(command.WorkingDirectory))
        {
            throw new IOException($"The working directory {command.WorkingDirectory} does not exist.");
        }

        string[] wrapped = ["/bin/sh", "-c", "exec \"$@\" 2>&1 </dev/null", "sh", .. command.Arguments];
        string[] all = SetSid is null ? wrapped : [SetSid, .. wrapped];
        ProcessStartInfo start = new(all[0], all[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            WorkingDirectory = command.WorkingDirectory,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            Process process = Process.Start(start) ?? throw new IOException("The process did not start.");
            return new ProcessGroup(process, PumpAsync(process.StandardOutput.BaseStream, line));
        }
        catch (Win32Exception refused)
        {
            throw new IOException($"'{command.Arguments[0]}' cannot be started: {refused.Message}", refused);
        }
    }

    /// <summary>
    /// Waits for the process itself. What it left in the background goes on, and what that writes still arrives; its
    /// output is waited for only briefly. When told to stop it is interrupted, then terminated, then killed.
    /// </summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitAsync(TimeSpan grace, TimeProvider time, CancellationToken stop)
    {
        try
        {
            await _process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            await EndAsync(grace, time);
        }

        await Task.WhenAny(_pump, Task.Delay(TimeSpan.FromMilliseconds(250), time, CancellationToken.None));
        return _process.ExitCode;
    }

    public void Dispose() => _process.Dispose();

    private async Task EndAsync(TimeSpan grace, TimeProvider time)
    {
        foreach (int signal in (int[])[Interrupt, Terminate])
        {
            Signal(signal);
            using CancellationTokenSource limit = new(grace, time);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
                break;
            }
            catch (OperationCanceledException)
            {
                // It does not listen; the next signal is less polite.
            }
        }

        Signal(Kill);
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    private void Signal(int signal)
    {
        if (SetSid is not null)
        {
            SignalGroup(_process.Id, signal);
        }
        else if (signal == Kill && !_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    internal static void SignalGroup(int leader, int signal) => NativeKill(-leader, signal);

    internal static void KillOne(int process) => NativeKill(process, Kill);

    private static async Task PumpAsync(Stream output, Action<string> line)
    {
        await Task.Yield();
        Decoder decoder = Encoding.UTF8.GetDecoder();
        byte[] bytes = new byte[16 * 1024];
        char[] chars = new char[16 * 1024];
        StringBuilder open = new();
        int read;
        while ((read = await output.ReadAsync(bytes)) > 0)
        {
            int count = decoder.GetChars(bytes, 0, read, chars, 0);
            Take(chars.AsSpan(0, count), open, line);
        }

        if (open.Length > 0)
        {
            line(open.ToString());
        }
    }

    private static void Take(ReadOnlySpan<char> text, StringBuilder open, Action<string> line)
    {
        foreach (Range part in text.Split('\n'))
        {
            bool last = part.End.GetOffset(text.Length) == text.Length;
            open.Append(text[part]);
            if (!last || open.Length > MaxLine)
            {
                line(open.ToString().TrimEnd('\r'));
                open.Clear();
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int NativeKill(int process, int signal);
}

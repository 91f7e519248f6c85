using System.Diagnostics;
using Fairway.Node.Logs;

namespace Fairway.Node.Runtimes.Process;

/// <summary>One container of the process runtime: its directory, its supervisor and its program.</summary>
internal sealed class ProcessContainer : IDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(5);

    private readonly ContainerDirectory _directory;
    private readonly OutputPump _output;
    private readonly TimeProvider _time;

    // Guards _state and _program, and makes start, kill and end exclude each other.
    private readonly Lock _gate = new();
    private ProcessState _state;
    private ProcessEntry? _program;

    public ProcessContainer(ContainerDirectory directory, ProcessState state, LogLimits limits, TimeProvider time)
    {
        _directory = directory;
        _state = state;
        _time = time;
        _output = new OutputPump(directory.Path, limits, time);
    }

    public ProcessState State => Volatile.Read(ref _state);

    public ContainerIdentity Identity => State.Identity;

    public ContainerDirectory Directory => _directory;

    public string LogDirectory => _output.LogDirectory;

    public bool IsRunning => State is { StartedAt: not null, End: null };

    public bool IsLogComplete => _output.IsFinished;

    /// <summary>The program's process id, which is also its session and group; null unless it runs.</summary>
    public int? ProgramId => IsRunning ? _program?.Id : null;

    public ContainerRecord Record()
    {
        ProcessState state = State;
        return new ContainerRecord
        {
            Identity = state.Identity,
            Namespace = state.Namespace,
            PodName = state.PodName,
            Image = state.Image,
            ImageDigest = state.ImageDigest,
            Phase = state.End is not null ? ContainerPhase.Exited : state.StartedAt is not null ? ContainerPhase.Running : ContainerPhase.Created,
            CreatedAt = state.CreatedAt,
            StartedAt = state.StartedAt,
            FinishedAt = state.End?.At,
            ExitCode = state.End?.ExitCode,
            OutOfMemory = state.End?.OutOfMemory ?? false,
            Reason = state.End?.Reason,
            Message = state.End?.Message,
            Ports = state.Ports,
        };
    }

    /// <summary>
    /// Starts the program. The order makes it safe to be killed anywhere: (1) the supervisor starts and waits for a word,
    /// (2) its process is recorded on disk, (3) the word is given. Without (3) the supervisor ends by itself.
    /// </summary>
    public async Task StartAsync(LaunchPlan plan, Supervision supervision, CancellationToken cancellation)
    {
        using (var supervisor = new System.Diagnostics.Process { StartInfo = StartInfo(plan, supervision) })
        {
            supervisor.Start();
            lock (_gate)
            {
                Save(_state with
                {
                    StartedAt = _time.GetUtcNow(),
                    SupervisorId = supervisor.Id,
                    SupervisorStartTicks = ProcessTable.Find(supervisor.Id)?.StartTicks ?? 0,
                    WorkingDirectory = plan.WorkingDirectory,
                });
            }

            await supervisor.StandardInput.WriteLineAsync("go".AsMemory(), CancellationToken.None);
        }

        long since = _time.GetTimestamp();
        while (!Look() && _program is null && _time.GetElapsedTime(since) < StartPatience)
        {
            await Task.Delay(Glance, _time, cancellation);
        }
    }

    /// <summary>The program cannot be started: the container has ended.</summary>
    public void Fail(string message)
    {
        lock (_gate)
        {
            DateTimeOffset now = _time.GetUtcNow();
            Save(_state with { StartedAt = _state.StartedAt ?? now, End = new ProcessEnd(now, 128, Reason: ContainerRecord.CannotRun, Message: message) });
        }

        _output.Finish();
    }

    /// <summary>Takes the container up again after a restart of the platform. False when it never really started.</summary>
    public bool Adopt(string bootId)
    {
        if (State is not { StartedAt: not null, End: null } state)
        {
            if (State.End is not null)
            {
                _output.Finish();
            }

            return true;
        }

        if (state.BootId != bootId)
        {
            End(_directory.Exit() ?? (137, _time.GetUtcNow()), _directory.Exit() is null, "the machine was restarted");
            return true;
        }

        return Look() || _program is not null || ProcessTable.Lives(state.SupervisorId, state.SupervisorStartTicks);
    }

    /// <summary>Moves output on.</summary>
    public void PumpOutput() => _output.Pump();

    /// <summary>Looks whether the program has ended. Cheap while it runs.</summary>
    /// <returns>True when it has ended, now or before.</returns>
    public bool Look()
    {
        if (!IsRunning)
        {
            return State.End is not null;
        }

        _program ??= _directory.Program();
        if (_directory.Exit() is { } exit)
        {
            End(exit, unknown: false, null);
            return true;
        }

        return false;
    }

    /// <summary>Looks whether somebody else has killed the supervisor, and the program too. Costs a look into /proc.</summary>
    public bool LookForLoss()
    {
        ProcessState state = State;
        if (Look() || !IsRunning || ProcessTable.Lives(state.SupervisorId, state.SupervisorStartTicks)
            || (_program is { } program && ProcessTable.Lives(program.Id, program.StartTicks)))
        {
            return false;
        }

        // The supervisor may have written the status and gone since the look above.
        if (!Look())
        {
            End((137, _time.GetUtcNow()), unknown: true, "the container's process is gone and left no exit status");
        }

        return true;
    }

    public void Signal(int signal)
    {
        lock (_gate)
        {
            if (IsRunning && (_program ??= _directory.Program()) is { } program && ProcessTable.Lives(program.Id, program.StartTicks))
            {
                Native.Kill(-program.Id, signal);
            }
        }
    }

    /// <summary>Ends every process of the container, also those that left its group; not the supervisor, which has the status to write.</summary>
    public void Kill()
    {
        Signal(Native.SigKill);
        Sweep();
    }

    public void KillOutOfMemory()
    {
        _directory.MarkOutOfMemory();
        Kill();
    }

    /// <summary>Whoever writes to the input now is the last: when they leave, it ends.</summary>
    public void EndInput()
    {
        lock (_gate)
        {
            if (IsRunning && ProcessTable.Lives(_state.SupervisorId, _state.SupervisorStartTicks))
            {
                Native.Kill(_state.SupervisorId, Native.SigUsr1);
            }
        }
    }

    /// <summary>Tells the main process's terminal its size.</summary>
    public void Resize(int columns, int rows)
    {
        foreach (ProcessEntry entry in ProcessTable.Marked(Identity.ToString()))
        {
            if (new FileInfo($"/proc/{entry.Id}/fd/0").LinkTarget is { } terminal && terminal.StartsWith("/dev/pts/", StringComparison.Ordinal))
            {
                try
                {
                    using Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(terminal, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
                    Native.ResizeTerminal((int)handle.DangerousGetHandle(), columns, rows);
                    return;
                }
                catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
                {
                    // It has just ended.
                }
            }
        }
    }

    public void Dispose() => _output.Dispose();

    private void Sweep()
    {
        // Again while there are any: a process may have started another one in between.
        for (int round = 0; round < 5; round++)
        {
            bool any = false;
            foreach (ProcessEntry entry in ProcessTable.Marked(Identity.ToString()))
            {
                if (entry.Id != State.SupervisorId)
                {
                    any |= Native.Kill(entry.Id, Native.SigKill);
                }
            }

            if (!any)
            {
                return;
            }
        }
    }

    private void End((int Code, DateTimeOffset At) exit, bool unknown, string? message)
    {
        lock (_gate)
        {
            if (_state.End is not null)
            {
                return;
            }

            Sweep();
            _output.Finish();
            Save(_state with
            {
                End = new ProcessEnd(
                    exit.At < _state.StartedAt ? _state.StartedAt.Value : exit.At,
                    exit.Code,
                    _directory.IsOutOfMemory(),
                    unknown ? ContainerRecord.StatusUnknown : null,
                    _directory.LastWord(_state.TerminationMessagePath) ?? message),
            });
        }
    }

    private void Save(ProcessState state)
    {
        _directory.Save(state);
        Volatile.Write(ref _state, state);
    }

    private ProcessStartInfo StartInfo(LaunchPlan plan, Supervision supervision)
    {
        var start = new ProcessStartInfo(supervision.SetSid)
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
            ArgumentList = { "/bin/sh", supervision.Script, _directory.Path, supervision.SetSid, plan.WorkingDirectory },
        };
        foreach (string word in State.Tty ? OnTerminal(plan) : [plan.Program, .. plan.Arguments])
        {
            start.ArgumentList.Add(word);
        }

        start.Environment.Clear();
        foreach ((string name, string value) in plan.Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>The <c>script</c> program holds the terminal, so that it outlives the platform as the container does.</summary>
    private static IReadOnlyList<string> OnTerminal(LaunchPlan plan)
    {
        string words = string.Join(' ', ((string[])[plan.Program, .. plan.Arguments]).Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
        return ["/usr/bin/script", "--quiet", "--return", "--flush", "--command", $"exec {words}", "/dev/null"];
    }
}

/// <summary>What starts containers: the <c>setsid</c> program and the supervising script.</summary>
internal sealed record Supervision(string SetSid, string Script);

using System.Text;

namespace Fairway.Node.Runtimes.Simulated;

/// <summary>A container without a process: it lives by its script and the clock.</summary>
internal sealed class SimulatedContainer(ContainerSpec spec, string digest, TimeProvider time, Action changed)
{
    // Guards everything below.
    private readonly Lock _gate = new();
    private readonly List<LogLine> _log = [];
    private ContainerRecord _record = new()
    {
        Identity = spec.Identity,
        Namespace = spec.Namespace,
        PodName = spec.PodName,
        Image = spec.Image,
        ImageDigest = digest,
        Phase = ContainerPhase.Created,
        CreatedAt = time.GetUtcNow(),
        Ports = spec.Ports,
    };

    private ITimer? _end;
    private TaskCompletionSource _logChanged = New();

    public ContainerSpec Spec => spec;

    public SimulatedScript Script { get; } = SimulatedScript.Read(spec.Annotations, spec.Identity.Container);

    public ContainerRecord Record
    {
        get
        {
            lock (_gate)
            {
                return _record;
            }
        }
    }

    public bool IsRunning => Record.Phase == ContainerPhase.Running;

    public void Start()
    {
        lock (_gate)
        {
            if (_record.Phase != ContainerPhase.Created)
            {
                throw new ContainerException(ContainerFault.CannotRun, $"container {spec.Identity} has been started already");
            }

            DateTimeOffset now = time.GetUtcNow();
            _record = _record with { Phase = ContainerPhase.Running, StartedAt = now };
            _log.AddRange(Script.Log.Select(line => new LogLine(now, LogStream.Out, Encoding.UTF8.GetBytes(line), Partial: false)));
            if (Script.CannotRun is { } why)
            {
                _record = Ended(128) with { Reason = ContainerRecord.CannotRun, Message = why };
            }
            else if (spec.MemoryLimit is { } limit && Script.Memory.Value > limit)
            {
                EndAfter(TimeSpan.FromSeconds(1), 137, outOfMemory: true);
            }
            else if (Script.ExitAfter is { } after)
            {
                EndAfter(after, Script.ExitCode);
            }
        }

        Tell();
    }

    public void Signal(ContainerSignal signal)
    {
        lock (_gate)
        {
            if (_record.Phase != ContainerPhase.Running)
            {
                return;
            }

            if (signal == ContainerSignal.Terminate)
            {
                if (!Script.IgnoreTerminate)
                {
                    EndAfter(Script.StopAfter, Script.StopCode);
                }

                return;
            }

            _end?.Dispose();
            _record = Ended(137);
        }

        Tell();
    }

    public ProbeAnswer Probe()
    {
        ContainerRecord record = Record;
        if (record.Phase != ContainerPhase.Running)
        {
            return new ProbeAnswer(false, "connection refused");
        }

        TimeSpan age = time.GetUtcNow() - record.StartedAt!.Value;
        bool healthy = age >= Script.ReadyAfter && !(age >= Script.UnhealthyAfter);
        return new ProbeAnswer(healthy, healthy ? "" : "the simulated container is not ready");
    }

    public ContainerStats? Stats()
    {
        ContainerRecord record = Record;
        DateTimeOffset now = time.GetUtcNow();
        return record.Phase != ContainerPhase.Running
            ? null
            : new ContainerStats(now, (now - record.StartedAt!.Value) * (Script.Cpu.MilliValue / 1000.0), Script.Memory.Value);
    }

    /// <summary>The lines from a position on, whether there can be more, and what completes when there are.</summary>
    public (IReadOnlyList<LogLine> Lines, bool Ended, Task Changed) ReadLog(int from)
    {
        lock (_gate)
        {
            return (_log[from..], _record.Phase == ContainerPhase.Exited, _logChanged.Task);
        }
    }

    private void EndAfter(TimeSpan after, int code, bool outOfMemory = false)
    {
        _end?.Dispose();
        _end = time.CreateTimer(_ => End(code, outOfMemory), null, after, Timeout.InfiniteTimeSpan);
    }

    private void End(int code, bool outOfMemory)
    {
        lock (_gate)
        {
            if (_record.Phase != ContainerPhase.Running)
            {
                return;
            }

            _record = Ended(code) with { OutOfMemory = outOfMemory };
        }

        Tell();
    }

    private ContainerRecord Ended(int code) => _record with { Phase = ContainerPhase.Exited, FinishedAt = time.GetUtcNow(), ExitCode = code };

    private void Tell()
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            signal = _logChanged;
            _logChanged = New();
        }

        signal.SetResult();
        changed();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

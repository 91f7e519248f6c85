using System.Text;
using Fairway.Node.Runtimes;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Agents;

/// <summary>
/// The termination message of containers that ended badly without leaving one, where the pod asks for it
/// (<c>FallbackToLogsOnError</c>): the end of their log. Read once for each attempt.
/// </summary>
internal sealed class LastWords(IContainerRuntime runtime)
{
    private const int MaxLines = 80;
    private const int MaxBytes = 2048;

    private readonly Dictionary<ContainerIdentity, string> _read = [];

    public async Task<IReadOnlyList<ContainerRecord>> AddAsync(Pod pod, IReadOnlyList<ContainerRecord> records, CancellationToken cancellation)
    {
        HashSet<string> asking =
        [
            .. pod.Spec.AllContainers()
                .Where(container => container.TerminationMessagePolicy == "FallbackToLogsOnError")
                .Select(container => container.Name),
        ];
        if (asking.Count == 0)
        {
            return records;
        }

        var result = new List<ContainerRecord>(records.Count);
        foreach (ContainerRecord record in records)
        {
            bool silent = record is { Phase: ContainerPhase.Exited, ExitCode: not 0, Message: null } && asking.Contains(record.Identity.Container);
            result.Add(silent ? record with { Message = await ReadAsync(record.Identity, cancellation) } : record);
        }

        return result;
    }

    private async Task<string> ReadAsync(ContainerIdentity container, CancellationToken cancellation)
    {
        if (_read.TryGetValue(container, out string? known))
        {
            return known;
        }

        var text = new StringBuilder();
        await foreach (LogLine line in runtime.ReadLogAsync(container, new LogQuery { Tail = MaxLines }, cancellation))
        {
            text.Append(Encoding.UTF8.GetString(line.Text.Span)).Append('\n');
        }

        return _read[container] = text.Length > MaxBytes ? text.ToString(text.Length - MaxBytes, MaxBytes) : text.ToString();
    }
}

using System.Runtime.CompilerServices;
using Fairway.Node.Runtimes;

namespace Fairway.Node.Logs;

/// <summary>Answers log queries from a directory of numbered log files.</summary>
internal static class LogFiles
{
    /// <summary>Between two looks at a log that grows.</summary>
    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Between two looks at a log that has been quiet: most are, and each costs a few calls to the kernel.</summary>
    private static readonly TimeSpan QuietInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>The lines asked for. Cost: reads the whole log once; a tail keeps no more lines than it asks for.</summary>
    /// <param name="complete">True once nothing more will be written; ends a follow.</param>
    public static async IAsyncEnumerable<LogLine> ReadAsync(
        string directory,
        LogQuery query,
        Func<bool> complete,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var cursor = new LogCursor(directory);
        var tail = new Queue<LogLine>();
        bool tailing = query.Tail is not null;
        TimeSpan wait = FollowInterval;
        while (true)
        {
            bool last = complete() || !query.Follow;
            wait = wait * 1.25 < QuietInterval ? wait * 1.25 : QuietInterval;
            while (cursor.Next() is { } line)
            {
                wait = FollowInterval;
                cancellation.ThrowIfCancellationRequested();
                if (line.At < query.Since)
                {
                    continue;
                }

                if (!tailing)
                {
                    yield return line;
                    continue;
                }

                tail.Enqueue(line);
                Trim(tail, query.Tail!.Value);
            }

            tailing = false;
            while (tail.TryDequeue(out LogLine kept))
            {
                yield return kept;
            }

            if (last)
            {
                yield break;
            }

            await Task.Delay(wait, time, cancellation);
        }
    }

    private static void Trim(Queue<LogLine> lines, int limit)
    {
        while (lines.Count > limit)
        {
            lines.Dequeue();
        }
    }
}

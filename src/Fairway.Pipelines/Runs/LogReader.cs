using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Fairway.Pipelines.Execution;
using Fairway.Resources;

namespace Fairway.Pipelines.Runs;

/// <summary>A line of a run's log.</summary>
public sealed record LogLine(string Job, int Step, string At, string Text);

/// <summary>Which lines.</summary>
internal sealed record LogQuery(ObjectKey Run, string? Job, int? Step, bool Follow);

/// <summary>Reads logs from disk, and goes on as they grow.</summary>
internal sealed class LogReader(RunPaths paths, RunEngine engine, TimeProvider time)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    /// <param name="query">Which lines.</param>
    /// <param name="jobs">Asked again and again: ids of the jobs in the order to show, and whether the run is finished.</param>
    public async IAsyncEnumerable<LogLine> ReadAsync(
        LogQuery query, Func<CancellationToken, Task<(IReadOnlyList<string> Jobs, bool Finished)>> jobs, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Dictionary<string, FileTail> tails = new(StringComparer.Ordinal);
        while (true)
        {
            Task next = engine.FeedOf(query.Run).Next;
            (IReadOnlyList<string> order, bool finished) = await jobs(cancellation);
            foreach ((string job, int step, string file) in Files(query, order))
            {
                if (!tails.TryGetValue(file, out FileTail? tail))
                {
                    tails[file] = tail = new FileTail(file);
                }

                foreach (string line in tail.Read())
                {
                    int space = line.IndexOf(' ', StringComparison.Ordinal);
                    yield return space > 0 ? new LogLine(job, step, line[..space], line[(space + 1)..]) : new LogLine(job, step, "", line);
                }
            }

            if (!query.Follow || finished)
            {
                yield break;
            }

            await Task.WhenAny(next, Task.Delay(Heartbeat, time, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private IEnumerable<(string Job, int Step, string File)> Files(LogQuery query, IReadOnlyList<string> order)
    {
        foreach (string job in order.Where(job => query.Job is null || job == query.Job || job.StartsWith(query.Job + ".", StringComparison.Ordinal)))
        {
            string directory = paths.JobLogDirectory(query.Run, job);
            string[] logs = Directory.Exists(directory) ? Directory.GetFiles(directory, "*.log") : [];
            foreach (string file in logs.Order(StringComparer.Ordinal))
            {
                if (int.TryParse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture, out int step) && (query.Step is null || step == query.Step))
                {
                    yield return (job, step, file);
                }
            }
        }
    }

    /// <summary>Whole lines of a file that were not read yet.</summary>
    private sealed class FileTail(string file)
    {
        private const int Chunk = 256 * 1024;

        private readonly StringBuilder _open = new();
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
        private long _offset;

        public IEnumerable<string> Read()
        {
            if (!File.Exists(file))
            {
                yield break;
            }

            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

            // A job that begins again writes its logs anew.
            if (stream.Length < _offset)
            {
                _offset = 0;
                _open.Clear();
                _decoder.Reset();
            }

            stream.Position = _offset;
            byte[] bytes = new byte[Chunk];
            char[] chars = new char[Chunk];
            int read;
            while ((read = stream.Read(bytes)) > 0)
            {
                _offset += read;
                int count = _decoder.GetChars(bytes, 0, read, chars, 0);
                foreach (string line in Lines(chars.AsMemory(0, count)))
                {
                    yield return line;
                }
            }
        }

        private IEnumerable<string> Lines(ReadOnlyMemory<char> text)
        {
            while (text.Span.IndexOf('\n') is >= 0 and int end)
            {
                _open.Append(text.Span[..end]);
                yield return _open.ToString();
                _open.Clear();
                text = text[(end + 1)..];
            }

            _open.Append(text.Span);
        }
    }
}

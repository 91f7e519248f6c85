using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;

namespace Fairway.Node.Runtimes.Podman;

/// <summary>Reads a container's log through the program, both streams in the order in which they come.</summary>
internal static class PodmanLogs
{
    public static async IAsyncEnumerable<LogLine> ReadAsync(
        ContainerCli cli, string name, LogQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        List<string> arguments = ["logs", "--timestamps"];
        if (query.Follow)
        {
            arguments.Add("--follow");
        }

        if (query.Tail is { } tail)
        {
            arguments.AddRange(["--tail", tail.ToString(CultureInfo.InvariantCulture)]);
        }

        arguments.Add(name);
        using System.Diagnostics.Process process = cli.Start(arguments);
        process.StandardInput.Close();
        var lines = Channel.CreateBounded<LogLine>(256);
        Task reading = Task.WhenAll(
            ReadAsync(process.StandardOutput, LogStream.Out, lines.Writer, cancellation),
            ReadAsync(process.StandardError, LogStream.Error, lines.Writer, cancellation));
        Task ending = reading.ContinueWith(
            done => lines.Writer.TryComplete(done.Exception), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await foreach (LogLine line in lines.Reader.ReadAllAsync(cancellation))
            {
                if (!(line.At < query.Since))
                {
                    yield return line;
                }
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            await ending;
        }
    }

    private static async Task ReadAsync(StreamReader reader, LogStream stream, ChannelWriter<LogLine> lines, CancellationToken cancellation)
    {
        while (await reader.ReadLineAsync(cancellation) is { } text)
        {
            int space = text.IndexOf(' ', StringComparison.Ordinal);
            string at = space < 0 ? text : text[..space];
            if (DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            {
                byte[] bytes = Encoding.UTF8.GetBytes(space < 0 ? "" : text[(space + 1)..]);
                await lines.WriteAsync(new LogLine(time, stream, bytes, Partial: false), cancellation);
            }
        }
    }
}

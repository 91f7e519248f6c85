using System.Buffers;
using System.Globalization;
using System.Text;
using Fairway.Node.Runtimes;

namespace Fairway.Node.Logs;

/// <summary>
/// Lines of a container log on disk, in the format of the container runtime interface:
/// <c>2026-01-02T03:04:05.123456700Z stdout F text</c>; <c>P</c> marks a line that goes on in the next one.
/// </summary>
internal static class LogFormat
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'";

    /// <summary>Time (30), space, stream (6), space, tag (1), space.</summary>
    private const int PrefixLength = 40;

    public static string Timestamp(DateTimeOffset at) => at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    public static void Write(IBufferWriter<byte> writer, DateTimeOffset at, LogStream stream, ReadOnlySpan<byte> text, bool partial)
    {
        Span<byte> into = writer.GetSpan(PrefixLength + text.Length + 1);
        at.UtcDateTime.TryFormat(into, out int length, TimeFormat, CultureInfo.InvariantCulture);
        ReadOnlySpan<byte> middle = (stream, partial) switch
        {
            (LogStream.Out, false) => " stdout F "u8,
            (LogStream.Out, true) => " stdout P "u8,
            (_, false) => " stderr F "u8,
            (_, true) => " stderr P "u8,
        };
        middle.CopyTo(into[length..]);
        length += middle.Length;
        text.CopyTo(into[length..]);
        length += text.Length;
        into[length++] = (byte)'\n';
        writer.Advance(length);
    }

    /// <summary>Reads a line without its newline; null when it is not one (the log was damaged).</summary>
    public static LogLine? Parse(ReadOnlyMemory<byte> line)
    {
        ReadOnlySpan<byte> text = line.Span;
        int first = text.IndexOf((byte)' ');
        if (first < 0 || text.Length < first + 10
            || !DateTimeOffset.TryParse(
                Encoding.ASCII.GetString(text[..first]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at))
        {
            return null;
        }

        ReadOnlySpan<byte> rest = text[(first + 1)..];
        LogStream stream = rest.StartsWith("stderr "u8) ? LogStream.Error : LogStream.Out;
        return new LogLine(at, stream, line[(first + 10)..], rest[7] == (byte)'P');
    }
}

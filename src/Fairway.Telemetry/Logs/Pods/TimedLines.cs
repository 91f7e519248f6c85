using System.Buffers;
using System.Globalization;
using System.Text;

namespace Fairway.Telemetry.Logs.Pods;

/// <summary>A line and when it was printed, in nanoseconds since 1970.</summary>
/// <param name="Stream">stdout or stderr.</param>
internal readonly record struct TimedLine(long Time, string Text, string Stream);

/// <summary>Puts lines with a time before them together again from pieces. Longer lines than the limit are cut there. Not for several threads.</summary>
internal sealed class TimedLines(int mostBytes)
{
    private const long PerTick = 100;
    private readonly ArrayBufferWriter<byte> _begun = new();

    /// <summary>The lines that a piece completes. What has no time before it is no line and is left out.</summary>
    public IReadOnlyList<TimedLine> Add(ReadOnlySpan<byte> piece)
    {
        var lines = new List<TimedLine>();
        while (piece.IndexOf((byte)'\n') is >= 0 and int end)
        {
            Keep(piece[..end]);
            if (Parse(_begun.WrittenSpan) is { } line)
            {
                lines.Add(line);
            }

            _begun.ResetWrittenCount();
            piece = piece[(end + 1)..];
        }

        Keep(piece);
        return lines;
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        int room = Math.Max(0, mostBytes - _begun.WrittenCount);
        _begun.Write(part[..Math.Min(room, part.Length)]);
    }

    private static TimedLine? Parse(ReadOnlySpan<byte> line)
    {
        int space = line.IndexOf((byte)' ');
        if (space is < 20 or > 40
            || !DateTimeOffset.TryParse(Encoding.ASCII.GetString(line[..space]), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at))
        {
            return null;
        }

        ReadOnlySpan<byte> text = line[(space + 1)..];
        text = text.EndsWith("\r"u8) ? text[..^1] : text;
        bool isError = text.StartsWith("stderr "u8);
        text = isError || text.StartsWith("stdout "u8) ? text["stdout ".Length..] : text;
        return new TimedLine((at - DateTimeOffset.UnixEpoch).Ticks * PerTick, Encoding.UTF8.GetString(text), isError ? "stderr" : "stdout");
    }
}

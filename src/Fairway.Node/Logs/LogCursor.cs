using System.Globalization;
using Fairway.Node.Runtimes;

namespace Fairway.Node.Logs;

/// <summary>
/// Reads a directory of numbered log files as one growing log. A file that is deleted under the reader is read to its end; the
/// reader then goes on with the next one that exists.
/// </summary>
internal sealed class LogCursor(string directory) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private FileStream? _file;
    private long _number = -1;
    private int _start;
    private int _end;
    private byte[] _carry = [];

    public static string FileName(long number) => number.ToString("D8", CultureInfo.InvariantCulture) + ".log";

    /// <summary>The numbers of the log files that exist, oldest first.</summary>
    public static IReadOnlyList<long> Numbers(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return [];
        }

        return [.. Directory.EnumerateFiles(directory, "*.log")
            .Select(path => long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : -1)
            .Where(number => number >= 0)
            .Order()];
    }

    /// <summary>The next complete line, or null at the end of what is there now.</summary>
    public LogLine? Next()
    {
        while (true)
        {
            if (TakeLine() is { } bytes)
            {
                if (LogFormat.Parse(bytes) is { } line)
                {
                    return line;
                }

                continue;
            }

            if (!Fill())
            {
                return null;
            }
        }
    }

    public void Dispose() => _file?.Dispose();

    private byte[]? TakeLine()
    {
        int at = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        if (at < 0)
        {
            _carry = [.. _carry, .. _buffer.AsSpan(_start, _end - _start)];
            _start = _end = 0;
            return null;
        }

        byte[] line = [.. _carry, .. _buffer.AsSpan(_start, at)];
        _carry = [];
        _start += at + 1;
        return line;
    }

    private bool Fill()
    {
        while (true)
        {
            // Looked for before reading: a file gets no more lines once its successor exists.
            long next = _file is null || File.Exists(Path.Combine(directory, FileName(_number + 1))) || !File.Exists(_file.Name)
                ? Numbers(directory).FirstOrDefault(number => number > _number, -1)
                : -1;
            _end = _file?.Read(_buffer) ?? 0;
            _start = 0;
            if (_end > 0)
            {
                return true;
            }

            if (next < 0)
            {
                return false;
            }

            _file?.Dispose();
            _carry = [];
            _number = next;
            try
            {
                _file = new FileStream(
                    Path.Combine(directory, FileName(next)), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            }
            catch (FileNotFoundException)
            {
                _file = null;
            }
        }
    }
}

using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Fairway.Platform;

/// <summary>
/// The platform's log: lines appended to a file by one writer, never by the thread that logs. When the disk is slower than the
/// log, lines are dropped and counted rather than held in memory.
/// </summary>
internal sealed class FileLog : ILoggerProvider, IAsyncDisposable
{
    private const int Backlog = 10_000;
    private const long MaxBytes = 20 * 1024 * 1024;

    private readonly Channel<string> _lines = Channel.CreateBounded<string>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly string _path;
    private readonly LogLevel _level;
    private readonly TimeProvider _time;
    private readonly Task _writing;

    public FileLog(string path, LogLevel level, TimeProvider time)
    {
        _path = path;
        _level = level;
        _time = time;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _writing = Task.Run(WriteAsync);
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName.Split('.')[^1]);

    public void Dispose() => _lines.Writer.TryComplete();

    /// <summary>Writes what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        await _writing;
    }

    private async Task WriteAsync()
    {
        try
        {
            while (await _lines.Reader.WaitToReadAsync())
            {
                Rotate();
                await using var file = new StreamWriter(new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite));
                while (_lines.Reader.TryRead(out string? line))
                {
                    await file.WriteLineAsync(line);
                }
            }
        }
        catch (IOException full)
        {
            await Console.Error.WriteLineAsync($"fairway: the log cannot be written any more: {full.Message}");
        }
    }

    /// <summary>One earlier file is kept.</summary>
    private void Rotate()
    {
        if (File.Exists(_path) && new FileInfo(_path).Length > MaxBytes)
        {
            File.Move(_path, _path + ".1", overwrite: true);
        }
    }

    private sealed class Category(FileLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= log._level && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                string at = log._time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
                log._lines.Writer.TryWrite($"{at} {Short(logLevel)} {name}: {formatter(state, exception)}{(exception is null ? "" : $"{Environment.NewLine}{exception}")}");
            }
        }

        private static string Short(LogLevel level) => level switch
        {
            LogLevel.Trace or LogLevel.Debug => "debug",
            LogLevel.Information => "info ",
            LogLevel.Warning => "warn ",
            _ => "error",
        };
    }
}

using System.Buffers;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Fairway.ApiServer;

/// <summary>One request as the audit trail keeps it: who did what, where, and how it ended. No headers, no secrets; bodies where the policy asks.</summary>
internal sealed record AuditRecord
{
    public required Guid Id { get; init; }

    public required AuditLevel Level { get; init; }

    public required string Cluster { get; init; }

    public required string Stage { get; init; }

    public required string RequestUri { get; init; }

    public required RequestInfo Request { get; init; }

    /// <summary>Who sent the request.</summary>
    public required Identity? User { get; init; }

    /// <summary>As whom it was done, if as another.</summary>
    public Identity? Impersonated { get; init; }

    public required string? SourceIp { get; init; }

    public required string? UserAgent { get; init; }

    public required int Code { get; init; }

    public (string Message, string Reason)? Refusal { get; init; }

    public JsonNode? RequestObject { get; init; }

    public JsonNode? ResponseObject { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Annotations { get; init; } = [];

    public required DateTimeOffset Received { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>
/// Appends one audit.k8s.io/v1 Event in JSON for each request to a file. Writing happens behind a bounded queue: when the disk
/// does not keep up, requests wait for it; when it fails, that is logged once and the platform goes on. The file is set aside at
/// 64 MiB, and the last eight are kept.
/// </summary>
internal sealed partial class AuditLog : IAsyncDisposable
{
    private const int Kept = 8;

    private readonly Channel<AuditRecord> _queue = Channel.CreateBounded<AuditRecord>(new BoundedChannelOptions(16 * 1024) { SingleReader = true });
    private readonly string _path;
    private readonly long _maxLength;
    private readonly ILogger _logger;
    private readonly Task _writing;
    private bool _hasFailed;

    public AuditLog(string path, ILogger logger, long maxLength = 64L * 1024 * 1024)
    {
        _path = path;
        _maxLength = maxLength;
        _logger = logger;
        _writing = Task.Run(WriteAllAsync);
    }

    public ValueTask AddAsync(AuditRecord record)
        => _queue.Writer.TryWrite(record) ? ValueTask.CompletedTask : WaitAsync(record);

    /// <summary>Writes what is queued and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
    }

    private async ValueTask WaitAsync(AuditRecord record)
    {
        try
        {
            await _queue.Writer.WriteAsync(record);
        }
        catch (ChannelClosedException)
        {
            // The server is stopping; the request ends with it.
        }
    }

    private async Task WriteAllAsync()
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        FileStream? file = null;
        try
        {
            while (await _queue.Reader.WaitToReadAsync())
            {
                while (buffer.WrittenCount < 256 * 1024 && _queue.Reader.TryRead(out AuditRecord? record))
                {
                    AuditEventJson.Write(buffer, record);
                }

                file = await AppendAsync(file, buffer.WrittenMemory);
                buffer.ResetWrittenCount();
            }
        }
        finally
        {
            if (file is not null)
            {
                await file.DisposeAsync();
            }
        }
    }

    private async Task<FileStream?> AppendAsync(FileStream? file, ReadOnlyMemory<byte> lines)
    {
        try
        {
            file ??= Open();
            await file.WriteAsync(lines);
            await file.FlushAsync();
            _hasFailed = false;
            if (file.Length < _maxLength)
            {
                return file;
            }

            await file.DisposeAsync();
            SetAside();
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                LogFailure(_logger, _path, failure);
            }

            return null;
        }
    }

    private FileStream Open()
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(_path, options);
    }

    private void SetAside()
    {
        for (int number = Kept - 1; number >= 1; number--)
        {
            if (File.Exists($"{_path}.{number}"))
            {
                File.Move($"{_path}.{number}", $"{_path}.{number + 1}", overwrite: true);
            }
        }

        File.Move(_path, $"{_path}.1", overwrite: true);
    }

    [LoggerMessage(LogLevel.Error, "The audit log {Path} cannot be written; requests are served without it until it can.")]
    private static partial void LogFailure(ILogger logger, string path, Exception failure);
}

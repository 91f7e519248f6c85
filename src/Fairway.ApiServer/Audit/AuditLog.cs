using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Fairway.ApiServer;

/// <summary>One request as the audit trail keeps it: who did what, where, and how it ended. No bodies, no headers, no secrets.</summary>
internal sealed record AuditRecord
{
    public required Guid Id { get; init; }

    public required string Cluster { get; init; }

    public required string Stage { get; init; }

    public required string RequestUri { get; init; }

    public required RequestInfo Request { get; init; }

    public required Identity? User { get; init; }

    public required string? SourceIp { get; init; }

    public required string? UserAgent { get; init; }

    public required int Code { get; init; }

    public string? Refusal { get; init; }

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

/// <summary>audit.k8s.io/v1 Event at level Metadata, one to a line.</summary>
internal static class AuditEventJson
{
    private const string Micros = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static void Write(IBufferWriter<byte> output, AuditRecord record)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteString("kind", "Event");
        json.WriteString("apiVersion", "audit.k8s.io/v1");
        json.WriteString("level", "Metadata");
        json.WriteString("auditID", record.Id);
        json.WriteString("stage", record.Stage);
        json.WriteString("requestURI", record.RequestUri);
        json.WriteString("verb", record.Request.Verb);
        WriteUser(json, record.User);
        if (record.SourceIp is { } source)
        {
            json.WriteStartArray("sourceIPs");
            json.WriteStringValue(source);
            json.WriteEndArray();
        }

        WriteText(json, "userAgent", record.UserAgent);
        WriteObject(json, record.Request);
        json.WriteStartObject("responseStatus");
        json.WriteStartObject("metadata");
        json.WriteEndObject();
        json.WriteNumber("code", record.Code);
        WriteText(json, "reason", record.Refusal);
        json.WriteEndObject();
        json.WriteString("requestReceivedTimestamp", record.Received.UtcDateTime.ToString(Micros));
        json.WriteString("stageTimestamp", record.At.UtcDateTime.ToString(Micros));
        json.WriteStartObject("annotations");
        json.WriteString("fairway.dev/cluster", record.Cluster);
        json.WriteString("authorization.k8s.io/decision", record.Code is 401 or 403 ? "forbid" : "allow");
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private static void WriteUser(Utf8JsonWriter json, Identity? user)
    {
        json.WriteStartObject("user");
        if (user is not null)
        {
            json.WriteString("username", user.Name);
            json.WriteStartArray("groups");
            foreach (string group in user.Groups)
            {
                json.WriteStringValue(group);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteObject(Utf8JsonWriter json, RequestInfo request)
    {
        if (!request.IsResource)
        {
            return;
        }

        json.WriteStartObject("objectRef");
        json.WriteString("resource", request.Resource);
        WriteText(json, "namespace", request.Namespace);
        WriteText(json, "name", request.Name);
        WriteText(json, "apiGroup", request.Group);
        json.WriteString("apiVersion", request.Version);
        WriteText(json, "subresource", request.Subresource);
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }
}

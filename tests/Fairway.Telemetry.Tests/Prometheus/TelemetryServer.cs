using System.Net.Http.Headers;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.Telemetry.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fairway.Telemetry.Tests.Prometheus;

/// <summary>Telemetry with its listeners, in a directory of its own, asked over HTTP.</summary>
internal sealed class TelemetryServer : IAsyncDisposable
{
    private readonly string _directory;
    private readonly TelemetryArea _area;

    private TelemetryServer(string directory, TelemetryArea area)
    {
        _directory = directory;
        _area = area;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{area.Ports.Query}") };
        Otlp = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{area.Ports.OtlpHttp}") };
    }

    public HttpClient Http { get; }

    public HttpClient Otlp { get; }

    public TelemetryArea Area => _area;

    public static async Task<TelemetryServer> StartAsync(Func<TelemetryOptions, TelemetryOptions>? options = null)
    {
        string directory = Directory.CreateTempSubdirectory("fairway-telemetry-").FullName;
        var told = new TelemetryOptions { Directory = directory, Version = "test" };
        TelemetryArea area = await TelemetryArea.OpenAsync(options?.Invoke(told) ?? told, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        await area.StartAsync(new TelemetryPorts(0, 0, 0), CancellationToken.None);
        return new TelemetryServer(directory, area);
    }

    /// <summary>Sends samples by remote write 1.0.</summary>
    public static async Task WriteAsync(HttpClient http, IEnumerable<(Labels Labels, IEnumerable<(long Time, double Value)> Samples)> all)
    {
        var request = new ProtoWriter();
        foreach ((Labels labels, IEnumerable<(long Time, double Value)> samples) in all)
        {
            var series = new ProtoWriter();
            foreach ((string name, string value) in labels.Pairs)
            {
                var label = new ProtoWriter();
                label.String(1, name);
                label.String(2, value);
                series.Message(1, label);
            }

            foreach ((long time, double value) in samples)
            {
                var sample = new ProtoWriter();
                sample.Double(1, value);
                sample.Int64(2, time);
                series.Message(2, sample);
            }

            request.Message(1, series);
        }

        using var content = new ByteArrayContent(Snappy.Encode(request.Written));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        content.Headers.ContentEncoding.Add("snappy");
        using HttpResponseMessage response = await http.PostAsync(new Uri("/api/v1/write", UriKind.Relative), content);
        ((int)response.StatusCode).ShouldBe(204, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Asks an endpoint; the status and the answer.</summary>
    public static async Task<(int Status, JsonElement Body)> GetAsync(HttpClient http, string path)
    {
        using HttpResponseMessage response = await http.GetAsync(new Uri(path, UriKind.Relative));
        string body = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, body.Length == 0 ? default : JsonDocument.Parse(body).RootElement);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Otlp.Dispose();
        await _area.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}

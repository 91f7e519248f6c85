using System.Net.Http.Headers;
using Fairway.Telemetry.Wire;

namespace Fairway.Bench.Metrics;

/// <summary>Sends series by remote write 1.0 as Prometheus does: requests of up to 2,000 samples, four shards, each in order.</summary>
internal sealed class RemoteWriteSender(int port) : IDisposable
{
    private const int PerRequest = 2000;
    private const int Shards = 4;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>Sends a sample of every series at every time.</summary>
    /// <returns>How many samples.</returns>
    public async Task<long> SendAsync(IReadOnlyList<byte[]> labels, Func<int, double> next, IReadOnlyList<long> times)
    {
        int perShard = (labels.Count + Shards - 1) / Shards;
        await Task.WhenAll(Enumerable.Range(0, Shards).Select(shard => Task.Run(async () =>
        {
            int first = shard * perShard;
            int end = Math.Min(labels.Count, first + perShard);
            foreach (long time in times)
            {
                for (int from = first; from < end; from += PerRequest)
                {
                    await PostAsync(labels, next, from, Math.Min(end, from + PerRequest), time);
                }
            }
        })));
        return (long)labels.Count * times.Count;
    }

    /// <summary>The labels of a series as fields of its message.</summary>
    public static byte[] Encode(IEnumerable<(string Name, string Value)> labels)
    {
        var series = new ProtoWriter();
        foreach ((string name, string value) in labels)
        {
            var label = new ProtoWriter();
            label.String(1, name);
            label.String(2, value);
            series.Message(1, label);
        }

        return series.Written.ToArray();
    }

    public void Dispose() => _http.Dispose();

    private async Task PostAsync(IReadOnlyList<byte[]> labels, Func<int, double> next, int from, int end, long time)
    {
        var request = new ProtoWriter();
        var sample = new ProtoWriter();
        using var series = new MemoryStream();
        for (int index = from; index < end; index++)
        {
            sample.Clear();
            sample.Double(1, next(index));
            sample.Int64(2, time);
            series.SetLength(0);
            series.Write(labels[index]);
            series.WriteByte((2 << 3) | 2);
            series.WriteByte((byte)sample.Written.Length);
            series.Write(sample.Written);
            request.Bytes(1, series.GetBuffer().AsSpan(0, (int)series.Length));
        }

        using var content = new ByteArrayContent(Snappy.Encode(request.Written));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        content.Headers.ContentEncoding.Add("snappy");
        using var message = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{port}/api/v1/write") { Content = content };
        message.Headers.Add("X-Prometheus-Remote-Write-Version", "0.1.0");
        using HttpResponseMessage response = await _http.SendAsync(message);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }
}

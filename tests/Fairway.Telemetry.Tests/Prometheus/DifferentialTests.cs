using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Fairway.PromQL;
using Fairway.Testing;
using Xunit.Abstractions;

namespace Fairway.Telemetry.Tests.Prometheus;

/// <summary>
/// The same data and the same generated queries for Fairway and for the real Prometheus (Debian's package), over HTTP. Moments are chosen
/// so that no sample and no step of a subquery lies on the edge of a range, which is what Prometheus 3 sees otherwise than 2.
/// </summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int Queries = 350;
    private const string Program = "/usr/bin/prometheus";

    // The same queries in every run, so that a failure is a change of ours; FAIRWAY_SEED explores others.
    private const int Seed = 7;

    [Fact]
    public async Task Answers_ToGeneratedQueries_AreThoseOfPrometheus()
    {
        if (!File.Exists(Program))
        {
            output.WriteLine($"skipped: {Program} is not installed");
            return;
        }

        await using RealPrometheus real = await RealPrometheus.StartAsync();
        await using TelemetryServer ours = await TelemetryServer.StartAsync();
        long end = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 60_000 * 60_000) - 47_000;
        (Labels, IEnumerable<(long, double)>)[] data = [.. Data(end - 3_600_000, end + 20_000)];
        await TelemetryServer.WriteAsync(real.Http, data);
        await TelemetryServer.WriteAsync(ours.Http, data);
        int seed = Environment.GetEnvironmentVariable("FAIRWAY_SEED") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : Seed;
        output.WriteLine($"FAIRWAY_SEED={seed}");
        var generator = new QueryGenerator(seed);
        var different = new List<string>();
        int answered = 0;
        for (int number = 0; number < Queries; number++)
        {
            string query = generator.Next();
            string encoded = Uri.EscapeDataString(query);
            foreach (string path in (string[])
                [$"/api/v1/query?query={encoded}&time={Seconds(end)}", $"/api/v1/query_range?query={encoded}&start={Seconds(end - 1_800_000)}&end={Seconds(end)}&step=60"])
            {
                (int theirStatus, JsonElement theirs) = await TelemetryServer.GetAsync(real.Http, path);
                (int ourStatus, JsonElement our) = await TelemetryServer.GetAsync(ours.Http, path);
                string? difference = theirStatus != ourStatus ? $"status {ourStatus} and not {theirStatus}"
                    : theirStatus == 200 ? Answers.Difference(theirs.GetProperty("data"), our.GetProperty("data"))
                    : theirs.GetProperty("errorType").GetString() == our.GetProperty("errorType").GetString() ? null : "another type of error";
                answered += theirStatus == 200 && theirs.GetProperty("data").GetProperty("result").GetArrayLength() > 0 ? 1 : 0;
                if (difference is not null)
                {
                    different.Add($"{query} ({(path.Contains("range", StringComparison.Ordinal) ? "range" : "instant")}): {difference}");
                }
            }
        }

        output.WriteLine($"{answered} of {2 * Queries} answers had series");
        different.ShouldBeEmpty($"FAIRWAY_SEED={seed}");
        answered.ShouldBeGreaterThan(Queries / 2, "most questions must have an answer, or they prove nothing");
    }

    private static string Seconds(long milliseconds) => (milliseconds / 1000.0).ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<(Labels, IEnumerable<(long, double)>)> Data(long from, long to)
    {
        var random = new Random(1);

        // Samples are eight seconds off the quarters of a minute, and two of them off each other.
        long first = (from / 15_000 * 15_000) + 7_000;
        foreach (string job in (string[])["api", "web"])
        {
            foreach (string instance in (string[])["a", "b", "c1"])
            {
                foreach (string path in (string[])["/x", "/y"])
                {
                    // Counters start high: near zero the two versions extrapolate differently.
                    double counter = 1e6;
                    yield return (Series("requests_total", job, instance, path), [.. Times(random.Next(3)).Select(time => (time, counter = random.Next(60) == 0 ? 5e5 : counter + random.Next(20)))]);
                    yield return (Series("temperature", job, instance, path), [.. Times(random.Next(3)).Select(time => (time, Math.Round((random.NextDouble() * 100) - 20, 2)))]);
                }

                yield return (Labels.Of(("__name__", "load"), ("instance", instance), ("job", job)), [.. Times(0).Select(time => (time, (double)random.Next(8)))]);
                double[] buckets = [1e5, 2e5, 3e5, 4e5];
                double[][] counts = [.. Times(0).Select(_ => buckets = [.. buckets.Select((count, index) => count + ((index + 1) * random.Next(1, 5)))]).Select(row => { Array.Sort(row); return row; })];
                foreach ((string bound, int index) in ((string[])["0.1", "0.5", "2.5", "+Inf"]).Select((bound, index) => (bound, index)))
                {
                    yield return (Labels.Of(("__name__", "latency_bucket"), ("instance", instance), ("job", job), ("le", bound)), [.. Times(0).Zip(counts, (time, row) => (time, row[index]))]);
                }
            }
        }

        Labels Series(string metric, string job, string instance, string path) => Labels.Of(("__name__", metric), ("instance", instance), ("job", job), ("path", path));

        // Some series have a hole, in which they are stale.
        IEnumerable<long> Times(int hole)
        {
            for (long time = first; time <= to; time += 15_000)
            {
                if (hole != 2 || time < from + 1_500_000 || time > from + 2_200_000)
                {
                    yield return time;
                }
            }
        }
    }

    /// <summary>Debian's Prometheus on a free port with a directory of its own.</summary>
    private sealed class RealPrometheus : IAsyncDisposable
    {
        private readonly Process _process;
        private readonly string _directory;

        private RealPrometheus(Process process, string directory, int port)
        {
            _process = process;
            _directory = directory;
            Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        }

        public HttpClient Http { get; }

        public static async Task<RealPrometheus> StartAsync()
        {
            string directory = Directory.CreateTempSubdirectory("fairway-prometheus-").FullName;
            int port;
            using (var listener = new TcpListener(IPAddress.Loopback, 0))
            {
                listener.Start();
                port = ((IPEndPoint)listener.LocalEndpoint).Port;
            }

            await File.WriteAllTextAsync(Path.Combine(directory, "prometheus.yml"), "global: {}\n");
            Process process = Process.Start(new ProcessStartInfo(
                Program,
                [$"--config.file={directory}/prometheus.yml", $"--storage.tsdb.path={directory}/data", $"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver", "--log.level=error"])
            { RedirectStandardError = true, UseShellExecute = false })!;
            var real = new RealPrometheus(process, directory, port);
            await Eventually.Holds(real.IsReady, "Prometheus answers");
            return real;
        }

        private bool IsReady()
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, "/-/ready");
                using HttpResponseMessage ready = Http.Send(request);
                return ready.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
            Directory.Delete(_directory, recursive: true);
        }
    }
}

/// <summary>Compares two answers of the query API; the order of a vector's series does not count.</summary>
internal static class Answers
{
    private const double Tolerance = 1e-9;

    /// <summary>The first difference; null when there is none.</summary>
    public static string? Difference(JsonElement theirs, JsonElement ours)
    {
        string type = theirs.GetProperty("resultType").GetString()!;
        if (ours.GetProperty("resultType").GetString() != type)
        {
            return $"{ours.GetProperty("resultType")} and not {type}";
        }

        if (type is "scalar" or "string")
        {
            return Point(theirs.GetProperty("result"), ours.GetProperty("result"));
        }

        Dictionary<string, JsonElement> expected = Series(theirs);
        Dictionary<string, JsonElement> found = Series(ours);
        if (!expected.Keys.ToHashSet().SetEquals(found.Keys))
        {
            return $"missing [{string.Join(' ', expected.Keys.Except(found.Keys).Take(3))}], too many [{string.Join(' ', found.Keys.Except(expected.Keys).Take(3))}]";
        }

        foreach ((string series, JsonElement one) in expected)
        {
            string? difference = type == "vector"
                ? Point(one.GetProperty("value"), found[series].GetProperty("value"))
                : Points(one.GetProperty("values"), found[series].GetProperty("values"));
            if (difference is not null)
            {
                return $"{series}: {difference}";
            }
        }

        return null;
    }

    private static Dictionary<string, JsonElement> Series(JsonElement data)
        => data.GetProperty("result").EnumerateArray().ToDictionary(
            one => string.Join(',', one.GetProperty("metric").EnumerateObject().OrderBy(label => label.Name, StringComparer.Ordinal).Select(label => $"{label.Name}={label.Value}")));

    private static string? Points(JsonElement theirs, JsonElement ours)
        => theirs.GetArrayLength() != ours.GetArrayLength()
            ? $"{ours.GetArrayLength()} points and not {theirs.GetArrayLength()}"
            : theirs.EnumerateArray().Zip(ours.EnumerateArray(), Point).FirstOrDefault(difference => difference is not null);

    private static string? Point(JsonElement theirs, JsonElement ours)
    {
        string expected = theirs[1].GetString()!;
        string found = ours[1].GetString()!;
        return theirs[0].GetDouble().Equals(ours[0].GetDouble()) && (expected == found || Near(expected, found)) ? null : $"{found} at {ours[0]} and not {expected} at {theirs[0]}";
    }

    private static bool Near(string one, string other)
        => double.TryParse(one, CultureInfo.InvariantCulture, out double first) && double.TryParse(other, CultureInfo.InvariantCulture, out double second)
            && Math.Abs(first - second) <= Tolerance * Math.Max(1, Math.Max(Math.Abs(first), Math.Abs(second)));
}

using System.Collections.Concurrent;
using System.Globalization;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.EndToEnd.Tests;

/// <summary>A writer that never stops, and remembers exactly what the platform acknowledged.</summary>
internal sealed class AcknowledgedWrites(string @namespace)
{
    private readonly ConcurrentDictionary<string, string> _acknowledged = new(StringComparer.Ordinal);
    private int _next;

    public int Count => _acknowledged.Count;

    /// <summary>Writes until the platform goes away: creations, and updates of what was created.</summary>
    public async Task WriteUntilItDiesAsync(IClusterApi api)
    {
        try
        {
            while (true)
            {
                int number = Interlocked.Increment(ref _next);
                string name = $"write-{number % 500}";
                string value = number.ToString(CultureInfo.InvariantCulture);
                await api.ApplyAsync(
                    new ConfigMap
                    {
                        Metadata = new ObjectMeta { Name = name, Namespace = @namespace },
                        Data = new Dictionary<string, string> { ["value"] = value },
                    },
                    "crash-test",
                    CancellationToken.None);
                _acknowledged.AddOrUpdate(name, value, (_, old) => int.Parse(old, CultureInfo.InvariantCulture) > number ? old : value);
            }
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException or StatusException)
        {
            // Killed: this one may or may not have happened, and was not acknowledged.
        }
    }

    /// <summary>Everything that was acknowledged is there, in that state or a later one.</summary>
    public async Task ShouldAllBeThereAsync(IClusterApi api)
    {
        IReadOnlyList<ConfigMap> all = await api.ListAsync<ConfigMap>(@namespace, CancellationToken.None);
        var found = all.Where(map => map.Data?.ContainsKey("value") == true).ToDictionary(map => map.Metadata.Name, map => int.Parse(map.Data!["value"], CultureInfo.InvariantCulture));
        foreach ((string name, string value) in _acknowledged)
        {
            found.ShouldContainKey(name);
            found[name].ShouldBeGreaterThanOrEqualTo(int.Parse(value, CultureInfo.InvariantCulture), $"{name} went back in time");
        }
    }
}

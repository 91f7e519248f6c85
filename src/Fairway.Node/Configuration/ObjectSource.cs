using Fairway.Client;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Configuration;

/// <summary>The ConfigMaps and Secrets that pods of a cluster refer to, read from the API when needed: never stale.</summary>
internal sealed class ObjectSource(IClusterApi cluster)
{
    /// <summary>Texts and bytes of a ConfigMap by key, or null when there is none.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>?> ConfigMapAsync(string @namespace, string name, CancellationToken cancellation)
        => await cluster.FindAsync<ConfigMap>(@namespace, name, cancellation) is { } found ? Bytes(found) : null;

    /// <summary>Bytes of a Secret by key, or null when there is none.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>?> SecretAsync(string @namespace, string name, CancellationToken cancellation)
        => await cluster.FindAsync<Secret>(@namespace, name, cancellation) is { } found ? FromBase64(found.Data, []) : null;

    private static Dictionary<string, byte[]> Bytes(ConfigMap map)
        => FromBase64(map.BinaryData, (map.Data ?? new Dictionary<string, string>())
            .ToDictionary(pair => pair.Key, pair => System.Text.Encoding.UTF8.GetBytes(pair.Value)));

    private static Dictionary<string, byte[]> FromBase64(IReadOnlyDictionary<string, string>? data, Dictionary<string, byte[]> into)
    {
        foreach ((string key, string value) in data ?? new Dictionary<string, string>())
        {
            try
            {
                into[key] = Convert.FromBase64String(value);
            }
            catch (FormatException)
            {
                throw new ConfigurationException($"the value of key {key} is not base64");
            }
        }

        return into;
    }
}

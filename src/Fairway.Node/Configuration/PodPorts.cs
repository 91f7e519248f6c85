using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Node.Runtimes;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Configuration;

/// <summary>
/// The ports of a pod and where on the host they are: kept in the pod's annotation, so that they stay the same from restart to
/// restart and everybody can find the pod.
/// </summary>
internal static class PodPorts
{
    /// <summary>A JSON object from container port to host port: <c>{"8080":17312}</c>.</summary>
    public const string Annotation = "fairway.dev/ports";

    /// <summary>Where a program listens that says nothing else.</summary>
    private const int Usual = 8080;

    /// <summary>The container's ports, the main one first: as declared, else as its image says, else one for a program that is told.</summary>
    public static IReadOnlyList<(int Number, string? Name)> Of(Container container, IReadOnlyList<int> exposed, bool sharesHostPorts)
    {
        (int, string?)[] declared =
        [
            .. (container.Ports ?? []).Where(port => port.Protocol is null or "TCP").Select(port => (port.Number, port.Name)).Distinct(),
        ];
        return declared.Length > 0 ? declared
            : exposed.Count > 0 ? [.. exposed.Select(port => (port, (string?)null))]
            : sharesHostPorts ? [(Usual, null)] : [];
    }

    /// <summary>Reads the annotation; what is not a port is left out.</summary>
    public static IReadOnlyDictionary<int, int> Read(Pod pod)
    {
        var result = new Dictionary<int, int>();
        if (pod.Metadata.Annotations?.GetValueOrDefault(Annotation) is not { } text)
        {
            return result;
        }

        try
        {
            foreach ((string container, JsonNode? host) in JsonNode.Parse(text) as JsonObject ?? [])
            {
                if (int.TryParse(container, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                    && host is JsonValue value && value.TryGetValue(out int port) && port is > 0 and <= 65535)
                {
                    result[number] = port;
                }
            }
        }
        catch (JsonException)
        {
            // Somebody else wrote it: new ports are assigned.
        }

        return result;
    }

    public static string Write(IReadOnlyDictionary<int, int> ports)
    {
        var json = new JsonObject();
        foreach ((int container, int host) in ports.OrderBy(pair => pair.Key))
        {
            json[container.ToString(CultureInfo.InvariantCulture)] = host;
        }

        return json.ToJsonString();
    }

    /// <summary>The number of a probe's or hook's port, given as number or as name of one of the container's ports.</summary>
    public static int? Resolve(Container container, Resources.IntOrString port)
        => port.Text is null
            ? port.Number
            : container.Ports?.FirstOrDefault(declared => declared.Name == port.Text)?.Number
                ?? (int.TryParse(port.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null);
}

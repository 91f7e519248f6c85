using System.Globalization;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Configuration;

/// <summary>The variables that tell a container where the services of its namespace are, as Docker links once named them. Pure.</summary>
internal static class ServiceVariables
{
    /// <summary>
    /// The variables of the namespace's services that have an address, and of <c>default/kubernetes</c>. A pod that wants no
    /// links gets only the latter.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(Pod pod, IEnumerable<Service> services)
    {
        foreach (Service service in services.OrderBy(service => service.Metadata.Name, StringComparer.Ordinal))
        {
            bool isMaster = service.Metadata is { Namespace: "default", Name: "kubernetes" };
            bool isLinked = pod.Spec.EnableServiceLinks != false && service.Metadata.Namespace == pod.Metadata.Namespace;
            if ((isMaster || isLinked) && service.Spec?.ClusterIP is { Length: > 0 } address && address != "None" && service.Spec.Ports is { Count: > 0 } ports)
            {
                foreach (KeyValuePair<string, string> variable in Of(service.Metadata.Name, address, ports))
                {
                    yield return variable;
                }
            }
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> Of(string service, string address, IReadOnlyList<ServicePort> ports)
    {
        string prefix = Name(service);
        yield return KeyValuePair.Create(prefix + "_SERVICE_HOST", address);
        yield return KeyValuePair.Create(prefix + "_SERVICE_PORT", Text(ports[0].Port));
        foreach (ServicePort port in ports.Where(port => !string.IsNullOrEmpty(port.Name)))
        {
            yield return KeyValuePair.Create($"{prefix}_SERVICE_PORT_{Name(port.Name!)}", Text(port.Port));
        }

        foreach ((ServicePort port, bool isFirst) in ports.Select((port, i) => (port, i == 0)))
        {
            string protocol = port.Protocol ?? "TCP";
            string url = $"{protocol.ToLowerInvariant()}://{address}:{Text(port.Port)}";
            string one = $"{prefix}_PORT_{Text(port.Port)}_{protocol}";
            if (isFirst)
            {
                yield return KeyValuePair.Create(prefix + "_PORT", url);
            }

            yield return KeyValuePair.Create(one, url);
            yield return KeyValuePair.Create(one + "_PROTO", protocol.ToLowerInvariant());
            yield return KeyValuePair.Create(one + "_PORT", Text(port.Port));
            yield return KeyValuePair.Create(one + "_ADDR", address);
        }
    }

    private static string Name(string name) => name.ToUpperInvariant().Replace('-', '_');

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

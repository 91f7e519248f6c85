using System.Globalization;
using Fairway.Node.Services;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Configuration;

/// <summary>The variables that tell a container where the services of its namespace are, as Docker links once named them. Pure.</summary>
internal static class ServiceVariables
{
    /// <summary>
    /// The variables of the namespace's services that have an address, and of <c>default/kubernetes</c>. A pod that wants no
    /// links gets only the latter.
    /// </summary>
    /// <param name="places">Where services are for processes of this machine; null: at their ClusterIPs.</param>
    public static IEnumerable<KeyValuePair<string, string>> Of(Pod pod, IEnumerable<Service> services, ServicePlaces? places = null)
    {
        foreach (Service service in services.OrderBy(service => service.Metadata.Name, StringComparer.Ordinal))
        {
            bool isMaster = service.Metadata is { Namespace: "default", Name: "kubernetes" };
            bool isLinked = pod.Spec.EnableServiceLinks != false && service.Metadata.Namespace == pod.Metadata.Namespace;
            if ((isMaster || isLinked) && service.Spec?.ClusterIP is { Length: > 0 } address && address != "None" && service.Spec.Ports is { Count: > 0 } ports)
            {
                (string host, IReadOnlyList<ServicePort> reached) = Reached(service, address, ports, isMaster, places);
                foreach (KeyValuePair<string, string> variable in Of(service.Metadata.Name, host, reached))
                {
                    yield return variable;
                }
            }
        }
    }

    /// <summary>The address and ports by which a pod reaches a service.</summary>
    private static (string Host, IReadOnlyList<ServicePort> Ports) Reached(
        Service service, string address, IReadOnlyList<ServicePort> ports, bool isMaster, ServicePlaces? places)
    {
        if (places is null)
        {
            return (address, ports);
        }

        if (isMaster && places.Api() is { } api)
        {
            return (api.Address.ToString(), [.. ports.Select(port => port with { Port = api.Port })]);
        }

        string host = ports.Select(port => places.Of(service, port)?.Address.ToString()).FirstOrDefault(found => found is not null) ?? address;
        return (host, [.. ports.Select(port => port with { Port = places.Of(service, port)?.Port ?? port.Port })]);
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

using System.Globalization;

namespace Fairway.Node.Runtimes.Process;

/// <summary>
/// Tells a process which ports it really has. In a container of its own it would listen on the container port; here that
/// port belongs to the whole machine, so every variable that says where to listen is set to the assigned one.
/// </summary>
internal static class PortVariables
{
    private static readonly string[] UrlLists = ["ASPNETCORE_URLS", "URLS", "DOTNET_URLS"];

    /// <summary>Container ports that an image's or container's variables say it listens on, when it declares none.</summary>
    public static IReadOnlyList<int> Named(IEnumerable<string> environment)
    {
        foreach (string variable in environment)
        {
            foreach (string name in (string[])["ASPNETCORE_HTTP_PORTS=", "PORT="])
            {
                if (variable.StartsWith(name, StringComparison.Ordinal)
                    && int.TryParse(variable[name.Length..].Split(';')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int port)
                    && port is > 0 and <= 65535)
                {
                    return [port];
                }
            }
        }

        return [];
    }

    /// <summary>Sets or corrects the variables in place.</summary>
    public static void Rewrite(Dictionary<string, string> environment, IReadOnlyList<PortMapping> ports)
    {
        if (ports.Count == 0)
        {
            return;
        }

        string first = ports[0].HostPort.ToString(CultureInfo.InvariantCulture);
        environment["PORT"] = first;
        environment["ASPNETCORE_HTTP_PORTS"] = first;
        foreach (PortMapping port in ports)
        {
            if (port.Name is { Length: > 0 } name)
            {
                environment[VariableName(name)] = port.HostPort.ToString(CultureInfo.InvariantCulture);
            }
        }

        foreach (string list in UrlLists)
        {
            if (environment.TryGetValue(list, out string? urls))
            {
                environment[list] = string.Join(';', urls.Split(';').Select(url => RewriteUrl(url, ports)));
            }
        }
    }

    /// <summary><c>PORT_HTTP_API</c> for the port named <c>http-api</c>.</summary>
    public static string VariableName(string portName)
        => "PORT_" + portName.ToUpperInvariant().Replace('-', '_');

    private static string RewriteUrl(string url, IReadOnlyList<PortMapping> ports)
    {
        int colon = url.LastIndexOf(':');
        string tail = colon < 0 ? "" : url[(colon + 1)..].TrimEnd('/', ' ');
        return int.TryParse(tail, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && ports.FirstOrDefault(port => port.ContainerPort == number) is { } mapped
            ? string.Create(CultureInfo.InvariantCulture, $"{url[..(colon + 1)]}{mapped.HostPort}")
            : url;
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Node.Configuration;
using Fairway.Node.Pods;
using Fairway.Node.Runtimes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Node.Agents;

/// <summary>A start that came to nothing, with the reason that the container's status shows.</summary>
internal sealed class StartException(string reason, string message) : Exception(message)
{
    public string Reason => reason;
}

/// <summary>
/// Starts one attempt of a container: (1) volumes are filled, (2) the image is brought, (3) ports are assigned and written to the
/// pod and the environment is resolved, (4) the container is made and started, (5) its postStart hook runs.
/// </summary>
internal sealed class ContainerStarter(PodServices services)
{
    /// <exception cref="StartException">It did not come to a container.</exception>
    public async Task StartAsync(Pod pod, Container container, int attempt, CancellationToken cancellation)
    {
        await FillVolumesAsync(pod, cancellation);
        ImageOnNode image = await PullAsync(pod, container, cancellation);
        ContainerSpec spec = await SpecAsync(pod, container, attempt, image, cancellation);
        ContainerRecord started;
        try
        {
            await services.Runtime.CreateAsync(spec, cancellation);
            Tell(pod, container, "Normal", "Created", $"Created container: {container.Name}");
            started = await services.Runtime.StartAsync(spec.Identity, cancellation);
        }
        catch (ContainerException failed)
        {
            await DiscardAsync(spec.Identity, failed.Fault);
            Tell(pod, container, "Warning", "Failed", $"Error: {failed.Message}");
            throw Refused(failed, StartFailure.Create);
        }

        if (started.Reason == ContainerRecord.CannotRun)
        {
            Tell(pod, container, "Warning", "Failed", $"Error: {started.Message}");
            return;
        }

        Tell(pod, container, "Normal", "Started", $"Started container {container.Name}");
        await PostStartAsync(pod, container, spec.Identity, cancellation);
    }

    private async Task<ImageOnNode> PullAsync(Pod pod, Container container, CancellationToken cancellation)
    {
        string reference = container.Image ?? "";
        bool isThere = services.Images.Has(reference);
        if (container.ImagePullPolicy == "Never" && !isThere && !await services.Runtime.HasImageAsync(reference, cancellation))
        {
            string absent = $"Container image \"{reference}\" is not present with pull policy of Never";
            Tell(pod, container, "Warning", StartFailure.NeverPull, absent);
            throw new StartException(StartFailure.NeverPull, absent);
        }

        bool pulls = container.ImagePullPolicy == "Always" || (!isThere && !await services.Runtime.HasImageAsync(reference, cancellation));
        if (pulls)
        {
            Tell(pod, container, "Normal", "Pulling", $"Pulling image \"{reference}\"");
        }

        long since = services.Time.GetTimestamp();
        try
        {
            ImageOnNode image = await services.Runtime.PullAsync(reference, cancellation);
            services.Images.Add(image);
            string took = GoDuration.Format(TimeSpan.FromMilliseconds(Math.Round(services.Time.GetElapsedTime(since).TotalMilliseconds)));
            Tell(pod, container, "Normal", "Pulled", pulls
                ? string.Create(CultureInfo.InvariantCulture, $"Successfully pulled image \"{reference}\" in {took} ({took} including waiting). Image size: {image.SizeBytes} bytes.")
                : $"Container image \"{reference}\" already present on machine");
            return image;
        }
        catch (ContainerException failed) when (failed.Fault == ContainerFault.ImageNameInvalid)
        {
            string message = $"Failed to apply default image tag \"{reference}\": couldn't parse image name \"{reference}\": invalid reference format";
            Tell(pod, container, "Warning", "InspectFailed", message);
            Tell(pod, container, "Warning", "Failed", $"Error: {StartFailure.InvalidName}");
            throw new StartException(StartFailure.InvalidName, message);
        }
        catch (ContainerException failed)
        {
            Tell(pod, container, "Warning", "Failed", $"Failed to pull image \"{reference}\": {failed.Message}");
            Tell(pod, container, "Warning", "Failed", $"Error: {StartFailure.ImagePull}");
            throw Refused(failed, StartFailure.ImagePull);
        }
    }

    private async Task<ContainerSpec> SpecAsync(Pod pod, Container container, int attempt, ImageOnNode image, CancellationToken cancellation)
    {
        IReadOnlyDictionary<int, int> assigned = await AssignPortsAsync(pod, cancellation);
        PortMapping[] own =
        [
            .. PodPorts.Of(container, image.ExposedPorts, services.Runtime.SharesHostPorts)
                .Select(port => new PortMapping(port.Number, assigned[port.Number], port.Name)),
        ];
        try
        {
            Dictionary<string, string> environment = await services.Environment.ResolveAsync(
                pod, container, Given(pod, own, assigned), skipped => Tell(pod, container, "Warning", "InvalidEnvironmentVariableNames", skipped), cancellation);
            return new ContainerSpec
            {
                Identity = new ContainerIdentity(pod.Metadata.Uid!, container.Name, attempt),
                Namespace = pod.Metadata.Namespace ?? "",
                PodName = pod.Metadata.Name,
                Hostname = pod.Spec.Hostname ?? pod.Metadata.Name,
                Image = container.Image!,
                Command = container.Command?.Select(word => VariableExpansion.Expand(word, environment)).ToArray(),
                Args = container.Args?.Select(word => VariableExpansion.Expand(word, environment)).ToArray(),
                WorkingDirectory = container.WorkingDir,
                Environment = environment,
                Mounts = services.Volumes.Mounts(pod, container, environment),
                Ports = own,
                MemoryLimit = container.Resources?.Limits is { } limits && limits.TryGetValue("memory", out Quantity memory) ? memory.Value : null,
                CpuLimit = container.Resources?.Limits is { } most && most.TryGetValue("cpu", out Quantity processors) ? processors.MilliValue / 1000.0 : null,
                Security = ContainerSecurity.Of(pod.Spec.SecurityContext, container.SecurityContext),
                TerminationMessagePath = container.TerminationMessagePath ?? "/dev/termination-log",
                Annotations = pod.Metadata.Annotations ?? new Dictionary<string, string>(),
                Stdin = container.Stdin == true,
                StdinOnce = container.StdinOnce == true,
                Tty = container.Tty == true,
            };
        }
        catch (Exception failed) when (failed is ConfigurationException or StatusException)
        {
            Tell(pod, container, "Warning", "Failed", $"Error: {failed.Message}");
            throw new StartException(StartFailure.Config, failed.Message);
        }
    }

    private async Task FillVolumesAsync(Pod pod, CancellationToken cancellation)
    {
        try
        {
            await services.Volumes.FillAsync(pod, cancellation);
        }
        catch (Exception failed) when (failed is ConfigurationException or StatusException)
        {
            services.Events.Warning(pod, "FailedMount", failed.Message);
            throw new StartException(StartFailure.Mount, failed.Message);
        }
    }

    /// <summary>Ports for all containers of the pod whose ports are known, written to the pod before anything listens on them.</summary>
    private async Task<IReadOnlyDictionary<int, int>> AssignPortsAsync(Pod pod, CancellationToken cancellation)
    {
        bool shares = services.Runtime.SharesHostPorts;
        IEnumerable<int> wanted = pod.Spec.AllContainers()
            .SelectMany(container => PodPorts.Of(container, services.Images.Ports(container.Image), shares))
            .Select(port => port.Number)
            .Distinct();
        IReadOnlyDictionary<int, int> before = PodPorts.Read(pod);
        IReadOnlyDictionary<int, int> assigned = services.Ports.Assign(pod.Metadata.Uid!, wanted, before, HostPorts(pod));
        if (assigned.Count != before.Count || assigned.Any(pair => before.GetValueOrDefault(pair.Key) != pair.Value))
        {
            try
            {
                await services.Cluster.PatchAsync(
                    KindOf<Pod>.Type,
                    pod.Metadata.Namespace,
                    pod.Metadata.Name,
                    new PatchBody(PatchKind.Merge, new JsonObject
                    {
                        ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid, ["annotations"] = new JsonObject { [PodPorts.Annotation] = PodPorts.Write(assigned) } },
                    }),
                    WriteOptions.Default,
                    cancellation);
            }
            catch (StatusException refused)
            {
                throw new StartException(StartFailure.Config, $"ports cannot be written to the pod: {refused.Message}");
            }
        }

        return assigned;
    }

    private IEnumerable<KeyValuePair<string, string>> Given(Pod pod, IReadOnlyList<PortMapping> own, IReadOnlyDictionary<int, int> assigned)
    {
        var given = new Dictionary<string, string>();
        foreach ((string name, string value) in ServiceVariables.Of(pod, services.Services.List(pod.Metadata.Namespace).Concat(Master(pod)), services.Runtime.SharesHostPorts ? services.Options.Services : null))
        {
            given[name] = value;
        }

        bool shares = services.Runtime.SharesHostPorts;
        foreach (ContainerPort port in pod.Spec.Containers.SelectMany(container => container.Ports ?? []).Where(port => port.Name is { Length: > 0 }))
        {
            // Also of the pod's other containers: they share an address.
            given[Runtimes.Process.PortVariables.VariableName(port.Name!)] = Text(shares ? assigned.GetValueOrDefault(port.Number, port.Number) : port.Number);
        }

        if (own.Count > 0)
        {
            string first = Text(shares ? own[0].HostPort : own[0].ContainerPort);
            given["PORT"] = first;
            given["ASPNETCORE_HTTP_PORTS"] = first;
        }

        return given;
    }

    private static Dictionary<int, int> HostPorts(Pod pod)
    {
        var result = new Dictionary<int, int>();
        foreach (ContainerPort port in pod.Spec.AllContainers().SelectMany(container => container.Ports ?? []))
        {
            if (port.HostPort is > 0 and { } number && port.Protocol is null or "TCP")
            {
                result[port.Number] = port.HostPort!.Value;
            }
        }

        return result;
    }

    /// <summary>The API server's own service, for pods of other namespaces.</summary>
    private IEnumerable<Service> Master(Pod pod)
        => pod.Metadata.Namespace != "default" && services.Services.Get("default", "kubernetes") is { } master ? [master] : [];

    private async Task PostStartAsync(Pod pod, Container container, ContainerIdentity identity, CancellationToken cancellation)
    {
        if (container.Lifecycle?.PostStart is not { } hook)
        {
            return;
        }

        ProbeAnswer answer = await Hooks.RunAsync(services.Runtime, services.Time, container, identity, hook, cancellation);
        if (!answer.Healthy)
        {
            // What a hook printed may hold secrets: events say no more than this.
            Tell(pod, container, "Warning", "FailedPostStartHook", "PostStartHook failed");
            Tell(pod, container, "Normal", "Killing", "FailedPostStartHook");
            await services.Runtime.SignalAsync(identity, ContainerSignal.Kill, cancellation);
        }
    }

    private async Task DiscardAsync(ContainerIdentity identity, ContainerFault fault)
    {
        if (fault != ContainerFault.AlreadyExists)
        {
            await services.Runtime.RemoveAsync(identity, CancellationToken.None);
        }
    }

    private void Tell(Pod pod, Container container, string type, string reason, string message)
        => services.Events.Tell(pod, container.Name, type, reason, message);

    private static StartException Refused(ContainerException failed, string usual)
        => new(failed.Fault is ContainerFault.ImageMissing or ContainerFault.ImageRefused ? StartFailure.ImagePull : usual, failed.Message);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

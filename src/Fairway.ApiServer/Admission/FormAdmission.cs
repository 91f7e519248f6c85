using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>Requests for subresources whose form is not stored: evictions, bindings, tokens, exec and its like.</summary>
internal static class FormAdmission
{
    private static readonly ResourceType Pods = new() { Group = "", Version = "v1", Kind = "Pod", Plural = "pods", Namespaced = true };

    /// <summary>The creation of an Eviction or a Binding for a pod.</summary>
    public static AdmissionRequest OnPod(
        GroupVersionKind kind, string @namespace, string name, string subresource, JsonObject form, bool dryRun, AdmissionContext context)
        => Create(Pods, kind, @namespace, name, subresource, form, dryRun, context);

    /// <summary>The creation of a form for an object.</summary>
    public static AdmissionRequest Create(
        ResourceType type, GroupVersionKind kind, string @namespace, string name, string subresource, JsonObject form, bool dryRun, AdmissionContext context)
    {
        var options = new JsonObject { ["kind"] = "CreateOptions", ["apiVersion"] = "meta.k8s.io/v1" };
        if (dryRun)
        {
            options["dryRun"] = new JsonArray("All");
        }

        return new AdmissionRequest
        {
            Operation = AdmissionOperation.Create,
            Kind = kind,
            Resource = GroupVersionResource.Of(type),
            Subresource = subresource,
            Namespace = @namespace,
            Name = name,
            Context = context,
            Object = form,
            Options = options,
            DryRun = dryRun,
        };
    }

    /// <summary>A connection to a pod: exec, attach, port-forward.</summary>
    /// <param name="kind"><c>PodExecOptions</c>, <c>PodAttachOptions</c> or <c>PodPortForwardOptions</c>.</param>
    public static AdmissionRequest Connect(string kind, string @namespace, string name, string subresource, JsonObject options, AdmissionContext context)
    {
        options["kind"] = kind;
        options["apiVersion"] = "v1";
        return new AdmissionRequest
        {
            Operation = AdmissionOperation.Connect,
            Kind = new GroupVersionKind("", "v1", kind),
            Resource = GroupVersionResource.Of(Pods),
            Subresource = subresource,
            Namespace = @namespace,
            Name = name,
            Context = context,
            Object = options,
        };
    }
}

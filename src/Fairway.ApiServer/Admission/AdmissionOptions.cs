using System.Text.Json.Nodes;
using Fairway.Client;

namespace Fairway.ApiServer;

/// <summary>The options of a request as admission shows them: CreateOptions, UpdateOptions, DeleteOptions of meta.k8s.io/v1.</summary>
internal static class AdmissionOptions
{
    public static JsonObject Create(WriteParameters parameters) => Write("CreateOptions", parameters);

    public static JsonObject Update(WriteParameters parameters) => Write("UpdateOptions", parameters);

    public static JsonObject Delete(DeleteOptions options)
    {
        var made = new JsonObject { ["kind"] = "DeleteOptions", ["apiVersion"] = "meta.k8s.io/v1" };
        if (options.GracePeriodSeconds is { } grace)
        {
            made["gracePeriodSeconds"] = grace;
        }

        if (options.PreconditionUid is not null || options.PreconditionResourceVersion is not null)
        {
            var conditions = new JsonObject();
            Add(conditions, "uid", options.PreconditionUid);
            Add(conditions, "resourceVersion", options.PreconditionResourceVersion);
            made["preconditions"] = conditions;
        }

        Add(made, "propagationPolicy", options.PropagationPolicy);
        AddDryRun(made, options.DryRun);
        return made;
    }

    private static JsonObject Write(string kind, WriteParameters parameters)
    {
        var made = new JsonObject { ["kind"] = kind, ["apiVersion"] = "meta.k8s.io/v1" };
        AddDryRun(made, parameters.DryRun);
        Add(made, "fieldManager", parameters.FieldManager);
        Add(made, "fieldValidation", parameters.AskedValidation);
        return made;
    }

    private static void AddDryRun(JsonObject to, bool dryRun)
    {
        if (dryRun)
        {
            to["dryRun"] = new JsonArray("All");
        }
    }

    private static void Add(JsonObject to, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            to[name] = value;
        }
    }
}

using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.OpenApi;

/// <summary>Schemas of what is no kind: lists, their metadata, Status, DeleteOptions.</summary>
internal static class MetaSchemas
{
    public const string DeleteOptions = SchemaNames.Meta + ".DeleteOptions";

    public const string Status = SchemaNames.Meta + ".Status";

    public const string Patch = SchemaNames.Meta + ".Patch";

    private const string ListMeta = SchemaNames.Meta + ".ListMeta";

    /// <summary>Schemas without references, as JSON text by name.</summary>
    private static readonly (string Name, string Json)[] Plain =
    [
        (ListMeta, """
            {"description":"ListMeta is the metadata of lists.","type":"object","properties":{
              "continue":{"description":"Token of the next page.","type":"string"},
              "remainingItemCount":{"description":"How many items follow.","type":"integer","format":"int64"},
              "resourceVersion":{"description":"The version at which the list is consistent.","type":"string"},
              "selfLink":{"description":"Not used.","type":"string"}}}
            """),
        (Patch, """{"description":"Patch is the body of a PATCH request.","type":"object"}"""),
        (DeleteOptions, """
            {"description":"DeleteOptions says how to delete.","type":"object","properties":{
              "apiVersion":{"type":"string"},"kind":{"type":"string"},
              "dryRun":{"description":"All, to change nothing.","type":"array","items":{"type":"string"}},
              "gracePeriodSeconds":{"description":"Seconds before the object goes; zero at once.","type":"integer","format":"int64"},
              "orphanDependents":{"description":"Deprecated: use propagationPolicy.","type":"boolean"},
              "preconditions":{"description":"What must hold.","type":"object","properties":{"resourceVersion":{"type":"string"},"uid":{"type":"string"}}},
              "propagationPolicy":{"description":"Orphan, Background or Foreground.","type":"string"}}}
            """),
        (Status, """
            {"description":"Status is the outcome of a call that returns no other object.","type":"object","properties":{
              "apiVersion":{"type":"string"},"kind":{"type":"string"},
              "metadata":{"type":"object"},
              "status":{"description":"Success or Failure.","type":"string"},
              "message":{"description":"A sentence for people.","type":"string"},
              "reason":{"description":"A word for machines.","type":"string"},
              "code":{"description":"The HTTP status code.","type":"integer","format":"int32"},
              "details":{"type":"object","properties":{"name":{"type":"string"},"group":{"type":"string"},"kind":{"type":"string"},"uid":{"type":"string"},
                "retryAfterSeconds":{"type":"integer","format":"int32"},
                "causes":{"type":"array","items":{"type":"object","properties":{"reason":{"type":"string"},"message":{"type":"string"},"field":{"type":"string"}}}}}}}}
            """),
    ];

    public static void AddTo(SchemaWriter schemas)
    {
        foreach ((string name, string json) in Plain)
        {
            schemas.Components[name] = JsonNode.Parse(json)!.AsObject();
        }
    }

    public static JsonObject List(SchemaWriter schemas, KindDefinition kind, string item) => new()
    {
        ["description"] = $"{kind.ListKind} is a list of {kind.Type.Kind}",
        ["type"] = "object",
        ["required"] = new JsonArray("items"),
        ["properties"] = new JsonObject
        {
            ["apiVersion"] = new JsonObject { ["type"] = "string" },
            ["items"] = new JsonObject { ["type"] = "array", ["items"] = schemas.Reference(item) },
            ["kind"] = new JsonObject { ["type"] = "string" },
            ["metadata"] = schemas.Reference(ListMeta),
        },
        ["x-kubernetes-group-version-kind"] = OperationWriter.Identities(kind.Type.Group, kind.Type.Version, kind.ListKind),
    };
}

using System.Text.Json.Nodes;

namespace Fairway.Testing;

/// <summary>Which part of an object a write may change.</summary>
internal static class Subresources
{
    /// <summary>The object after a write to it or to one of its subresources.</summary>
    public static JsonObject Merge(JsonObject before, JsonObject body, string? subresource, bool hasStatus)
    {
        switch (subresource)
        {
            case "status":
                return With(before, "status", body["status"]);
            case "finalize":
                return With(before, "spec", body["spec"]);
            case "scale":
                JsonObject scaled = before.DeepClone().AsObject();
                scaled["spec"]!["replicas"] = body["spec"]?["replicas"]?.DeepClone();
                return Counted(before, scaled);
            default:
                JsonObject after = body.DeepClone().AsObject();
                JsonObject metadata = after["metadata"]!.AsObject();
                foreach (string fixedByServer in (string[])["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "name", "namespace"])
                {
                    metadata[fixedByServer] = before["metadata"]![fixedByServer]?.DeepClone();
                    if (metadata[fixedByServer] is null)
                    {
                        metadata.Remove(fixedByServer);
                    }
                }

                return Counted(before, hasStatus ? With(after, "status", before["status"]) : after);
        }
    }

    private static JsonObject With(JsonObject target, string member, JsonNode? value)
    {
        JsonObject copy = target.DeepClone().AsObject();
        copy.Remove(member);
        if (value is not null)
        {
            copy[member] = value.DeepClone();
        }

        return copy;
    }

    private static JsonObject Counted(JsonObject before, JsonObject after)
    {
        if (!JsonNode.DeepEquals(before["spec"], after["spec"]))
        {
            after["metadata"]!["generation"] = ((long?)before["metadata"]!["generation"] ?? 0) + 1;
        }

        return after;
    }
}

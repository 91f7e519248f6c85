using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>The Status that answers what succeeded and left no object.</summary>
internal static class SuccessStatus
{
    public static Document Of(ResourceType type, Document gone)
    {
        var details = new JsonObject { ["name"] = gone.Header.Name };
        if (type.Group.Length > 0)
        {
            details["group"] = type.Group;
        }

        details["kind"] = type.Plural;
        details["uid"] = gone.Header.Uid;
        return Make(200, details);
    }

    public static Document Created() => Make(201, null);

    private static Document Make(int code, JsonObject? details)
    {
        var status = new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success" };
        if (details is not null)
        {
            status["details"] = details;
        }
        else
        {
            status["code"] = code;
        }

        return Document.From(status);
    }
}

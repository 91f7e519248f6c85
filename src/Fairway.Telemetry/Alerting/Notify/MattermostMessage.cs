using System.Text.Json.Nodes;
using static Fairway.Telemetry.Alerting.Config.ClientShapes;

namespace Fairway.Telemetry.Alerting;

/// <summary>A message for a Mattermost room: one attachment made of the settings, or those that they list.</summary>
internal static class MattermostMessage
{
    private const int MostText = 16383;
    private static readonly string[] Before = ["fallback", "color", "pretext", "text", "author_name", "author_link", "author_icon", "title", "title_link"];
    private static readonly string[] After = ["thumb_url", "footer", "footer_icon", "image_url"];

    public static JsonObject Of(Telling telling)
    {
        JsonObject settings = telling.Settings;
        JsonObject[] listed = [.. (settings["attachments"] as JsonArray ?? []).OfType<JsonObject>()];
        var body = new JsonObject();
        if (listed.Length > 0)
        {
            ChatMessages.Some(body, "text", Telling.Cut(telling.Text("text"), MostText));
        }

        foreach (string field in (string[])["channel", "username", "icon_url", "icon_emoji", "type"])
        {
            ChatMessages.Some(body, field, telling.Text(field));
        }

        body["attachments"] = new JsonArray([.. (listed.Length > 0 ? listed : [settings]).Select(one => (JsonNode)Attachment(telling, one))]);
        if (settings["props"] is JsonObject props && Has(props, "card"))
        {
            body["props"] = new JsonObject { ["card"] = telling.Expand(props["card"]) };
        }

        if (settings["priority"] is JsonObject priority && Has(priority, "priority"))
        {
            body["priority"] = Priority(telling, priority);
        }

        return body;
    }

    private static JsonObject Attachment(Telling telling, JsonObject settings)
    {
        var attachment = new JsonObject();
        foreach (string field in Before)
        {
            ChatMessages.Some(attachment, field, telling.Expand(settings[field]));
        }

        if (settings["fields"] is JsonArray { Count: > 0 } fields)
        {
            attachment["fields"] = new JsonArray([.. fields.OfType<JsonObject>().Select(field => (JsonNode)Field(telling, field))]);
        }

        foreach (string field in After)
        {
            ChatMessages.Some(attachment, field, telling.Expand(settings[field]));
        }

        return attachment;
    }

    private static JsonObject Field(Telling telling, JsonObject field)
    {
        var shown = new JsonObject();
        ChatMessages.Some(shown, "title", telling.Expand(field["title"]));
        ChatMessages.Some(shown, "value", telling.Expand(field["value"]));
        if (field["short"] is { } isShort)
        {
            shown["short"] = isShort.DeepClone();
        }

        return shown;
    }

    // Only what is important may ask to be acknowledged, and only what is urgent may insist.
    private static JsonObject Priority(Telling telling, JsonObject priority)
    {
        string name = telling.Expand(priority["priority"]).ToLowerInvariant();
        name = name is "urgent" or "important" ? name : "standard";
        var shown = new JsonObject { ["priority"] = name };
        if (Config.ClientShapes.Of(priority, "requested_ack") == "true" && name != "standard")
        {
            shown["requested_ack"] = true;
        }

        if (Config.ClientShapes.Of(priority, "persistent_notifications") == "true" && name == "urgent")
        {
            shown["persistent_notifications"] = true;
        }

        return shown;
    }
}

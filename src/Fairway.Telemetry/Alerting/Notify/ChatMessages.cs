using System.Globalization;
using System.Text.Json.Nodes;
using static Fairway.Telemetry.Alerting.Config.ClientShapes;

namespace Fairway.Telemetry.Alerting;

/// <summary>Messages for rooms: Slack, Mattermost, Rocket.Chat, Teams, Discord, Webex, Telegram.</summary>
internal static class ChatMessages
{
    private const int Red = 10038562;
    private const int Green = 3066993;

    public static JsonObject Slack(Telling telling)
    {
        List<string> markdown = AlertConfigReader.Texts(telling.Settings["mrkdwn_in"]);
        var attachment = new JsonObject();
        Some(attachment, "title", Telling.Cut(telling.Text("title"), 1024));
        Some(attachment, "title_link", telling.Text("title_link"));
        Some(attachment, "pretext", telling.Text("pretext"));
        attachment["text"] = telling.Text("text");
        attachment["fallback"] = telling.Text("fallback");
        attachment["callback_id"] = telling.Text("callback_id");
        Fields(attachment, telling);
        if (telling.Settings["actions"] is JsonArray { Count: > 0 } actions)
        {
            attachment["actions"] = new JsonArray([.. actions.OfType<JsonObject>().Select(action => (JsonNode)Action(telling, action))]);
        }

        Some(attachment, "image_url", telling.Text("image_url"));
        Some(attachment, "thumb_url", telling.Text("thumb_url"));
        attachment["footer"] = telling.Text("footer");
        Some(attachment, "color", telling.Text("color"));
        attachment["mrkdwn_in"] = new JsonArray([.. (markdown.Count > 0 ? markdown : ["fallback", "pretext", "text"]).Select(field => (JsonNode)field)]);
        var body = new JsonObject();
        foreach (string field in (string[])["channel", "username", "icon_emoji", "icon_url"])
        {
            Some(body, field, telling.Text(field));
        }

        if (telling.Flag("link_names"))
        {
            body["link_names"] = true;
        }

        Some(body, "text", telling.Text("message_text"));
        body["attachments"] = new JsonArray(attachment);
        return body;
    }

    public static JsonObject RocketChat(Telling telling)
    {
        var attachment = new JsonObject();
        foreach ((string name, string field) in ((string, string)[])[("title", "title"), ("title_link", "title_link"), ("text", "text"), ("image_url", "image_url"), ("thumb_url", "thumb_url"), ("color", "color")])
        {
            Some(attachment, name, field == "title" ? Telling.Cut(telling.Text(field), 1024) : telling.Text(field));
        }

        Fields(attachment, telling);
        if (telling.Settings["actions"] is JsonArray { Count: > 0 } actions)
        {
            attachment["actions"] = new JsonArray([.. actions.OfType<JsonObject>().Select(action => (JsonNode)Button(telling, action))]);
        }

        var body = new JsonObject();
        Some(body, "channel", telling.Text("channel"));
        Some(body, "emoji", telling.Text("emoji"));
        Some(body, "avatar", telling.Text("icon_url"));
        body["attachments"] = new JsonArray(attachment);
        return body;
    }

    public static JsonObject Discord(Telling telling)
    {
        var body = new JsonObject
        {
            ["content"] = Telling.Cut(telling.Text("content"), 2000),
            ["embeds"] = new JsonArray(new JsonObject
            {
                ["title"] = Telling.Cut(telling.Text("title"), 256),
                ["description"] = Telling.Cut(telling.Text("message"), 4096),
                ["color"] = telling.Notification.IsFiring ? Red : Green,
            }),
        };
        Some(body, "username", Of(telling.Settings, "username"));
        Some(body, "avatar_url", Of(telling.Settings, "avatar_url"));
        return body;
    }

    public static JsonObject Teams(Telling telling) => new()
    {
        ["@context"] = "http://schema.org/extensions",
        ["type"] = "MessageCard",
        ["title"] = telling.Text("title"),
        ["summary"] = telling.Text("summary"),
        ["text"] = telling.Text("text"),
        ["themeColor"] = telling.Notification.IsFiring ? "8C1A1A" : "2DC72D",
    };

    public static JsonObject TeamsCard(Telling telling) => new()
    {
        ["type"] = "message",
        ["attachments"] = new JsonArray(new JsonObject
        {
            ["contentType"] = "application/vnd.microsoft.card.adaptive",
            ["contentUrl"] = null,
            ["content"] = new JsonObject
            {
                ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
                ["type"] = "AdaptiveCard",
                ["version"] = "1.2",
                ["body"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "TextBlock",
                        ["text"] = telling.Text("title"),
                        ["weight"] = "Bolder",
                        ["size"] = "Medium",
                        ["wrap"] = true,
                        ["style"] = "heading",
                        ["color"] = telling.Notification.IsFiring ? "Attention" : "Good",
                    },
                    new JsonObject { ["type"] = "TextBlock", ["text"] = telling.Text("text"), ["wrap"] = true }),
                ["msteams"] = new JsonObject { ["width"] = "full" },
            },
        }),
    };

    public static JsonObject Webex(Telling telling)
    {
        var body = new JsonObject { ["markdown"] = Telling.CutBytes(telling.Text("message"), 7439) };
        Some(body, "roomId", telling.Text("room_id"));
        return body;
    }

    public static JsonObject WeChat(Telling telling)
    {
        string type = Of(telling.Settings, "message_type") is "markdown" ? "markdown" : "text";
        string text = telling.Text("message");
        var body = new JsonObject { ["text"] = new JsonObject { ["content"] = type == "text" ? text : string.Empty } };
        foreach ((string name, string field) in ((string, string)[])[("touser", "to_user"), ("toparty", "to_party"), ("totag", "to_tag"), ("agentid", "agent_id")])
        {
            Some(body, name, telling.Text(field));
        }

        body["safe"] = "0";
        body["msgtype"] = type;
        body["markdown"] = new JsonObject { ["content"] = type == "markdown" ? text : string.Empty };
        return body;
    }

    public static JsonObject Telegram(Telling telling)
    {
        string mode = Of(telling.Settings, "parse_mode");
        string text = mode == "HTML" ? telling.Html("message") : telling.Text("message");
        if (mode == "HTML" && text.Length > 4096)
        {
            text = "Alertmanager notification could not be sent: message length exceeds Telegram limits.\n\t\t\tPlease check the template used for producing the message content.";
        }

        var body = new JsonObject { ["chat_id"] = telling.Secret("chat_id"), ["text"] = Telling.Cut(text, 4096) };
        Some(body, "parse_mode", mode);
        body["disable_web_page_preview"] = "true";
        if (telling.Flag("disable_notifications"))
        {
            body["disable_notification"] = "true";
        }

        Some(body, "message_thread_id", Of(telling.Settings, "message_thread_id") is "0" ? string.Empty : Of(telling.Settings, "message_thread_id"));
        return body;
    }

    public static void Some(JsonObject body, string field, string text)
    {
        if (text.Length > 0)
        {
            body[field] = text;
        }
    }

    public static void Fields(JsonObject attachment, Telling telling)
    {
        if (telling.Settings["fields"] is JsonArray { Count: > 0 } fields)
        {
            attachment["fields"] = new JsonArray([.. fields.OfType<JsonObject>().Select(field => (JsonNode)new JsonObject
            {
                ["title"] = telling.Expand(field["title"]),
                ["value"] = telling.Expand(field["value"]),
                ["short"] = field["short"] is { } own ? own.GetValue<bool>() : telling.Flag("short_fields"),
            })]);
        }
    }

    private static JsonObject Button(Telling telling, JsonObject action)
    {
        var shown = new JsonObject { ["type"] = "button" };
        Some(shown, "text", telling.Expand(action["text"]));
        Some(shown, "url", telling.Expand(action["url"]));
        shown["is_webview"] = false;
        Some(shown, "msg", telling.Expand(action["msg"]));
        shown["msg_in_chat_window"] = false;
        return shown;
    }

    private static JsonObject Action(Telling telling, JsonObject action)
    {
        var shown = new JsonObject();
        foreach (string field in (string[])["type", "text", "url", "style", "name", "value"])
        {
            Some(shown, field, telling.Expand(action[field]));
        }

        if (action["confirm"] is JsonObject confirm)
        {
            var asked = new JsonObject();
            foreach (string field in (string[])["text", "title", "ok_text", "dismiss_text"])
            {
                Some(asked, field, telling.Expand(confirm[field]));
            }

            shown["confirm"] = asked;
        }

        return shown;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.PromQL;

namespace Fairway.Telemetry.Alerting;

/// <summary>What somebody answered to a message that was taken.</summary>
internal sealed record HttpAnswer(string Text, string ContentType);

/// <summary>Services that say no with the status 200, and how they say it.</summary>
internal static class Verdicts
{
    public static void Slack(HttpAnswer answer)
    {
        if (!answer.ContentType.StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
        {
            Refuse(answer.Text == "ok", $"received an error response from Slack: {Telling.Cut(answer.Text, 512)}");
            return;
        }

        JsonObject said = Object(answer);
        Refuse(IsTrue(said["ok"]), $"error response from Slack: {AlertConfigReader.Text(said["error"])}");
    }

    public static void RocketChat(HttpAnswer answer)
    {
        JsonObject said = Object(answer);
        Refuse(IsTrue(said["success"]), $"error response from Rocketchat: {AlertConfigReader.Text(said["error"])}");
    }

    public static void Telegram(HttpAnswer answer)
    {
        JsonObject said = Object(answer);
        Refuse(IsTrue(said["ok"]), $"telegram: {AlertConfigReader.Text(said["description"])}");
    }

    public static void WeChat(HttpAnswer answer)
    {
        JsonObject said = Object(answer);
        string code = AlertConfigReader.Text(said["errcode"]);

        // 42001: the token has expired meanwhile.
        if (code is not ("0" or ""))
        {
            throw new NotifyException(AlertConfigReader.Text(said["errmsg"]), mayRetry: code == "42001");
        }
    }

    /// <exception cref="NotifyException">It is no object of JSON.</exception>
    public static JsonObject Object(HttpAnswer answer)
    {
        try
        {
            return JsonNode.Parse(answer.Text) as JsonObject ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new NotifyException($"could not unmarshal JSON response {GoText.Quote(Telling.Cut(answer.Text, 512))}", mayRetry: true);
        }
    }

    private static bool IsTrue(JsonNode? node) => node?.GetValueKind() == JsonValueKind.True;

    private static void Refuse(bool isTaken, string reason)
    {
        if (!isTaken)
        {
            throw new NotifyException(reason, mayRetry: false);
        }
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Fields;
using Fairway.Resources.Labels;

namespace Fairway.ApiServer;

/// <summary>meta/v1 ListOptions, checked: how a list or watch is narrowed, paged and placed in time.</summary>
internal sealed record ListQuery
{
    public LabelSelector Labels { get; init; } = LabelSelector.Everything;

    public FieldSelector Fields { get; init; } = FieldSelector.Everything;

    public int? Limit { get; init; }

    public ContinueToken? Continue { get; init; }

    /// <summary>null or empty: the latest. 0: whatever is at hand, which here is the latest too.</summary>
    public long? Revision { get; init; }

    /// <summary><c>Exact</c>, <c>NotOlderThan</c> or null.</summary>
    public string? Match { get; init; }

    public bool AllowBookmarks { get; init; }

    public bool SendInitialEvents { get; init; }

    public TimeSpan? Timeout { get; init; }

    public bool IsNarrowed => !Labels.IsEverything || !Fields.IsEverything;

    public bool Selects(Document document) => Labels.Matches(document) && Fields.Matches(document);

    /// <summary>Reads the parameters of a query.</summary>
    /// <exception cref="StatusException">400 or 422, naming the parameter.</exception>
    public static ListQuery Parse(Func<string, string?> parameter, KindDefinition kind, bool isWatch)
    {
        string? version = parameter("resourceVersion");
        string? match = parameter("resourceVersionMatch");
        string? token = parameter("continue");
        var query = new ListQuery
        {
            Labels = LabelSelector.Parse(parameter("labelSelector")),
            Fields = FieldSelector.Parse(parameter("fieldSelector"), kind),
            Limit = Number(parameter("limit"), "limit") is { } limit and > 0 ? (int)Math.Min(limit, int.MaxValue) : null,
            Continue = string.IsNullOrEmpty(token) ? null : ContinueToken.Parse(token),
            Revision = Version(version),
            Match = string.IsNullOrEmpty(match) ? null : match,
            AllowBookmarks = Flag(parameter("allowWatchBookmarks")),
            SendInitialEvents = Flag(parameter("sendInitialEvents")),
            Timeout = Number(parameter("timeoutSeconds"), "timeoutSeconds") is { } seconds and > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, 86400)) : null,
        };
        query.Check(isWatch, version, parameter("sendInitialEvents") is not null);
        return query;
    }

    public static bool Flag(string? value) => value is "true" or "1" or "True" or "TRUE" or "t" or "T";

    public static ListQuery Of(ListOptions options, KindDefinition kind) => new()
    {
        Labels = LabelSelector.Parse(options.LabelSelector),
        Fields = FieldSelector.Parse(options.FieldSelector, kind),
        Limit = options.Limit is > 0 ? options.Limit : null,
        Continue = string.IsNullOrEmpty(options.Continue) ? null : ContinueToken.Parse(options.Continue),
    };

    public static ListQuery Of(WatchOptions options, KindDefinition kind) => new()
    {
        Labels = LabelSelector.Parse(options.LabelSelector),
        Fields = FieldSelector.Parse(options.FieldSelector, kind),
        Revision = Version(options.ResourceVersion),
        AllowBookmarks = options.AllowBookmarks,
    };

    private static long? Version(string? text)
        => string.IsNullOrEmpty(text) ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long revision) ? revision
            : throw new StatusException(400, "BadRequest", $"resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");

    private static long? Number(string? text, string parameter)
        => string.IsNullOrEmpty(text) ? null
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number
            : throw StatusException.BadRequest($"{parameter}: Invalid value: \"{text}\": expected a whole number");

    private void Check(bool isWatch, string? version, bool asksForInitialEvents)
    {
        string? problem = this switch
        {
            { Match: not (null or "Exact" or "NotOlderThan") } => $"resourceVersionMatch: Unsupported value: \"{Match}\": supported values: \"Exact\", \"NotOlderThan\", \"\"",
            { Match: not null } when isWatch && !asksForInitialEvents => "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            { Match: not "NotOlderThan" } when isWatch && asksForInitialEvents => "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            { Match: not null } when !isWatch && string.IsNullOrEmpty(version) => "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
            { Match: "Exact", Revision: 0 } => "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
            { Match: not null, Continue: not null } => "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided",
            _ when !isWatch && asksForInitialEvents => "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list",
            _ => null,
        };
        if (problem is not null)
        {
            throw new StatusException(422, "Invalid", $"ListOptions.meta.k8s.io \"\" is invalid: {problem}");
        }

        if (Continue is not null && Revision > 0)
        {
            throw StatusException.BadRequest("specifying resource version is not allowed when using continue");
        }
    }
}

/// <summary>Where the next page begins: after a key, in the state of a revision.</summary>
internal sealed record ContinueToken(long Revision, ObjectKey After)
{
    public override string ToString()
        => Convert.ToBase64String(Document.From(new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = Revision, ["ns"] = After.Namespace, ["start"] = After.Name }).Json.Span)
            .TrimEnd('=').Replace('+', '-').Replace('/', '_');

    public static ContinueToken Parse(string text)
    {
        try
        {
            string base64 = text.Replace('-', '+').Replace('_', '/');
            byte[] json = Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='));
            JsonNode token = JsonNode.Parse(json)!;
            return new ContinueToken((long)token["rv"]!, new ObjectKey((string?)token["ns"] ?? "", (string)token["start"]!));
        }
        catch (Exception broken) when (broken is FormatException or JsonException or InvalidOperationException or NullReferenceException or ArgumentNullException)
        {
            throw StatusException.BadRequest("invalid continue token: continue key is not valid");
        }
    }
}

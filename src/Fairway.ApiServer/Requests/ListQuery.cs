using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Fields;
using Fairway.Resources.Labels;
using Fairway.Resources.Schemas;

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
            Limit = MetaOptions.Number(parameter("limit")) is { } limit and > 0 ? (int)Math.Min(limit, int.MaxValue) : null,
            Continue = string.IsNullOrEmpty(token) ? null : ContinueToken.Parse(token),
            Revision = Version(version),
            Match = string.IsNullOrEmpty(match) ? null : match,
            AllowBookmarks = Flag(parameter("allowWatchBookmarks")),
            SendInitialEvents = Flag(parameter("sendInitialEvents")),
            Timeout = MetaOptions.Number(parameter("timeoutSeconds")) is { } seconds and > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, 86400)) : null,
        };
        query.Check(isWatch, version, parameter("sendInitialEvents") is not null);
        return query;
    }

    /// <inheritdoc cref="MetaOptions.Flag"/>
    public static bool Flag(string? value) => MetaOptions.Flag(value);

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

    /// <summary>Reads a resourceVersion; null and empty are none.</summary>
    /// <exception cref="StatusException">400.</exception>
    public static long? Version(string? text)
        => string.IsNullOrEmpty(text) ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long revision) ? revision
            : throw StatusException.BadRequest($"resourceVersion: Invalid value: {KubeJson.Quote(text)}: strconv.ParseUint: parsing {KubeJson.Quote(text)}: invalid syntax");

    private void Check(bool isWatch, string? version, bool asksForInitialEvents)
    {
        var errors = new FieldErrors();
        if (isWatch)
        {
            CheckWatch(asksForInitialEvents, errors);
        }
        else
        {
            CheckList(version, asksForInitialEvents, errors);
        }

        MetaOptions.Refuse(errors);
        if (Continue is not null && Revision > 0)
        {
            throw StatusException.BadRequest("specifying resource version is not allowed when using continue");
        }
    }

    private void CheckList(string? version, bool asksForInitialEvents, FieldErrors errors)
    {
        if (Match is not null)
        {
            if (string.IsNullOrEmpty(version))
            {
                errors.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
            }

            if (Continue is not null)
            {
                errors.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
            }

            if (Match is not ("Exact" or "NotOlderThan"))
            {
                errors.NotSupportedInOrder("resourceVersionMatch", Match, ["Exact", "NotOlderThan", ""]);
            }

            if (Match == "Exact" && version == "0")
            {
                errors.Forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
            }
        }

        if (asksForInitialEvents)
        {
            errors.Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
        }
    }

    private void CheckWatch(bool asksForInitialEvents, FieldErrors errors)
    {
        if (asksForInitialEvents && Match != "NotOlderThan")
        {
            errors.Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        }

        if (Match is null)
        {
            return;
        }

        if (!asksForInitialEvents)
        {
            errors.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        }

        if (Match != "NotOlderThan")
        {
            errors.NotSupportedInOrder("resourceVersionMatch", Match, ["NotOlderThan"]);
        }

        if (Continue is not null)
        {
            errors.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
        }
    }
}

/// <summary>Where the next page begins: after a key, in the state of a revision.</summary>
internal sealed record ContinueToken(long Revision, ObjectKey After)
{
    /// <summary>Stands for the state of now: the list goes on without being consistent.</summary>
    public const long Latest = -1;

    private const string Version = "meta.k8s.io/v1";

    public override string ToString()
        => Convert.ToBase64String(Document.From(new JsonObject { ["v"] = Version, ["rv"] = Revision, ["start"] = Start }).Json.Span)
            .TrimEnd('=').Replace('+', '-').Replace('/', '_');

    // As etcd's keys are: the namespace and the name, and the character after which the next key begins.
    private string Start => (After.Namespace.Length == 0 ? After.Name : $"{After.Namespace}/{After.Name}") + "\0";

    /// <exception cref="StatusException">400: not one of ours.</exception>
    public static ContinueToken Parse(string text)
    {
        JsonNode? token = Decode(text);
        if (token.Text("v") != Version)
        {
            throw Refuse($": server does not recognize this encoded version {token.Text("v")}");
        }

        if (token.Long("rv") is not { } revision || revision == 0 || revision < Latest)
        {
            throw Refuse(": incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
        }

        string start = (token.Text("start") ?? "").TrimEnd('\0');
        if (start.Length == 0)
        {
            throw Refuse(": encoded start key empty (version meta.k8s.io/v1)");
        }

        string[] parts = start.Split('/');
        return parts.Length > 2 || parts.Any(part => part is "" or "." or "..")
            ? throw Refuse($": {token.Text("start")}")
            : new ContinueToken(revision, parts is [var @namespace, var name] ? new ObjectKey(@namespace, name) : new ObjectKey("", parts[0]));
    }

    private static JsonNode? Decode(string text)
    {
        try
        {
            string base64 = text.Replace('-', '+').Replace('_', '/');
            return JsonNode.Parse(Convert.FromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '=')));
        }
        catch (Exception broken) when (broken is FormatException or JsonException or ArgumentException)
        {
            throw Refuse($": {(broken is FormatException ? "illegal base64 data" : "invalid character")} at input byte 0");
        }
    }

    private static StatusException Refuse(string why) => StatusException.BadRequest($"invalid continue token: continue key is not valid{why}");
}

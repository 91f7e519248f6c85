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

    /// <summary>null: the latest. 0: whatever is at hand, which here is the latest too. Meaningless while there is a <see cref="Problem"/>.</summary>
    public long? Revision { get; init; }

    /// <summary>Why the resourceVersion is none; null when it is well. Who reads at a revision says so.</summary>
    public string? Problem { get; init; }

    /// <summary><c>Exact</c>, <c>NotOlderThan</c> or null.</summary>
    public string? Match { get; init; }

    public bool AllowBookmarks { get; init; }

    /// <summary>Of a watch: whether it begins with the objects that there are. Without a resourceVersion it does unless it is told not to.</summary>
    public bool SendInitialEvents { get; init; }

    public TimeSpan? Timeout { get; init; }

    public bool IsNarrowed => !Labels.IsEverything || !Fields.IsEverything;

    public bool Selects(Document document) => Labels.Matches(document) && Fields.Matches(document);

    /// <summary>Reads the parameters of a query.</summary>
    /// <exception cref="StatusException">400 or 422, naming the parameter.</exception>
    public static ListQuery Parse(Func<string, string?> parameter, KindDefinition kind, bool isWatch)
    {
        string version = parameter("resourceVersion") ?? "";
        string match = parameter("resourceVersionMatch") ?? "";
        string token = parameter("continue") ?? "";
        long? timeout = Number(parameter("timeoutSeconds"));
        long? limit = Number(parameter("limit"));
        LabelSelector labels = LabelSelector.Parse(parameter("labelSelector"));
        FieldSelector fields = FieldSelector.Parse(parameter("fieldSelector"));
        bool? initial = parameter("sendInitialEvents") is { } asked ? Flag(asked) : null;
        bool begins = isWatch && initial is null && match.Length == 0 && (version is "" or "0"); // with what there is, as if it had been asked for
        Check(isWatch, version, begins ? "NotOlderThan" : match, token.Length > 0, initial is not null || begins);
        bool isVersion = ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out ulong revision);
        return new ListQuery
        {
            Labels = labels,
            Fields = FieldSelector.Checked(fields, kind),
            Limit = limit > 0 && !(version == "0" && token.Length == 0) ? (int)Math.Min(limit.Value, int.MaxValue) : null,
            Continue = token.Length == 0 || isWatch ? null : Continued(token, version, kind),
            Revision = isVersion ? (long)Math.Min(revision, long.MaxValue) : null,
            Problem = isVersion || version.Length == 0 ? null : ProblemOf(version),
            Match = match.Length == 0 ? null : match,
            AllowBookmarks = Flag(parameter("allowWatchBookmarks")),
            SendInitialEvents = initial ?? begins,
            Timeout = timeout is > 0 or < 0 ? TimeSpan.FromSeconds(Math.Clamp(timeout.Value, 0, 86400)) : null,
        };
    }

    /// <summary>Refuses a resourceVersion that is none.</summary>
    /// <exception cref="StatusException">400 where the log is asked for a revision; else 500, as who keeps a cache of it says.</exception>
    public void RequireRevision(bool isOfLog)
    {
        if (Problem is { } why)
        {
            throw isOfLog ? StatusException.BadRequest($"invalid resource version: {why}") : Refusals.Failure(500, why);
        }
    }

    private static ContinueToken Continued(string token, string version, KindDefinition kind)
    {
        ContinueToken parsed = ContinueToken.Parse(token, kind.Type.Namespaced);
        return version is "" or "0" ? parsed : throw StatusException.BadRequest("specifying resource version is not allowed when using continue");
    }

    // A parameter without a value is no number either.
    private static long? Number(string? text)
        => text is "" ? throw StatusException.BadRequest("strconv.ParseInt: parsing \"\": invalid syntax") : MetaOptions.Number(text);

    /// <inheritdoc cref="MetaOptions.Flag"/>
    public static bool Flag(string? value) => MetaOptions.Flag(value);

    public static ListQuery Of(ListOptions options, KindDefinition kind) => new()
    {
        Labels = LabelSelector.Parse(options.LabelSelector),
        Fields = FieldSelector.Parse(options.FieldSelector, kind),
        Limit = options.Limit is > 0 ? options.Limit : null,
        Continue = string.IsNullOrEmpty(options.Continue) ? null : ContinueToken.Parse(options.Continue, kind.Type.Namespaced),
    };

    public static ListQuery Of(WatchOptions options, KindDefinition kind) => new()
    {
        Labels = LabelSelector.Parse(options.LabelSelector),
        Fields = FieldSelector.Parse(options.FieldSelector, kind),
        Revision = Version(options.ResourceVersion),
        SendInitialEvents = options.ResourceVersion is null or "" or "0",
        AllowBookmarks = options.AllowBookmarks,
    };

    /// <summary>Reads the resourceVersion of a get; null and empty are none.</summary>
    /// <exception cref="StatusException">500, as kube-apiserver has it.</exception>
    public static long? Version(string? text)
        => string.IsNullOrEmpty(text) ? null
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong revision) ? (long)Math.Min(revision, long.MaxValue)
            : throw Refusals.Failure(500, ProblemOf(text));

    private static string ProblemOf(string version)
        => $"resourceVersion: Invalid value: {KubeJson.Quote(version)}: strconv.ParseUint: parsing {KubeJson.Quote(version)}: {(version.All(char.IsAsciiDigit) ? "value out of range" : "invalid syntax")}";

    private static void Check(bool isWatch, string version, string match, bool hasContinue, bool asksForInitialEvents)
    {
        var errors = new FieldErrors();
        if (isWatch)
        {
            CheckWatch(match, hasContinue, asksForInitialEvents, errors);
        }
        else
        {
            CheckList(version, match, hasContinue, asksForInitialEvents, errors);
        }

        MetaOptions.Refuse(errors);
    }

    private static void CheckList(string version, string match, bool hasContinue, bool asksForInitialEvents, FieldErrors errors)
    {
        if (match.Length > 0)
        {
            if (version.Length == 0)
            {
                errors.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided");
            }

            if (hasContinue)
            {
                errors.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
            }

            if (match is not ("Exact" or "NotOlderThan"))
            {
                errors.NotSupportedInOrder("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]);
            }

            if (match == "Exact" && version == "0")
            {
                errors.Forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
            }
        }

        if (asksForInitialEvents)
        {
            errors.Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
        }
    }

    private static void CheckWatch(string match, bool hasContinue, bool asksForInitialEvents, FieldErrors errors)
    {
        if (asksForInitialEvents && match != "NotOlderThan")
        {
            errors.Forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        }

        if (match.Length == 0 && !asksForInitialEvents)
        {
            return;
        }

        if (!asksForInitialEvents)
        {
            errors.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
        }

        if (match is not "" && match != "NotOlderThan")
        {
            errors.NotSupportedInOrder("resourceVersionMatch", match, ["NotOlderThan"]);
        }

        if (hasContinue)
        {
            errors.Forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided");
        }
    }
}

/// <summary>Where the next page begins: after a key, in the state of a revision.</summary>
/// <param name="Revision">The state; <see cref="Latest"/> for that of now.</param>
/// <param name="After">Where the page before ended, below what is listed: a name in a namespace or without one, else both.</param>
internal sealed record ContinueToken(long Revision, string After)
{
    /// <summary>Stands for the state of now: the list goes on without being consistent.</summary>
    public const long Latest = -1;

    private const string Version = "meta.k8s.io/v1";

    // A key is followed by whatever begins with it and this character.
    private const char Next = '\0';

    public static ContinueToken Behind(long revision, string? @namespace, Document last)
        => new(revision, string.IsNullOrEmpty(@namespace) && last.Header.Namespace.Length > 0 ? $"{last.Header.Namespace}/{last.Header.Name}" : last.Header.Name);

    /// <summary>The key after which a list goes on.</summary>
    /// <param name="namespace">What is listed; null or empty: all.</param>
    /// <param name="isNamespaced">Whether keys have a namespace.</param>
    public ObjectKey KeyIn(string? @namespace, bool isNamespaced)
        => !isNamespaced ? new ObjectKey("", After)
            : !string.IsNullOrEmpty(@namespace) ? new ObjectKey(@namespace, After)
            : After.Split('/', 2) is [var home, var name] ? new ObjectKey(home, name)
            : new ObjectKey(After, "");

    public override string ToString()
        => Convert.ToBase64String(Document.From(new JsonObject { ["v"] = Version, ["rv"] = Revision, ["start"] = After + Next }).Json.Span)
            .TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <exception cref="StatusException">400: not one of ours.</exception>
    public static ContinueToken Parse(string text, bool isNamespaced)
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

        string start = token.Text("start") ?? "";
        if (start.Length == 0)
        {
            throw Refuse(": encoded start key empty (version meta.k8s.io/v1)");
        }

        string key = start.TrimEnd(Next).TrimStart('/');
        return key.Split('/').Any(part => part is "" or "." or "..") || (!isNamespaced && key.Contains('/', StringComparison.Ordinal))
            ? throw Refuse($": {start}")
            : new ContinueToken(revision, key);
    }

    private static JsonNode? Decode(string text)
    {
        int illegal = text.AsSpan().IndexOfAnyExcept(Alphabet);
        if (illegal >= 0 || text.Length % 4 == 1)
        {
            throw Refuse($": illegal base64 data at input byte {(illegal >= 0 ? illegal : text.Length)}");
        }

        byte[] json = Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '='));
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            ReadOnlySpan<byte> begun = json.AsSpan().TrimStart(" \t\r\n"u8);
            throw Refuse(begun.IsEmpty || "{[\"-0123456789tfn"u8.Contains(begun[0]) ? ": unexpected end of JSON input" : $": invalid character '{(char)begun[0]}' looking for beginning of value");
        }
    }

    private static readonly System.Buffers.SearchValues<char> Alphabet =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private static StatusException Refuse(string why) => StatusException.BadRequest($"invalid continue token: continue key is not valid{why}");
}

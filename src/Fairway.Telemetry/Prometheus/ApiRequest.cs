using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Fairway.Telemetry.Prometheus;

/// <summary>A refused request of the query API: Prometheus' error type, the words, and data that goes with it.</summary>
internal sealed class ApiException(string type, string message) : Exception(message)
{
    /// <summary>timeout, canceled, execution, bad_data, internal, unavailable, not_found or not_acceptable.</summary>
    public string Type { get; } = type;

    public int StatusCode => Type switch
    {
        "bad_data" => 400,
        "execution" => 422,
        "canceled" => 499,
        "timeout" => 503,
        "not_found" => 404,
        "not_acceptable" => 406,
        _ => 500,
    };

    public static ApiException BadData(string message) => new("bad_data", message);

    public static ApiException Parameter(string name, string message) => BadData($"invalid parameter {GoText.Quote(name)}: {message}");

    public static ApiException Of(PromQLException failed) => new(
        failed.Kind switch
        {
            QueryErrorKind.BadData => "bad_data",
            QueryErrorKind.Execution => "execution",
            QueryErrorKind.Timeout => "timeout",
            QueryErrorKind.Canceled => "canceled",
            _ => "internal",
        },
        failed.Message);
}

/// <summary>The parameters of a request: of a form in the body first, then of the address, as Go merges them.</summary>
internal sealed class ApiRequest
{
    private const int MostForm = 10 << 20;
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);

    private ApiRequest(HttpContext context) => Context = context;

    public HttpContext Context { get; }

    public string this[string name] => _values.TryGetValue(name, out List<string>? values) ? values[0] : "";

    public static async Task<ApiRequest> ReadAsync(HttpContext context)
    {
        var request = new ApiRequest(context);
        if (context.Request.Method is "POST" or "PUT" or "PATCH" && context.Request.HasFormContentType)
        {
            if (context.Request.ContentLength > MostForm)
            {
                throw ApiException.BadData("error parsing form values: http: request body too large");
            }

            try
            {
                request.Add(await context.Request.ReadFormAsync(
                    new Microsoft.AspNetCore.Http.Features.FormOptions { ValueLengthLimit = MostForm, BufferBodyLengthLimit = MostForm, KeyLengthLimit = 4096, ValueCountLimit = 10_000 },
                    context.RequestAborted));
            }
            catch (InvalidDataException malformed)
            {
                throw ApiException.BadData($"error parsing form values: {malformed.Message}");
            }
        }

        request.Add(context.Request.Query);
        return request;
    }

    public IReadOnlyList<string> All(string name) => _values.TryGetValue(name, out List<string>? values) ? values : [];

    /// <summary>A limit; 0 is none.</summary>
    public int Limit()
    {
        string text = this["limit"];
        if (text.Length == 0)
        {
            return 0;
        }

        int limit = Integer(text) ?? throw ApiException.Parameter("limit", $"strconv.Atoi: parsing {GoText.Quote(text)}: invalid syntax");
        return limit >= 0 ? limit : throw ApiException.Parameter("limit", "limit must be non-negative");
    }

    public static int? Integer(string text)
        => int.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out int value) ? value : null;

    /// <summary>A time in milliseconds that may be left out.</summary>
    public long Time(string name, long absent)
    {
        string text = this[name];
        return text.Length == 0 ? absent : ApiTime.Parse(text)
            ?? throw ApiException.Parameter(name, $"invalid time value for '{name}': cannot parse {GoText.Quote(text)} to a valid timestamp");
    }

    /// <summary>A time in milliseconds that must be there.</summary>
    public long RequiredTime(string name)
        => ApiTime.Parse(this[name]) ?? throw ApiException.Parameter(name, $"cannot parse {GoText.Quote(this[name])} to a valid timestamp");

    /// <summary>A duration that must be there.</summary>
    public TimeSpan Duration(string name)
    {
        string text = this[name];
        return ApiTime.ParseDuration(text, out bool overflow) ?? throw ApiException.Parameter(
            name,
            overflow ? $"cannot parse {GoText.Quote(text)} to a valid duration. It overflows int64" : $"cannot parse {GoText.Quote(text)} to a valid duration");
    }

    /// <summary>The selectors of <c>match[]</c>.</summary>
    public IReadOnlyList<IReadOnlyList<LabelMatcher>> Matchers()
    {
        var sets = new List<IReadOnlyList<LabelMatcher>>();
        foreach (string selector in All("match[]"))
        {
            try
            {
                sets.Add(PromQLParser.ParseSelector(selector, ParserOptions.Stable));
            }
            catch (PromQLException refused)
            {
                throw ApiException.BadData(refused.Message);
            }
        }

        return sets.All(set => set.Any(matcher => !matcher.MatchesEmpty))
            ? sets
            : throw ApiException.BadData("match[] must contain at least one non-empty matcher");
    }

    private void Add(IEnumerable<KeyValuePair<string, StringValues>> values)
    {
        foreach ((string name, StringValues all) in values)
        {
            foreach (string? value in all)
            {
                if (!_values.TryGetValue(name, out List<string>? list))
                {
                    _values[name] = list = [];
                }

                list.Add(value ?? "");
            }
        }
    }
}

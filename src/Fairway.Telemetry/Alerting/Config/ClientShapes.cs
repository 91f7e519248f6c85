using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using Fairway.PromQL.Parsing;
using Fairway.Telemetry.GoYaml;
using Fairway.Telemetry.Rules;

namespace Fairway.Telemetry.Alerting.Config;

/// <summary>Types that all parts of an Alertmanager configuration share: durations, addresses, how HTTP is spoken.</summary>
internal static class ClientShapes
{
    public const string TypeName = "config.plain";

    public static readonly YamlShape Duration = YamlShape.Checked(RuleDuration.Problem);

    /// <summary>A duration of Go: <c>1m30s</c>, fractions allowed.</summary>
    public static readonly YamlShape GoDuration = YamlShape.Checked(text => GoDurations.Parse(text) is null ? $"time: invalid duration {GoText.Quote(text)}" : null);

    public static readonly YamlShape Url = YamlShape.Checked(UrlProblem);

    public static readonly YamlShape SecretUrl = YamlShape.Checked(text => text == "<secret>" ? null : UrlProblem(text), secret: true);

    public static readonly YamlShape TemplateUrl = YamlShape.Checked(text => text.Contains("{{", StringComparison.Ordinal) ? null : UrlProblem(text) is { } problem ? $"invalid URL: {problem}" : null, secret: true);

    public static readonly YamlShape Tls = YamlShape.Struct("config.plain",
    [
        Text("ca"), Text("cert"), Secret("key"), Text("ca_file"), Text("cert_file"), Text("key_file"), Text("ca_ref"), Text("cert_ref"), Text("key_ref"), Text("server_name"),
        Flag("insecure_skip_verify"), new("min_version", YamlShape.Checked(TlsVersion)), new("max_version", YamlShape.Checked(TlsVersion)),
    ], CheckTls);

    private static readonly YamlField[] Proxy =
    [
        new("proxy_url", Url), Text("no_proxy"), Flag("proxy_from_environment"), new("proxy_connect_header", YamlShape.Map(YamlShape.List(YamlShape.Secret))),
    ];

    public static readonly YamlShape Http = YamlShape.Struct("config.plain",
    [
        new("basic_auth", YamlShape.Struct("config.BasicAuth",
            [Text("username"), Text("username_file"), Text("username_ref"), Secret("password"), Text("password_file"), Text("password_ref")])),
        new("authorization", YamlShape.Struct("config.Authorization", [Text("type"), Secret("credentials"), Text("credentials_file"), Text("credentials_ref")])),
        new("oauth2", YamlShape.Struct("config.plain",
        [
            Text("client_id"), Secret("client_secret"), Text("client_secret_file"), Text("client_secret_ref"), Text("client_certificate_key_id"), Secret("client_certificate_key"),
            Text("client_certificate_key_file"), Text("client_certificate_key_ref"), Text("grant_type"), Text("signature_algorithm"), Text("iss"), Text("audience"),
            new("claims", YamlShape.Any), new("scopes", YamlShape.Texts), Text("token_url"), new("endpoint_params", YamlShape.TextMap), new("tls_config", Tls), .. Proxy,
        ])),
        Secret("bearer_token"), Text("bearer_token_file"), new("tls_config", Tls), new("follow_redirects", YamlShape.Flag, true, Always: true),
        new("enable_http2", YamlShape.Flag, true, Always: true), .. Proxy,
        new("http_headers", YamlShape.Map(YamlShape.Struct("config.Header", [new("values", YamlShape.Texts), new("secrets", YamlShape.List(YamlShape.Secret)), new("files", YamlShape.Texts)]))),
    ], CheckHttp);

    /// <summary>How HTTP is spoken when nothing is said.</summary>
    public static JsonObject DefaultHttp => new() { ["follow_redirects"] = true, ["enable_http2"] = true };

    public static YamlField Text(string name, string? otherwise = null, bool always = false) => new(name, YamlShape.Text, otherwise, always);

    public static YamlField Secret(string name) => new(name, YamlShape.Secret);

    public static YamlField Flag(string name, bool? otherwise = null, bool always = false) => new(name, YamlShape.Flag, otherwise, always);

    public static string Of(JsonObject? node, string field) => AlertConfigReader.Text(node?[field]);

    public static bool Has(JsonObject? node, string field) => Of(node, field).Length > 0;

    public static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new YamlTextException(problem);
        }
    }

    public static void OneAtMost(JsonObject node, string one, string other)
        => Require(!Has(node, one) || !Has(node, other), $"at most one of {one} & {other} must be configured");

    public static void One(JsonObject node, string one, string other)
    {
        Require(Has(node, one) || Has(node, other), $"one of {one} or {other} must be configured");
        OneAtMost(node, one, other);
    }

    public static string? UrlProblem(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string scheme = colon > 0 && text.AsSpan(0, colon).IndexOfAnyExceptInRange('!', '~') < 0 && text.AsSpan(0, colon).IndexOfAny('/', '?', '#') < 0 ? text[..colon] : string.Empty;
        if (colon == 0)
        {
            return $"parse {GoText.Quote(text)}: missing protocol scheme";
        }

        if (scheme is not ("http" or "https"))
        {
            return $"unsupported scheme {GoText.Quote(scheme)} for URL";
        }

        return text.Length <= colon + 3 || !text.AsSpan(colon).StartsWith("://", StringComparison.Ordinal) || text[colon + 3] is '/' or '?' ? "missing host for URL"
            : Uri.TryCreate(text, UriKind.Absolute, out _) ? null
            : $"parse {GoText.Quote(text)}: invalid URL";
    }

    private static string? TlsVersion(string text) => text is "TLS13" or "TLS12" or "TLS11" or "TLS10" ? null : $"unknown TLS version: {text}";

    private static void CheckTls(JsonObject tls)
    {
        bool hasCert = Has(tls, "cert") || Has(tls, "cert_file") || Has(tls, "cert_ref");
        bool hasKey = Has(tls, "key") || Has(tls, "key_file") || Has(tls, "key_ref");
        Require(Count(tls, "ca", "ca_file", "ca_ref") <= 1, "at most one of ca, ca_file & ca_ref must be configured");
        Require(Count(tls, "cert", "cert_file", "cert_ref") <= 1, "at most one of cert, cert_file & cert_ref must be configured");
        Require(Count(tls, "key", "key_file", "key_ref") <= 1, "at most one of key and key_file must be configured");
        Require(!hasCert || hasKey, "exactly one of key or key_file must be configured when a client certificate is configured");
        Require(!hasKey || hasCert, "exactly one of cert or cert_file must be configured when a client key is configured");
    }

    private static int Count(JsonObject node, params string[] fields) => fields.Count(field => Has(node, field));

    /// <exception cref="YamlTextException">Its parts do not fit together.</exception>
    public static void CheckHttp(JsonObject http)
    {
        Require(Count(http, "bearer_token", "bearer_token_file") <= 1, "at most one of bearer_token & bearer_token_file must be configured");
        bool bearer = Has(http, "bearer_token") || Has(http, "bearer_token_file");
        var basic = http["basic_auth"] as JsonObject;
        var oauth = http["oauth2"] as JsonObject;
        Require(!bearer || (basic is null && oauth is null), "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured");
        if (basic is not null)
        {
            Require(Count(basic, "username", "username_file", "username_ref") <= 1, "at most one of basic_auth username, username_file & username_ref must be configured");
            Require(Count(basic, "password", "password_file", "password_ref") <= 1, "at most one of basic_auth password, password_file & password_ref must be configured");
        }

        if (http["authorization"] is JsonObject authorization)
        {
            Require(!bearer, "authorization is not compatible with bearer_token & bearer_token_file");
            Require(Count(authorization, "credentials", "credentials_file", "credentials_ref") <= 1, "at most one of authorization credentials & credentials_file must be configured");
            string type = Of(authorization, "type").Trim();
            authorization["type"] = type.Length == 0 ? "Bearer" : type;
            Require(!type.Equals("basic", StringComparison.OrdinalIgnoreCase), "authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
            Require(basic is null && oauth is null, "at most one of basic_auth, oauth2 & authorization must be configured");
        }
        else if (bearer)
        {
            // As the original does: a token is a kind of authorization.
            http["authorization"] = new JsonObject
            {
                ["type"] = "Bearer",
                ["credentials"] = http["bearer_token"]?.DeepClone(),
                ["credentials_file"] = http["bearer_token_file"]?.DeepClone(),
            };
            http["bearer_token"] = null;
            http["bearer_token_file"] = null;
        }

        if (oauth is not null)
        {
            Require(basic is null, "at most one of basic_auth, oauth2 & authorization must be configured");
            Require(Has(oauth, "client_id"), "oauth2 client_id must be configured");
            Require(Has(oauth, "token_url"), "oauth2 token_url must be configured");
            Require(Count(oauth, "client_secret", "client_secret_file", "client_secret_ref") <= 1, "at most one of oauth2 client_secret & client_secret_file must be configured using grant-type=client_credentials");
        }

        CheckProxy(http);
        if (oauth is not null)
        {
            CheckProxy(oauth);
        }
    }

    private static void CheckProxy(JsonObject node)
    {
        bool fromEnvironment = Of(node, "proxy_from_environment") == "true";
        Require(node["proxy_connect_header"] is not JsonObject { Count: > 0 } || fromEnvironment || Has(node, "proxy_url"), "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured");
        Require(!fromEnvironment || !Has(node, "proxy_url"), "if proxy_from_environment is configured, proxy_url must not be configured");
        Require(!fromEnvironment || !Has(node, "no_proxy"), "if proxy_from_environment is configured, no_proxy must not be configured");
        Require(Has(node, "proxy_url") || !Has(node, "no_proxy"), "if no_proxy is configured, proxy_url must also be configured");
    }
}

/// <summary>Durations of Go: <c>1h30m</c>, <c>1.5s</c>, <c>300ms</c>.</summary>
internal static class GoDurations
{
    private static readonly Dictionary<string, double> Units = new(StringComparer.Ordinal)
    {
        ["ns"] = 1e-9,
        ["us"] = 1e-6,
        ["µs"] = 1e-6,
        ["ms"] = 1e-3,
        ["s"] = 1,
        ["m"] = 60,
        ["h"] = 3600,
    };

    /// <summary>The duration, or null when the text is none.</summary>
    public static TimeSpan? Parse(string text)
    {
        if (text is "0" or "+0" or "-0")
        {
            return TimeSpan.Zero;
        }

        int at = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        double sign = text.StartsWith('-') ? -1 : 1;
        double seconds = 0;
        if (at >= text.Length)
        {
            return null;
        }

        while (at < text.Length)
        {
            int number = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
            {
                at++;
            }

            int unit = at;
            while (at < text.Length && !char.IsAsciiDigit(text[at]) && text[at] != '.')
            {
                at++;
            }

            if (!double.TryParse(text.AsSpan(number, unit - number), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) || !Units.TryGetValue(text[unit..at], out double factor))
            {
                return null;
            }

            seconds += value * factor;
        }

        return TimeSpan.FromSeconds(sign * seconds);
    }

    /// <summary>The duration of a prometheus field such as <c>5m</c>; a default when it is missing.</summary>
    public static TimeSpan Of(JsonNode? node, TimeSpan otherwise) => AlertConfigReader.Text(node) is { Length: > 0 } text ? Durations.Parse(text) : otherwise;
}

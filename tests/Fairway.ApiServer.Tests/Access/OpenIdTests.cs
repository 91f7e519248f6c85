using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.ApiServer.Testing;
using Fairway.Client;

namespace Fairway.ApiServer.Tests.Access;

/// <summary>Users of OpenID Connect issuers, with real issuers over HTTPS: by flags, and by an AuthenticationConfiguration.</summary>
public sealed class OpenIdTests : IAsyncLifetime
{
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private HttpsAnswers _issuer = null!;
    private int _keysAsked;

    public async Task InitializeAsync()
    {
        _issuer = await HttpsAnswers.StartAsync();
        _issuer.Answer = (path, _) => path switch
        {
            "/.well-known/openid-configuration" => new JsonObject { ["issuer"] = _issuer.Url, ["jwks_uri"] = $"{_issuer.Url}/keys" },
            "/other/openid" => new JsonObject { ["issuer"] = "https://elsewhere.example.com", ["jwks_uri"] = $"{_issuer.Url}/keys" },
            "/keys" => Keys(),
            _ => null,
        };
    }

    public async Task DisposeAsync()
    {
        await _issuer.DisposeAsync();
        _rsa.Dispose();
        _curve.Dispose();
    }

    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task AToken_OfTheIssuer_IsTheUserThatItsClaimsName(string algorithm)
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(clusters: ["dev"], oidc: [Issuer() with { GroupsClaim = "roles", GroupsPrefix = "corp:", UsernamePrefix = "corp:", UsernameClaim = "email" }]);

        JsonNode? user = await WhoAsync(server, Token(algorithm, Claims()));

        ((string?)user!["username"]).ShouldBe("corp:ann@example.com");
        user["groups"]!.AsArray().Select(group => (string?)group).ShouldBe(["corp:dev", "corp:ops", "system:authenticated"]);
        (await WhoAsync(server, Token(algorithm, Claims()))).ShouldNotBeNull();
        _keysAsked.ShouldBe(1); // the keys are kept
    }

    [Fact]
    public async Task AToken_ThatIsNotGood_LetsNobodyIn()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(
            clusters: ["dev"], oidc: [Issuer() with { RequiredClaims = new Dictionary<string, string> { ["tenant"] = "one" } }]);
        (await WhoAsync(server, Token("RS256", Claims()))).ShouldNotBeNull();
        (string Name, Action<JsonObject> Change)[] wrong =
        [
            ("expired", claims => claims["exp"] = DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeSeconds()),
            ("not yet", claims => claims["nbf"] = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds()),
            ("audience", claims => claims["aud"] = "somebody-else"),
            ("issuer", claims => claims["iss"] = "https://elsewhere.example.com"),
            ("claim", claims => claims["tenant"] = "two"),
            ("nobody", claims => claims.Remove("sub")),
        ];
        foreach ((string name, Action<JsonObject> change) in wrong)
        {
            JsonObject claims = Claims();
            change(claims);
            (await WhoAsync(server, Token("RS256", claims))).ShouldBeNull(name);
        }

        string token = Token("RS256", Claims());
        (await WhoAsync(server, token[..^6] + "AAAAAA")).ShouldBeNull();
        (await WhoAsync(server, Token("none", Claims()))).ShouldBeNull();
    }

    [Fact]
    public async Task TheUsersName_WithoutAPrefix_BeginsWithTheIssuer()
    {
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(clusters: ["dev"], oidc: [Issuer()]);

        ((string?)(await WhoAsync(server, Token("RS256", Claims())))!["username"]).ShouldBe($"{_issuer.Url}#u-1");
    }

    [Fact]
    public async Task AConfiguration_MapsClaimsByExpressions()
    {
        AuthenticationConfiguration configuration = AuthenticationConfiguration.Parse(Yaml(
            """
              claimValidationRules:
              - expression: claims.tenant in ["one", "two"]
                message: another tenant
              claimMappings:
                username: {expression: 'claims.email_verified ? claims.email : "unverified:" + claims.sub'}
                groups: {expression: 'claims.roles.map(r, "corp:" + r)'}
                uid: {expression: claims.sub}
                extra:
                - {key: example.com/tenant, valueExpression: claims.tenant}
                - {key: example.com/none, valueExpression: 'claims.?missing.orValue("")'}
              userValidationRules:
              - {expression: '!user.username.startsWith("system:")', message: reserved}
              - {expression: 'user.groups.exists(g, g == "corp:dev")', message: not ours}
            """));
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(clusters: ["dev"], oidc: configuration.Issuers);

        JsonNode user = (await WhoAsync(server, Token("ES256", Claims())))!;

        ((string?)user["username"], (string?)user["uid"]).ShouldBe(("ann@example.com", "u-1"));
        user["groups"]!.AsArray().Select(group => (string?)group).ShouldBe(["corp:dev", "corp:ops", "system:authenticated"]);
        user["extra"]!.ToJsonString().ShouldBe("""{"example.com/tenant":["one"]}""");
        foreach (Action<JsonObject> change in (Action<JsonObject>[])[claims => claims["tenant"] = "three", claims => claims["roles"] = new JsonArray("ops"), claims => claims.Remove("roles"),
            claims => claims["email"] = "system:admin"])
        {
            JsonObject claims = Claims();
            change(claims);
            (await WhoAsync(server, Token("ES256", claims))).ShouldBeNull();
        }
    }

    [Fact]
    public async Task AConfiguration_OfSeveralIssuers_AsksEachForItsOwn()
    {
        await using HttpsAnswers second = await HttpsAnswers.StartAsync();
        second.Answer = (path, _) => path == "/.well-known/openid-configuration" ? new JsonObject { ["issuer"] = second.Url, ["jwks_uri"] = $"{second.Url}/keys" } : Keys();
        const string Mappings = "  claimMappings:\n    username: {claim: sub, prefix: \"";
        AuthenticationConfiguration configuration = AuthenticationConfiguration.Parse(
            Yaml($"{Mappings}a:\"}}") + Yaml($"{Mappings}b:\"}}", second)[Yaml("").IndexOf("- issuer", StringComparison.Ordinal)..]);
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(clusters: ["dev"], oidc: configuration.Issuers);
        JsonObject claims = Claims();
        claims["iss"] = second.Url;

        ((string?)(await WhoAsync(server, Token("RS256", Claims())))!["username"]).ShouldBe("a:u-1");
        ((string?)(await WhoAsync(server, Token("RS256", claims)))!["username"]).ShouldBe("b:u-1");
    }

    [Fact]
    public async Task Anonymous_ForSomePathsAlone_IsNobodyElsewhere()
    {
        AuthenticationConfiguration configuration = AuthenticationConfiguration.Parse(
            "apiVersion: apiserver.config.k8s.io/v1beta1\nkind: AuthenticationConfiguration\nanonymous: {enabled: true, conditions: [{path: /livez}]}\n");
        await using EmbeddedServer server = await EmbeddedServer.StartAsync(clusters: ["dev"], anonymous: configuration.Anonymous);

        (await StatusAsync(server, "/clusters/dev/livez")).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(server, "/clusters/dev/version")).ShouldBe(HttpStatusCode.Unauthorized);
        (await StatusAsync(server, "/clusters/dev/api/v1/pods")).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("  claimMappings: {username: {claim: sub}}", "jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set")]
    [InlineData("  claimMappings: {}", "jwt[0].claimMappings.username: Required value: claim or expression is required")]
    [InlineData("  claimMappings: {username: {expression: '1 + 1'}}", "jwt[0].claimMappings.username.expression: Invalid value: \"1 + 1\": must evaluate to string")]
    [InlineData("  claimMappings: {username: {expression: 'claims.'}}", "jwt[0].claimMappings.username.expression: Invalid value: \"claims.\": compilation failed")]
    [InlineData("  claimMappings: {username: {expression: claims.email}}", "claims.email_verified must be used in claimMappings.username.expression")]
    [InlineData("  claimMappings: {username: {expression: claims.sub}, extra: [{key: plain, valueExpression: claims.sub}]}", "jwt[0].claimMappings.extra[0].key: Invalid value: \"plain\"")]
    [InlineData("  claimMappings: {username: {expression: claims.sub}, extra: [{key: k8s.io/x, valueExpression: claims.sub}]}", "are reserved for Kubernetes use")]
    [InlineData("  claimMappings: {username: {expression: claims.sub}}\n  claimValidationRules: [{claim: a, expression: 'true'}]", "jwt[0].claimValidationRules[0]: Invalid value: \"a\": claim and expression can't both be set")]
    [InlineData("  claimMappings: {username: {expression: claims.sub}}\n  userValidationRules: [{expression: user.nothing}]", "jwt[0].userValidationRules[0].expression")]
    [InlineData("  claimMappings: {username: {expression: claims.sub}}\n  surprise: 1", "jwt[0].surprise: unknown field")]
    public void AConfiguration_ThatIsWrong_NamesTheField(string part, string expected)
        => Should.Throw<FormatException>(() => AuthenticationConfiguration.Parse(Yaml(part))).Message.ShouldContain(expected);

    private OidcIssuer Issuer() => new() { Url = _issuer.Url, Audiences = ["fairway"], CertificateAuthority = _issuer.Pem };

    private string Yaml(string part, HttpsAnswers? issuer = null)
        => $"""
            apiVersion: apiserver.config.k8s.io/v1beta1
            kind: AuthenticationConfiguration
            jwt:
            - issuer:
                url: {(issuer ?? _issuer).Url}
                audiences: [fairway, other]
                audienceMatchPolicy: MatchAny
                certificateAuthority: "{(issuer ?? _issuer).Pem.ReplaceLineEndings("\\n")}"
            {part}

            """;

    private JsonObject Claims() => new()
    {
        ["iss"] = _issuer.Url,
        ["aud"] = new JsonArray("fairway"),
        ["sub"] = "u-1",
        ["email"] = "ann@example.com",
        ["email_verified"] = true,
        ["tenant"] = "one",
        ["roles"] = new JsonArray("dev", "ops"),
        ["exp"] = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds(),
    };

    private JsonObject Keys()
    {
        Interlocked.Increment(ref _keysAsked);
        RSAParameters rsa = _rsa.ExportParameters(false);
        ECParameters curve = _curve.ExportParameters(false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(
                new JsonObject { ["kty"] = "RSA", ["kid"] = "RS256", ["use"] = "sig", ["n"] = Base64Url.EncodeToString(rsa.Modulus), ["e"] = Base64Url.EncodeToString(rsa.Exponent) },
                new JsonObject { ["kty"] = "EC", ["kid"] = "ES256", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(curve.Q.X), ["y"] = Base64Url.EncodeToString(curve.Q.Y) }),
        };
    }

    private string Token(string algorithm, JsonObject claims)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["kid"] = algorithm };
        string signed = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        byte[] bytes = Encoding.ASCII.GetBytes(signed);
        byte[] signature = algorithm switch
        {
            "RS256" => _rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "ES256" => _curve.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            _ => [],
        };
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static HttpClient Client(EmbeddedServer server)
    {
        HttpClient http = HttpTransport.Connect(server.Kubeconfig(server.AdministratorToken).Context("dev") with { Token = null });
        http.BaseAddress = server.Url;
        return http;
    }

    private static async Task<HttpStatusCode> StatusAsync(EmbeddedServer server, string path)
    {
        using HttpClient http = Client(server);
        using HttpResponseMessage answer = await http.GetAsync(path);
        return answer.StatusCode;
    }

    /// <summary>Who the server takes the bearer for; null when it is 401.</summary>
    private static async Task<JsonNode?> WhoAsync(EmbeddedServer server, string token)
    {
        using HttpClient http = Client(server);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using HttpResponseMessage answer = await http.PostAsync(
            "/clusters/dev/apis/authentication.k8s.io/v1/selfsubjectreviews", new StringContent("{}", Encoding.UTF8, "application/json"));
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            return null;
        }

        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["status"]!["userInfo"];
    }
}

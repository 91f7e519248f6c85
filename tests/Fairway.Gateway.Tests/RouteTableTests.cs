using Fairway.Gateway.Backends;
using Fairway.Gateway.Routing;
using Fairway.Resources;
using Fairway.Resources.Kinds.Gateway;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Fairway.Gateway.Tests;

public sealed class RouteTableTests
{
    private static readonly HTTPRoute[] Routes =
    [
        Route("any", ["*.shop.test"], Rule("wild", Prefix("/"))),
        Route("deep", ["*.eu.shop.test"], Rule("deepwild", Prefix("/"))),
        Route(
            "web",
            ["www.shop.test"],
            Rule("root", Prefix("/")),
            Rule("cart", Prefix("/cart")),
            Rule("cartv2", Prefix("/cart/v2/")),
            Rule("exact", Exact("/cart/v2")),
            Rule("post", Prefix("/cart") with { Method = "POST" }),
            Rule("beta", Prefix("/cart") with { Headers = [new HttpHeaderMatch { Name = "x-beta", Value = "1" }] }),
            Rule("query", Prefix("/cart") with { QueryParams = [new HttpHeaderMatch { Name = "lang", Value = "^(de|fr)$", Type = "RegularExpression" }] }),
            Rule("regex", new HttpRouteMatch { Path = new HttpPathMatch { Type = "RegularExpression", Value = "/img/[0-9]+\\.png" } })),
        Route("younger", ["www.shop.test"], Rule("younger", Prefix("/cart"))),
        Route("nohost", null, Rule("defaulted", Prefix("/"))),
    ];

    [Theory]
    [InlineData("GET", "www.shop.test", "/", "root")]
    [InlineData("GET", "www.shop.test", "/cart", "cart")]
    [InlineData("GET", "www.shop.test", "/cart/", "cart")]
    [InlineData("GET", "www.shop.test", "/cart/items", "cart")]
    [InlineData("GET", "www.shop.test", "/cartoon", "root")]
    [InlineData("GET", "www.shop.test", "/cart/v2", "exact")]
    [InlineData("GET", "www.shop.test", "/cart/v2/x", "cartv2")]
    [InlineData("POST", "www.shop.test", "/cart", "post")]
    [InlineData("POST", "www.shop.test", "/cart/v2", "exact")]
    [InlineData("GET", "www.shop.test", "/cart?lang=de", "query")]
    [InlineData("GET", "www.shop.test", "/cart?lang=en", "cart")]
    [InlineData("GET", "www.shop.test", "/img/12.png", "root")]
    [InlineData("GET", "api.shop.test", "/x", "wild")]
    [InlineData("GET", "a.b.shop.test", "/x", "wild")]
    [InlineData("GET", "x.eu.shop.test", "/x", "deepwild")]
    [InlineData("GET", "shop.test", "/x", null)]
    [InlineData("GET", "elsewhere.test", "/", null)]
    [InlineData("GET", "nohost.dev.localhost", "/", "defaulted")]
    [InlineData("GET", "defaulted.dev.localhost", "/", "defaulted")]
    public void Find_ByHostPathMethodAndQuery_IsTheMostSpecific(string method, string host, string target, string? service)
        => (Find(method, host, target)?.Backends.Pools.Single().Id.Service).ShouldBe(service);

    [Fact]
    public void Find_WithAHeaderThatARuleAsksFor_IsThatRule()
        => Find("GET", "www.shop.test", "/cart", ("X-Beta", "1"))!.Backends.Pools.Single().Id.Service.ShouldBe("beta");

    /// <summary>Expressions are less specific than prefixes here; a route with only an expression shows that it matches whole paths.</summary>
    [Theory]
    [InlineData("/img/12.png", true)]
    [InlineData("/img/12.png.bak", false)]
    [InlineData("/pre/img/12.png", false)]
    public void Find_ByExpression_MatchesTheWholePath(string path, bool found)
    {
        var only = Route("re", ["re.test"], Rule("regex", new HttpRouteMatch { Path = new HttpPathMatch { Type = "RegularExpression", Value = "/img/[0-9]+\\.png" } }));
        (Table([only]).Find(Head("GET", "re.test", path)) is not null).ShouldBe(found);
    }

    [Fact]
    public void Find_BetweenEquals_IsTheOlderRoute()
    {
        HTTPRoute old = Aged(Route("z-old", ["tie.test"], Rule("old", Prefix("/"))), 1);
        HTTPRoute young = Aged(Route("a-young", ["tie.test"], Rule("young", Prefix("/"))), 2);
        Table([young, old]).Find(Head("GET", "tie.test", "/"))!.Backends.Pools.Single().Id.Service.ShouldBe("old");
    }

    [Fact]
    public void Problems_OfARouteThatCannotBeServed_NameTheField()
    {
        HTTPRoute route = Route(
            "bad",
            null,
            Rule("x", new HttpRouteMatch { Path = new HttpPathMatch { Type = "RegularExpression", Value = "(" } }) with
            {
                Filters = [new HttpRouteFilter { Type = "RequestMirror" }],
            });
        IReadOnlyList<string> problems = RouteProblems.Of(route);
        problems.ShouldContain(problem => problem.StartsWith("spec.rules[0].matches[0].path.value"));
        problems.ShouldContain(problem => problem.StartsWith("spec.rules[0].filters[0].type: RequestMirror"));
    }

    private static CompiledRule? Find(string method, string host, string target, params (string, string)[] headers)
        => Table(Routes).Find(Head(method, host, target, headers));

    private static RouteTable Table(IEnumerable<HTTPRoute> routes)
        => RouteCompiler.Compile(routes.Select(route => ("dev", route)), id => new BackendPool(id));

    private static RequestHead Head(string method, string host, string target, params (string Name, string Value)[] headers)
    {
        string[] parts = target.Split('?', 2);
        var dictionary = new HeaderDictionary();
        foreach ((string name, string value) in headers)
        {
            dictionary[name] = value;
        }

        return new RequestHead(host, parts[0], method, dictionary, new QueryCollection(QueryHelpers.ParseQuery(parts.Length > 1 ? parts[1] : "")));
    }

    private static HTTPRoute Route(string name, string[]? hosts, params HttpRouteRule[] rules) => Aged(
        new HTTPRoute { Metadata = new ObjectMeta { Name = name, Namespace = "shop" }, Spec = new HttpRouteSpec { Hostnames = hosts, Rules = rules } },
        name == "younger" ? 5 : 0);

    private static HTTPRoute Aged(HTTPRoute route, int day)
        => route with { Metadata = route.Metadata with { CreationTimestamp = new DateTimeOffset(2026, 1, 1 + day, 0, 0, 0, TimeSpan.Zero) } };

    private static HttpRouteRule Rule(string service, HttpRouteMatch match)
        => new() { Matches = [match], BackendRefs = [new HttpBackendRef { Name = service, Port = 80 }] };

    private static HttpRouteMatch Prefix(string path) => new() { Path = new HttpPathMatch { Type = "PathPrefix", Value = path } };

    private static HttpRouteMatch Exact(string path) => new() { Path = new HttpPathMatch { Type = "Exact", Value = path } };
}

using System.Text.Json.Nodes;
using Fairway.Client;
using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Discovery;

namespace Fairway.ApiServer;

/// <summary>The Service <c>kubernetes</c> in the namespace <c>default</c>, by which pods find the API, with the address where it listens.</summary>
internal static class KubernetesService
{
    private const string Name = "kubernetes";
    private const string Home = "default";
    private const string Address = "10.96.0.1";

    /// <summary>Creates the Service and brings its addresses up to date. Idempotent.</summary>
    /// <param name="api">A cluster's API.</param>
    /// <param name="host">An IP address.</param>
    public static async Task PublishAsync(IClusterApi api, string host, int port, CancellationToken cancellation)
    {
        await WriteAsync(api, KindOf<Service>.Type, Service(port), "spec", cancellation);
        await WriteAsync(api, KindOf<Endpoints>.Type, Endpoints(host, port), "subsets", cancellation);
        JsonObject slice = Slice(host, port);
        await WriteAsync(api, KindOf<EndpointSlice>.Type, slice, "endpoints", cancellation);
        await WriteAsync(api, KindOf<EndpointSlice>.Type, slice, "ports", cancellation);
    }

    private static JsonObject Metadata(params (string Name, string Value)[] labels) => new()
    {
        ["name"] = Name,
        ["namespace"] = Home,
        ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Name, (JsonNode?)label.Value))),
    };

    private static JsonObject Service(int port) => new()
    {
        ["metadata"] = Metadata(("component", "apiserver"), ("provider", "kubernetes")),
        ["spec"] = new JsonObject
        {
            ["clusterIP"] = Address,
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = 443, ["protocol"] = "TCP", ["targetPort"] = port }),
            ["sessionAffinity"] = "None",
            ["type"] = "ClusterIP",
        },
    };

    private static JsonObject Endpoints(string host, int port) => new()
    {
        ["metadata"] = Metadata(("endpointslice.kubernetes.io/skip-mirror", "true")),
        ["subsets"] = new JsonArray(new JsonObject
        {
            ["addresses"] = new JsonArray(new JsonObject { ["ip"] = host }),
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = port, ["protocol"] = "TCP" }),
        }),
    };

    private static JsonObject Slice(string host, int port) => new()
    {
        ["metadata"] = Metadata((EndpointSlice.ServiceNameLabel, Name)),
        ["addressType"] = "IPv4",
        ["endpoints"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray(host), ["conditions"] = new JsonObject { ["ready"] = true } }),
        ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = port, ["protocol"] = "TCP" }),
    };

    private static async Task WriteAsync(IClusterApi api, ResourceType type, JsonObject wanted, string member, CancellationToken cancellation)
    {
        JsonNode? there;
        try
        {
            there = (await api.GetAsync(type, Home, Name, cancellation)).ToNode()[member];
        }
        catch (StatusException missing) when (missing.IsNotFound)
        {
            try
            {
                await api.CreateAsync(type, Home, Document.From(wanted), WriteOptions.Default, cancellation);
            }
            catch (StatusException taken) when (taken.Code == 422)
            {
                // A Service of the user's has the address: this one gets another.
                wanted["spec"]!.AsObject().Remove("clusterIP");
                await api.CreateAsync(type, Home, Document.From(wanted), WriteOptions.Default, cancellation);
            }

            return;
        }

        JsonNode? change = member == "spec" ? new JsonObject { ["ports"] = wanted["spec"]!["ports"]!.DeepClone() } : wanted[member]!.DeepClone();
        bool isSame = member == "spec" ? (int?)there?["ports"]?[0]?["targetPort"] == (int?)change!["ports"]![0]!["targetPort"] : JsonNode.DeepEquals(there, change);
        if (!isSame)
        {
            await api.PatchAsync(type, Home, Name, new PatchBody(PatchKind.Merge, new JsonObject { [member] = change }), WriteOptions.Default, cancellation);
        }
    }
}

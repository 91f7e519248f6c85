using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

internal enum BodyFormat
{
    Json,
    Yaml,
}

internal enum Shape
{
    /// <summary>The object or list as it is.</summary>
    Full,

    /// <summary>meta.k8s.io Table.</summary>
    Table,

    /// <summary>meta.k8s.io PartialObjectMetadata: of an object, or of each change of a watch.</summary>
    Metadata,

    /// <summary>meta.k8s.io PartialObjectMetadataList.</summary>
    MetadataList,
}

/// <summary>What a client takes, chosen from its Accept header.</summary>
/// <param name="Pretty">Indented, for people.</param>
/// <param name="ShapeVersion">Of a shape: <c>v1</c> or <c>v1beta1</c>.</param>
internal readonly record struct Negotiated(BodyFormat Format, Shape Shape, bool Pretty, string ShapeVersion = "v1")
{
    public string ContentType => Format == BodyFormat.Yaml ? "application/yaml" : "application/json";

    public bool IsMetadata => Shape is Shape.Metadata or Shape.MetadataList;
}

/// <summary>
/// Chooses the form of an answer as kube-apiserver does: by media types with <c>as</c>, <c>g</c> and <c>v</c> parameters, of which the
/// first that can be given is. Routes of Kubernetes' own kinds look before, at the media types alone.
/// </summary>
internal static class Negotiation
{
    /// <summary>What is named to a client that takes nothing of it.</summary>
    public const string Offered = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

    public const string OfferedToWatch = "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

    private const string Protobuf = "application/vnd.kubernetes.protobuf";

    private static readonly string[] Json = ["application/json"];
    private static readonly string[] Objects = ["application/json", "application/yaml", Protobuf];
    private static readonly string[] Lists = [.. Objects, "application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];

    /// <summary>The best of what is accepted and can be given.</summary>
    /// <param name="allowShapes">Tables and metadata make sense here.</param>
    /// <exception cref="StatusException">406.</exception>
    public static Negotiated Choose(HttpRequest request, bool allowShapes)
        => Find(request, allowShapes) ?? throw Refusals.NotAcceptable(Offered);

    /// <summary>The form of a refusal: what the client takes, or JSON.</summary>
    public static Negotiated ForRefusal(HttpRequest request) => Find(request, allowShapes: false) ?? new Negotiated(BodyFormat.Json, Shape.Full, IsForPeople(request));

    /// <summary>What a route checks before anything else: that it produces one of the media types at all.</summary>
    /// <exception cref="StatusException">406.</exception>
    public static void RequireProduced(HttpRequest request, Produced produced)
    {
        string[] offered = produced switch { Produced.Json => Json, Produced.List => Lists, _ => Objects };
        string header = Header(request);
        if (header.Length > 0 && !header.Split(',').Select(part => part.Split(';')[0].Trim()).Any(type => type == "*/*" || offered.Contains(type)))
        {
            throw Refusals.NotProduced(string.Join(", ", offered));
        }
    }

    private static Negotiated? Find(HttpRequest request, bool allowShapes)
    {
        bool pretty = IsForPeople(request);
        string header = Header(request);
        if (header.Length == 0)
        {
            return new Negotiated(BodyFormat.Json, Shape.Full, pretty);
        }

        foreach (AcceptClause clause in AcceptHeader.Parse(header))
        {
            if (clause.Parameter("stream") is not (null or "watch") || (clause.Parameter("stream") is not null && !clause.Takes("application/json")) || clause.Parameter("sv") is not null)
            {
                continue;
            }

            if (FormatOf(clause) is { } format && ShapeOf(clause, allowShapes) is { } shape)
            {
                return new Negotiated(format, shape, pretty || clause.Parameter("pretty") == "1", clause.Parameter("v") ?? "v1");
            }
        }

        return null;
    }

    private static string Header(HttpRequest request) => string.Join(',', request.Headers.Accept.OfType<string>()).Trim();

    // What people read is indented: in a terminal, or as a page; not what a page's own script reads.
    private static bool IsForPeople(HttpRequest request)
    {
        if (request.Query["pretty"].ToString() is { Length: > 0 } asked)
        {
            return asked is "1" or "t" or "T" or "true" or "True" or "TRUE";
        }

        string agent = request.Headers.UserAgent.ToString();
        return agent.StartsWith("curl", StringComparison.Ordinal) || agent.StartsWith("Wget", StringComparison.Ordinal)
            || (agent.StartsWith("Mozilla/5.0", StringComparison.Ordinal) && Header(request).Contains("text/html", StringComparison.Ordinal));
    }

    private static BodyFormat? FormatOf(AcceptClause clause)
        => clause.Takes("application/json") ? BodyFormat.Json
            : clause.Takes("application/yaml") ? BodyFormat.Yaml
            : null;

    private static Shape? ShapeOf(AcceptClause clause, bool allowShapes)
    {
        (string? shape, string? group, string? version) = (clause.Parameter("as"), clause.Parameter("g"), clause.Parameter("v"));
        if (shape is null && group is null && version is null)
        {
            return Shape.Full;
        }

        if (!allowShapes || group != "meta.k8s.io" || version is not ("v1" or "v1beta1"))
        {
            return null;
        }

        return shape switch
        {
            "Table" => Shape.Table,
            "PartialObjectMetadata" => Shape.Metadata,
            "PartialObjectMetadataList" => Shape.MetadataList,
            _ => null,
        };
    }
}

/// <summary>What a route produces.</summary>
internal enum Produced
{
    Json,
    Object,
    List,
}

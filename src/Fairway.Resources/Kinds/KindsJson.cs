using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Resources;

/// <summary>How records become JSON and back: the source-generated serializers of every folder of kinds, under one set of options.</summary>
public static class KindsJson
{
    /// <summary>camelCase, nulls left out, times as Kubernetes writes them.</summary>
    public static JsonSerializerOptions Options { get; } = Sealed(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = Document.MaxDepth,
        Converters = { new TimestampConverter() },
        TypeInfoResolver = JsonTypeInfoResolver.Combine(
            MetaJson.Default,
            ApiExtensionsJson.Default,
            CoreJson.Default,
            AppsJson.Default,
            AutoscalingJson.Default,
            AutoscalingV1Json.Default,
            BatchJson.Default,
            PolicyJson.Default,
            DiscoveryJson.Default,
            NetworkingJson.Default,
            CoordinationJson.Default,
            EventsJson.Default,
            GatewayJson.Default,
            RbacJson.Default,
            AdmissionJson.Default,
            AdmissionV1Alpha1Json.Default,
            CertificatesJson.Default,
            StorageJson.Default,
            SchedulingJson.Default,
            RuntimeClassesJson.Default,
            ApiRegistrationJson.Default,
            MonitoringJson.Default,
            DeliveryJson.Default,
            PipelinesJson.Default).WithAddedModifier(LeaveOutEmptyNames),
    });

    /// <summary>The serializer of a type that some folder lists with <c>[JsonSerializable]</c>.</summary>
    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    /// <summary>Metadata of templates, and of objects whose name the server makes, has no name at all.</summary>
    private static void LeaveOutEmptyNames(JsonTypeInfo info)
    {
        if (info.Type == typeof(ObjectMeta) && info.Properties.FirstOrDefault(property => property.Name == "name") is { } name)
        {
            name.ShouldSerialize = static (_, value) => value is string { Length: > 0 };
        }
    }

    private static JsonSerializerOptions Sealed(JsonSerializerOptions options)
    {
        options.MakeReadOnly();
        return options;
    }
}

[JsonSerializable(typeof(ObjectMeta))]
[JsonSerializable(typeof(OwnerReference))]
[JsonSerializable(typeof(StatusDetails))]
internal sealed partial class MetaJson : JsonSerializerContext;

[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class NodeContext : JsonSerializerContext;

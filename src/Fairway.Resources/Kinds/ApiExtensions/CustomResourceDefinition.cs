using System.Text.Json.Serialization;

namespace Fairway.Resources.Kinds.ApiExtensions;

/// <summary>CustomResourceDefinition represents a resource that should be exposed on the API server. Its name MUST be in the format &lt;.spec.name&gt;.&lt;.spec.group&gt;.</summary>
[Kind("apiextensions.k8s.io/v1", "customresourcedefinitions", Namespaced = false, Status = true, ShortNames = ["crd", "crds"], Categories = ["api-extensions"])]
public sealed record CustomResourceDefinition : IResource
{
    public string ApiVersion => "apiextensions.k8s.io/v1";

    public string Kind => "CustomResourceDefinition";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>spec describes how the user wants the resources to appear.</summary>
    public CustomResourceDefinitionSpec? Spec { get; init; }

    /// <summary>status indicates the actual state of the CustomResourceDefinition.</summary>
    public CustomResourceDefinitionStatus? Status { get; init; }
}

/// <summary>CustomResourceDefinitionSpec describes how a user wants their resource to appear.</summary>
public sealed record CustomResourceDefinitionSpec
{
    /// <summary>The API group of the defined custom resource.</summary>
    public string? Group { get; init; }

    /// <summary>The resource and kind names for the custom resource.</summary>
    public CustomResourceDefinitionNames? Names { get; init; }

    /// <summary><c>Cluster</c> or <c>Namespaced</c>.</summary>
    public string? Scope { get; init; }

    /// <summary>The list of all API versions of the defined custom resource.</summary>
    [Atomic]
    public IReadOnlyList<CustomResourceDefinitionVersion>? Versions { get; init; }

    /// <summary>Conversion settings for the custom resource.</summary>
    public CustomResourceConversion? Conversion { get; init; }

    /// <summary>Deprecated: set x-kubernetes-preserve-unknown-fields in the schema instead.</summary>
    public bool? PreserveUnknownFields { get; init; }
}

/// <summary>The names to serve a custom resource under.</summary>
public sealed record CustomResourceDefinitionNames
{
    /// <summary>The plural name of the resource; all lowercase.</summary>
    public string? Plural { get; init; }

    /// <summary>The singular name of the resource; defaults to the lowercased kind.</summary>
    public string? Singular { get; init; }

    /// <summary>Short names for the resource.</summary>
    [Atomic]
    public IReadOnlyList<string>? ShortNames { get; init; }

    /// <summary>The serialized kind of the resource, normally CamelCase and singular.</summary>
    public string? Kind { get; init; }

    /// <summary>The serialized kind of the list; defaults to kind + "List".</summary>
    public string? ListKind { get; init; }

    /// <summary>Grouped resources that this one belongs to (e.g. 'all').</summary>
    [Atomic]
    public IReadOnlyList<string>? Categories { get; init; }
}

/// <summary>One version of a custom resource.</summary>
public sealed record CustomResourceDefinitionVersion
{
    /// <summary>The version name, e.g. "v1", "v2beta1".</summary>
    public string? Name { get; init; }

    /// <summary>Whether this version is served.</summary>
    [Default("false")]
    public bool? Served { get; init; }

    /// <summary>Whether objects are stored in this version; exactly one version is.</summary>
    [Default("false")]
    public bool? Storage { get; init; }

    /// <summary>Requests to this version get a warning header.</summary>
    public bool? Deprecated { get; init; }

    /// <summary>Overrides the default warning of a deprecated version.</summary>
    public string? DeprecationWarning { get; init; }

    /// <summary>The schema used for validation, pruning, and defaulting of this version.</summary>
    public CustomResourceValidation? Schema { get; init; }

    /// <summary>The subresources of this version.</summary>
    public CustomResourceSubresources? Subresources { get; init; }

    /// <summary>Additional columns returned in Table output.</summary>
    [Atomic]
    public IReadOnlyList<CustomResourceColumnDefinition>? AdditionalPrinterColumns { get; init; }

    /// <summary>Paths to fields that may be used as field selectors.</summary>
    [Atomic]
    public IReadOnlyList<SelectableField>? SelectableFields { get; init; }
}

/// <summary>A list of validation methods for custom resources.</summary>
public sealed record CustomResourceValidation
{
    /// <summary>The OpenAPI v3 schema to use for validation and pruning.</summary>
    [JsonPropertyName("openAPIV3Schema")]
    public JsonSchemaProps? OpenApiV3Schema { get; init; }
}

/// <summary>The status and scale subresources.</summary>
public sealed record CustomResourceSubresources
{
    /// <summary>Enables the /status endpoint.</summary>
    public CustomResourceSubresourceStatus? Status { get; init; }

    /// <summary>Enables the /scale endpoint.</summary>
    public CustomResourceSubresourceScale? Scale { get; init; }
}

/// <summary>The status subresource; it has no settings.</summary>
public sealed record CustomResourceSubresourceStatus;

/// <summary>Where the scale subresource finds its values.</summary>
public sealed record CustomResourceSubresourceScale
{
    /// <summary>The JSON path to the desired replicas, under .spec.</summary>
    public string? SpecReplicasPath { get; init; }

    /// <summary>The JSON path to the observed replicas, under .status.</summary>
    public string? StatusReplicasPath { get; init; }

    /// <summary>The JSON path to the selector in its text form, under .spec or .status.</summary>
    public string? LabelSelectorPath { get; init; }
}

/// <summary>A column for server side printing.</summary>
public sealed record CustomResourceColumnDefinition
{
    /// <summary>A human readable name for the column.</summary>
    public string? Name { get; init; }

    /// <summary>An OpenAPI type definition for this column.</summary>
    public string? Type { get; init; }

    /// <summary>An optional OpenAPI type definition for this column.</summary>
    public string? Format { get; init; }

    /// <summary>A human readable description of this column.</summary>
    public string? Description { get; init; }

    /// <summary>The relative importance of this column; above 0 only in wide output.</summary>
    public int? Priority { get; init; }

    /// <summary>A simple JSON path evaluated against each custom resource.</summary>
    public string? JsonPath { get; init; }
}

/// <summary>The JSON path of a field that may be used with field selectors.</summary>
public sealed record SelectableField
{
    /// <summary>A simple JSON path to a string, boolean or integer.</summary>
    public string? JsonPath { get; init; }
}

/// <summary>How to convert different versions of a custom resource.</summary>
public sealed record CustomResourceConversion
{
    /// <summary><c>None</c> (only the apiVersion changes) or <c>Webhook</c>.</summary>
    public string? Strategy { get; init; }

    /// <summary>How to call the conversion webhook.</summary>
    public WebhookConversion? Webhook { get; init; }
}

/// <summary>How to call a conversion webhook.</summary>
public sealed record WebhookConversion
{
    /// <summary>How to reach it.</summary>
    public WebhookClientConfig? ClientConfig { get; init; }

    /// <summary>An ordered list of the ConversionReview versions that it expects.</summary>
    [Atomic]
    public IReadOnlyList<string>? ConversionReviewVersions { get; init; }
}

/// <summary>How to make a TLS connection with a webhook.</summary>
public sealed record WebhookClientConfig
{
    /// <summary>The location of the webhook.</summary>
    public string? Url { get; init; }

    /// <summary>A reference to the service of the webhook.</summary>
    public ServiceReference? Service { get; init; }

    /// <summary>A PEM encoded CA bundle that validates the webhook's certificate.</summary>
    public byte[]? CaBundle { get; init; }
}

/// <summary>A reference to a service.</summary>
public sealed record ServiceReference
{
    /// <summary>The namespace of the service.</summary>
    public string? Namespace { get; init; }

    /// <summary>The name of the service.</summary>
    public string? Name { get; init; }

    /// <summary>The URL path.</summary>
    public string? Path { get; init; }

    /// <summary>The port; 443 by default.</summary>
    [Default("443")]
    public int? Port { get; init; }
}

/// <summary>The state of a CustomResourceDefinition.</summary>
public sealed record CustomResourceDefinitionStatus
{
    /// <summary>The state of particular aspects of the definition.</summary>
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    /// <summary>The names that are actually being used to serve discovery.</summary>
    public CustomResourceDefinitionNames? AcceptedNames { get; init; }

    /// <summary>All versions that were ever persisted.</summary>
    [Atomic]
    public IReadOnlyList<string>? StoredVersions { get; init; }
}

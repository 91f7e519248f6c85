using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Names and amounts of resources, as containers, quotas and limits have them.</summary>
internal static class AmountRules
{
    private static readonly HashSet<string> ObjectCounts =
    [
        "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
    ];

    private static readonly HashSet<string> QuotaComputed =
    [
        "cpu", "memory", "ephemeral-storage", "requests.cpu", "requests.memory", "requests.storage", "requests.ephemeral-storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
    ];

    private static readonly HashSet<string> PodComputed = ["cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];

    /// <summary>The amount in a tree; null where it is none.</summary>
    public static Quantity? Of(JsonNode? node)
        => node is JsonValue && Quantity.TryParse(KubeJson.AsString(node) ?? node.ToJsonString(), out Quantity amount) ? amount : null;

    public static string Shown(Quantity amount) => amount.Canonical().Text;

    public static bool IsHugePages(string name) => name.StartsWith("hugepages-", StringComparison.Ordinal);

    public static bool IsNative(string name) => !name.Contains('/', StringComparison.Ordinal) || name.Contains("kubernetes.io/", StringComparison.Ordinal);

    /// <summary>May limits be more than requests?</summary>
    public static bool IsOvercommitAllowed(string name) => IsNative(name) && !IsHugePages(name);

    public static bool IsExtended(string name)
        => !IsNative(name) && !name.StartsWith("requests.", StringComparison.Ordinal) && Names.QualifiedNameProblems("requests." + name).Count == 0;

    public static bool IsQuotaName(string name) => ObjectCounts.Contains(name) || QuotaComputed.Contains(name) || IsQuotaHugePages(name);

    /// <summary>Whether a quota with the scope can count the resource.</summary>
    public static bool IsInScope(string scope, string name) => scope switch
    {
        "BestEffort" => name == "pods",
        "Terminating" or "NotTerminating" or "NotBestEffort" or "PriorityClass" or "CrossNamespacePodAffinity" => name == "pods" || PodComputed.Contains(name),
        _ => true,
    };

    /// <summary>Any resource that Kubernetes knows or that is qualified.</summary>
    public static bool Name(string name, FieldPath path, FieldErrors errors)
    {
        IReadOnlyList<string> problems = Names.QualifiedNameProblems(name);
        if (problems.Count > 0)
        {
            errors.InvalidEach(path, name, problems);
            return false;
        }

        if (!name.Contains('/', StringComparison.Ordinal) && !IsQuotaName(name) && name != "storage")
        {
            errors.InvalidShown(path.ToString(), name, "must be a standard resource type or fully qualified");
            return false;
        }

        return true;
    }

    /// <summary>A resource that containers can ask for.</summary>
    public static void ContainerName(string name, FieldPath path, FieldErrors errors)
    {
        Name(name, path, errors);
        if (!name.Contains('/', StringComparison.Ordinal))
        {
            if (name is not ("cpu" or "memory" or "ephemeral-storage") && !IsHugePages(name))
            {
                errors.InvalidShown(path.ToString(), name, "must be a standard resource for containers");
            }
        }
        else if (!IsNative(name) && !IsExtended(name))
        {
            errors.InvalidShown(path.ToString(), name, "doesn't follow extended resource name standard");
        }
    }

    /// <summary>A resource that quotas can count.</summary>
    public static void QuotaName(string name, FieldPath path, FieldErrors errors)
    {
        Name(name, path, errors);
        if (!name.Contains('/', StringComparison.Ordinal) && !IsQuotaName(name))
        {
            errors.InvalidShown(path.ToString(), name, "must be a standard resource for quota");
        }
    }

    /// <summary>Not below zero, and whole where only whole ones make sense.</summary>
    public static void Value(string name, JsonNode? node, FieldPath path, FieldErrors errors)
    {
        if (Of(node) is not { } amount)
        {
            return;
        }

        if (amount.Nanos.Sign < 0)
        {
            errors.Invalid(path, Shown(amount), "must be greater than or equal to 0");
        }

        if ((ObjectCounts.Contains(name) || IsExtended(name)) && amount.MilliValue % 1000 != 0)
        {
            errors.InvalidShown(path, Raw(amount), "must be an integer");
        }
    }

    /// <summary>Requests and limits of a container.</summary>
    public static void Requirements(JsonNode? requirements, FieldPath path, FieldErrors errors)
    {
        JsonObject limits = requirements.Object("limits") ?? [];
        JsonObject requests = requirements.Object("requests") ?? [];
        foreach ((string name, JsonNode? limit) in limits)
        {
            One(name, limit, path.At("limits").Key(name), errors);
        }

        foreach ((string name, JsonNode? request) in requests)
        {
            FieldPath at = path.At("requests").Key(name);
            ContainerName(name, at, errors);
            Value(name, request, at, errors);
            AgainstLimit(name, request, limits, path, errors);
            HugePages(name, request, at, errors);
        }

        if (limits.Concat(requests).Any(pair => IsHugePages(pair.Key)) && !limits.Concat(requests).Any(pair => pair.Key is "cpu" or "memory"))
        {
            errors.Forbidden(path, "HugePages require cpu or memory");
        }
    }

    /// <summary>An amount as Go prints its memory.</summary>
    public static string Raw(Quantity amount)
    {
        string text = amount.Text;
        string digits = new([.. text.TakeWhile(letter => char.IsAsciiDigit(letter) || letter is '.' or '-' or '+')]);
        string suffix = text[digits.Length..];
        int fraction = digits.Contains('.', StringComparison.Ordinal) ? digits.Length - digits.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
        int scale = (suffix switch { "n" => -9, "u" => -6, "m" => -3, "k" => 3, "M" => 6, "G" => 9, "T" => 12, "P" => 15, "E" => 18, _ => 0 }) - fraction;
        string format = suffix.EndsWith('i') ? "BinarySI" : suffix.StartsWith('e') || suffix is ['E', _, ..] ? "DecimalExponent" : "DecimalSI";
        return $"resource.Quantity{{i:resource.int64Amount{{value:{digits.Replace(".", "", StringComparison.Ordinal)}, scale:{scale}}}, d:resource.infDecAmount{{Dec:(*inf.Dec)(nil)}}, s:\"\", Format:\"{format}\"}}";
    }

    private static void One(string name, JsonNode? amount, FieldPath path, FieldErrors errors)
    {
        ContainerName(name, path, errors);
        Value(name, amount, path, errors);
        HugePages(name, amount, path, errors);
    }

    private static void AgainstLimit(string name, JsonNode? request, JsonObject limits, FieldPath path, FieldErrors errors)
    {
        bool canDiffer = IsOvercommitAllowed(name);
        if (Of(limits[name]) is not { } limit)
        {
            if (!canDiffer)
            {
                errors.Required(path.At("limits"), "Limit must be set for non overcommitable resources");
            }
        }
        else if (Of(request) is { } wanted)
        {
            if (wanted.CompareTo(limit) != 0 && !canDiffer)
            {
                errors.Invalid(path.At("requests"), Shown(wanted), $"must be equal to {name} limit of {Shown(limit)}");
            }
            else if (wanted > limit)
            {
                errors.Invalid(path.At("requests"), Shown(wanted), $"must be less than or equal to {name} limit of {Shown(limit)}");
            }
        }
    }

    private static void HugePages(string name, JsonNode? node, FieldPath path, FieldErrors errors)
    {
        if (IsHugePages(name) && Of(node) is { } amount && Quantity.TryParse(name["hugepages-".Length..], out Quantity page)
            && (page.Nanos.Sign <= 0 || !(amount.Nanos % page.Nanos).IsZero))
        {
            errors.Invalid(path, Shown(amount), $"{Shown(amount)} is not positive integer multiple of {name}");
        }
    }

    private static bool IsQuotaHugePages(string name) => IsHugePages(name) || name.StartsWith("requests.hugepages-", StringComparison.Ordinal);
}

using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Labels, label selectors and the small forms that many kinds share.</summary>
internal static class SelectorRules
{
    private static readonly string[] Protocols = ["SCTP", "TCP", "UDP"];

    /// <summary>A label selector; an absent one is fine.</summary>
    /// <param name="tolerant">Values that no label can have are let pass, because the object had some before.</param>
    public static void LabelSelector(JsonNode? selector, FieldPath path, FieldErrors errors, bool tolerant = false)
    {
        if (selector is not JsonObject)
        {
            return;
        }

        MetadataValidation.CheckLabels(selector.Object("matchLabels"), path.At("matchLabels"), errors);
        JsonArray expressions = selector.Array("matchExpressions") ?? [];
        for (int i = 0; i < expressions.Count; i++)
        {
            Requirement(expressions[i], path.At("matchExpressions").At(i), errors, tolerant);
        }
    }

    /// <summary>A qualified name: <c>example.com/name</c>.</summary>
    public static void QualifiedName(string name, FieldPath path, FieldErrors errors) => errors.InvalidEach(path, name, Names.QualifiedNameProblems(name));

    public static void Label(string name, FieldPath path, FieldErrors errors) => errors.InvalidEach(path, name, Names.LabelProblems(name));

    public static void Subdomain(string name, FieldPath path, FieldErrors errors) => errors.InvalidEach(path, name, Names.SubdomainProblems(name));

    /// <summary>A port by number or by name.</summary>
    public static void PortOrName(JsonNode? port, FieldPath path, FieldErrors errors)
    {
        if (KubeJson.AsString(port) is { } name)
        {
            errors.InvalidEach(path, name, [.. Names.PortNameProblems(name)]);
        }
        else
        {
            PortNumber(KubeJson.AsLong(port) ?? 0, path, errors);
        }
    }

    public static void PortNumber(long number, FieldPath path, FieldErrors errors)
    {
        if (number is < 1 or > 65535)
        {
            errors.Invalid(path, number, "must be between 1 and 65535, inclusive");
        }
    }

    public static void Protocol(JsonNode? port, FieldPath path, FieldErrors errors)
    {
        string protocol = port.Text("protocol") ?? "";
        if (protocol.Length == 0)
        {
            errors.Required(path.At("protocol"));
        }
        else if (!Protocols.Contains(protocol, StringComparer.Ordinal))
        {
            errors.NotSupported(path.At("protocol"), protocol, Protocols);
        }
    }

    /// <summary>A required text out of a closed set; sets are shown in the order given.</summary>
    public static void OneOf(JsonNode? owner, string member, FieldPath path, FieldErrors errors, params string[] values)
    {
        string value = owner.Text(member) ?? "";
        if (value.Length == 0)
        {
            errors.Required(path.At(member));
        }
        else if (!values.Contains(value, StringComparer.Ordinal))
        {
            errors.NotSupportedInOrder(path.At(member), value, values);
        }
    }

    /// <summary>The same where the member may be absent, but not wrong, nor empty.</summary>
    public static void AnyOf(JsonNode? owner, string member, FieldPath path, FieldErrors errors, params string[] values)
    {
        if (owner.Text(member) is { } value && !values.Contains(value, StringComparer.Ordinal))
        {
            errors.NotSupportedInOrder(path.At(member), value, values);
        }
    }

    public static bool IsEmpty(JsonNode? selector)
        => (selector.Object("matchLabels")?.Count ?? 0) + (selector.Array("matchExpressions")?.Count ?? 0) == 0;

    private static void Requirement(JsonNode? requirement, FieldPath path, FieldErrors errors, bool tolerant)
    {
        JsonArray values = requirement.Array("values") ?? [];
        string word = requirement.Text("operator") ?? "";
        if (word is "In" or "NotIn")
        {
            if (values.Count == 0)
            {
                errors.Required(path.At("values"), "must be specified when `operator` is 'In' or 'NotIn'");
            }
        }
        else if (word is not ("Exists" or "DoesNotExist"))
        {
            errors.Invalid(path.At("operator"), word, "not a valid selector operator");
        }
        else if (values.Count > 0)
        {
            errors.Forbidden(path.At("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }

        QualifiedName(requirement.Text("key") ?? "", path.At("key"), errors);
        for (int i = 0; i < values.Count && !tolerant; i++)
        {
            string value = KubeJson.AsString(values[i]) ?? "";
            errors.InvalidEach(path.At("values").At(i), value, Names.LabelValueProblems(value));
        }
    }
}

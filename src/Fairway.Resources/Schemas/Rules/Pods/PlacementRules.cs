using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Where a pod may run: affinity, tolerations, spreading.</summary>
internal static class PlacementRules
{
    public static void Affinity(JsonNode? affinity, FieldPath path, FieldErrors errors)
    {
        if (affinity.Object("nodeAffinity") is { } nodes)
        {
            FieldPath at = path.At("nodeAffinity");
            if (nodes.Object("requiredDuringSchedulingIgnoredDuringExecution") is { } selector)
            {
                NodeSelector(selector, at.At("requiredDuringSchedulingIgnoredDuringExecution"), errors);
            }

            Preferred(nodes.Array("preferredDuringSchedulingIgnoredDuringExecution"), at.At("preferredDuringSchedulingIgnoredDuringExecution"), errors);
        }

        Pods(affinity.Object("podAffinity"), path.At("podAffinity"), errors);
        Pods(affinity.Object("podAntiAffinity"), path.At("podAntiAffinity"), errors);
    }

    /// <summary>Terms that a node must meet, of a pod or a PersistentVolume.</summary>
    public static void NodeSelector(JsonObject selector, FieldPath path, FieldErrors errors)
    {
        JsonArray terms = selector.Array("nodeSelectorTerms") ?? [];
        if (terms.Count == 0)
        {
            errors.Required(path.At("nodeSelectorTerms"), "must have at least one node selector term");
        }

        for (int i = 0; i < terms.Count; i++)
        {
            Term(terms[i], tolerant: false, path.At("nodeSelectorTerms").At(i), errors);
        }
    }

    public static void Tolerations(JsonArray? tolerations, FieldPath path, FieldErrors errors)
    {
        for (int i = 0; i < (tolerations?.Count ?? 0); i++)
        {
            Toleration(tolerations![i], path.At(i), errors);
        }
    }

    /// <summary>The effect of a taint.</summary>
    public static void Effect(string effect, bool canBeEmpty, FieldPath path, FieldErrors errors)
    {
        if (effect.Length == 0 && !canBeEmpty)
        {
            errors.Required(path);
        }
        else if (effect is not ("NoSchedule" or "PreferNoSchedule" or "NoExecute"))
        {
            errors.NotSupportedInOrder(path, effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"]);
        }
    }

    public static void Spreading(JsonArray? constraints, FieldPath path, FieldErrors errors)
    {
        for (int i = 0; i < (constraints?.Count ?? 0); i++)
        {
            JsonNode? constraint = constraints![i];
            FieldPath at = path.At(i);
            string key = constraint.Text("topologyKey") ?? "";
            string action = constraint.Text("whenUnsatisfiable") ?? "";
            if (constraint.Long("maxSkew") is not > 0)
            {
                errors.Invalid(at.At("maxSkew"), constraint.Long("maxSkew") ?? 0, "must be greater than zero");
            }

            if (key.Length == 0)
            {
                errors.Required(at.At("topologyKey"), "can not be empty");
            }

            if (action is not ("DoNotSchedule" or "ScheduleAnyway"))
            {
                errors.NotSupported(at.At("whenUnsatisfiable"), action, ["DoNotSchedule", "ScheduleAnyway"]);
            }

            if (constraints.Skip(i + 1).Any(other => (other.Text("topologyKey") ?? "") == key && (other.Text("whenUnsatisfiable") ?? "") == action))
            {
                errors.Duplicate(at.At("{topologyKey, whenUnsatisfiable}"), $"{{{key}, {action}}}");
            }

            Domains(constraint, action, at.At("minDomains"), errors);
            SelectorRules.AnyOf(constraint, "nodeAffinityPolicy", at, errors, "Honor", "Ignore");
            SelectorRules.AnyOf(constraint, "nodeTaintsPolicy", at, errors, "Honor", "Ignore");
            SpreadKeys(constraint, at.At("matchLabelKeys"), errors);
            SelectorRules.LabelSelector(constraint?["labelSelector"], at.At("labelSelector"), errors);
        }
    }

    private static void Preferred(JsonArray? terms, FieldPath path, FieldErrors errors)
    {
        for (int i = 0; i < (terms?.Count ?? 0); i++)
        {
            Weight(terms![i], path.At(i), errors);
            Term(terms[i]?["preference"], tolerant: true, path.At(i).At("preference"), errors);
        }
    }

    private static void Weight(JsonNode? term, FieldPath path, FieldErrors errors)
    {
        if (term.Long("weight") is not (>= 1 and <= 100))
        {
            errors.Invalid(path.At("weight"), term.Long("weight") ?? 0, "must be in the range 1-100");
        }
    }

    private static void Term(JsonNode? term, bool tolerant, FieldPath path, FieldErrors errors)
    {
        JsonArray expressions = term.Array("matchExpressions") ?? [];
        for (int i = 0; i < expressions.Count; i++)
        {
            Expression(expressions[i], tolerant, path.At("matchExpressions").At(i), errors);
        }

        JsonArray fields = term.Array("matchFields") ?? [];
        for (int i = 0; i < fields.Count; i++)
        {
            Field(fields[i], path.At("matchFields").At(i), errors);
        }
    }

    private static void Expression(JsonNode? expression, bool tolerant, FieldPath path, FieldErrors errors)
    {
        JsonArray values = expression.Array("values") ?? [];
        string word = expression.Text("operator") ?? "";
        switch (word)
        {
            case "In" or "NotIn":
                if (values.Count == 0)
                {
                    errors.Required(path.At("values"), "must be specified when `operator` is 'In' or 'NotIn'");
                }

                break;
            case "Exists" or "DoesNotExist":
                if (values.Count > 0)
                {
                    errors.Forbidden(path.At("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                }

                break;
            case "Gt" or "Lt":
                if (values.Count != 1)
                {
                    errors.Required(path.At("values"), "must be specified single value when `operator` is 'Lt' or 'Gt'");
                }

                break;
            default:
                errors.Invalid(path.At("operator"), word, "not a valid selector operator");
                break;
        }

        SelectorRules.QualifiedName(expression.Text("key") ?? "", path.At("key"), errors);
        for (int i = 0; i < values.Count && !tolerant; i++)
        {
            string value = KubeJson.AsString(values[i]) ?? "";
            errors.InvalidEach(path.At("values").At(i), value, Names.LabelValueProblems(value));
        }
    }

    private static void Field(JsonNode? field, FieldPath path, FieldErrors errors)
    {
        JsonArray values = field.Array("values") ?? [];
        string word = field.Text("operator") ?? "";
        if (word is not ("In" or "NotIn"))
        {
            errors.Invalid(path.At("operator"), word, "not a valid selector operator");
        }
        else if (values.Count != 1)
        {
            errors.Required(path.At("values"), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
        }

        if (field.Text("key") is not "metadata.name")
        {
            errors.Invalid(path.At("key"), field.Text("key") ?? "", "not a valid field selector key");
            return;
        }

        for (int i = 0; i < values.Count; i++)
        {
            SelectorRules.Subdomain(KubeJson.AsString(values[i]) ?? "", path.At("values").At(i), errors);
        }
    }

    private static void Pods(JsonObject? affinity, FieldPath path, FieldErrors errors)
    {
        JsonArray required = affinity.Array("requiredDuringSchedulingIgnoredDuringExecution") ?? [];
        for (int i = 0; i < required.Count; i++)
        {
            PodTerm(required[i], path.At("requiredDuringSchedulingIgnoredDuringExecution").At(i), errors);
        }

        JsonArray preferred = affinity.Array("preferredDuringSchedulingIgnoredDuringExecution") ?? [];
        for (int i = 0; i < preferred.Count; i++)
        {
            FieldPath at = path.At("preferredDuringSchedulingIgnoredDuringExecution").At(i);
            Weight(preferred[i], at, errors);
            PodTerm(preferred[i]?["podAffinityTerm"], at.At("podAffinityTerm"), errors);
        }
    }

    private static void PodTerm(JsonNode? term, FieldPath path, FieldErrors errors)
    {
        SelectorRules.LabelSelector(term?["labelSelector"], path.At("labelSelector"), errors);
        SelectorRules.LabelSelector(term?["namespaceSelector"], path.At("namespaceSelector"), errors);
        foreach (JsonNode? name in term.Array("namespaces") ?? [])
        {
            SelectorRules.Label(KubeJson.AsString(name) ?? "", path.At("namespace"), errors);
        }

        TermKeys(term, path, errors);
        string key = term.Text("topologyKey") ?? "";
        if (key.Length == 0)
        {
            errors.Required(path.At("topologyKey"), "can not be empty");
        }

        SelectorRules.QualifiedName(key, path.At("topologyKey"), errors);
    }

    private static void TermKeys(JsonNode? term, FieldPath path, FieldErrors errors)
    {
        foreach (string member in (ReadOnlySpan<string>)["matchLabelKeys", "mismatchLabelKeys"])
        {
            JsonArray keys = term.Array(member) ?? [];
            if (keys.Count > 0 && term?["labelSelector"] is null)
            {
                errors.Forbidden(path.At(member), "must not be specified when labelSelector is not set");
                continue;
            }

            for (int i = 0; i < keys.Count; i++)
            {
                SelectorRules.QualifiedName(KubeJson.AsString(keys[i]) ?? "", path.At(member).At(i), errors);
            }
        }

        JsonArray match = term.Array("matchLabelKeys") ?? [];
        HashSet<string> mismatch = [.. (term.Array("mismatchLabelKeys") ?? []).Select(key => KubeJson.AsString(key) ?? "")];
        for (int i = 0; i < match.Count; i++)
        {
            if (KubeJson.AsString(match[i]) is { } key && mismatch.Contains(key))
            {
                errors.Invalid(path.At("matchLabelKeys").At(i), key, "exists in both matchLabelKeys and mismatchLabelKeys");
            }
        }
    }

    private static void Toleration(JsonNode? toleration, FieldPath path, FieldErrors errors)
    {
        string key = toleration.Text("key") ?? "";
        string word = toleration.Text("operator") ?? "";
        string value = toleration.Text("value") ?? "";
        string effect = toleration.Text("effect") ?? "";
        if (key.Length > 0)
        {
            SelectorRules.QualifiedName(key, path.At("key"), errors);
        }
        else if (word != "Exists")
        {
            errors.Invalid(path.At("operator"), word, "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
        }

        if (toleration.Long("tolerationSeconds") is not null && effect != "NoExecute")
        {
            errors.Invalid(path.At("effect"), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }

        switch (word)
        {
            case "Equal" or "":
                if (Names.LabelValueProblems(value) is { Count: > 0 } problems)
                {
                    errors.Invalid(path.At("operator"), value, string.Join(';', problems));
                }

                break;
            case "Exists":
                if (value.Length > 0)
                {
                    errors.Invalid(path.At("operator"), value, "value must be empty when `operator` is 'Exists'");
                }

                break;
            default:
                errors.NotSupportedInOrder(path.At("operator"), word, ["Equal", "Exists"]);
                break;
        }

        if (effect.Length > 0)
        {
            Effect(effect, canBeEmpty: true, path.At("effect"), errors);
        }
    }

    private static void Domains(JsonNode? constraint, string action, FieldPath path, FieldErrors errors)
    {
        if (constraint.Long("minDomains") is not { } least)
        {
            return;
        }

        if (least <= 0)
        {
            errors.Invalid(path, least, "must be greater than zero");
        }

        if (action != "DoNotSchedule")
        {
            errors.Invalid(path, least, $"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
        }
    }

    private static void SpreadKeys(JsonNode? constraint, FieldPath path, FieldErrors errors)
    {
        JsonArray keys = constraint.Array("matchLabelKeys") ?? [];
        if (keys.Count == 0)
        {
            return;
        }

        JsonNode? selector = constraint?["labelSelector"];
        if (selector is null)
        {
            errors.Forbidden(path, "must not be specified when labelSelector is not set");
        }

        HashSet<string> selected = [.. (selector.Object("matchLabels") ?? []).Select(pair => pair.Key), .. (selector.Array("matchExpressions") ?? []).Select(each => each.Text("key") ?? "")];
        for (int i = 0; i < keys.Count; i++)
        {
            string key = KubeJson.AsString(keys[i]) ?? "";
            SelectorRules.QualifiedName(key, path.At(i), errors);
            if (selected.Contains(key))
            {
                errors.Invalid(path.At(i), key, "exists in both matchLabelKeys and labelSelector");
            }
        }
    }
}

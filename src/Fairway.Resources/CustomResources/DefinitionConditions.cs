using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.CustomResources;

/// <summary>What a definition's status should say, from its spec and the other definitions of its group. Pure.</summary>
public static class DefinitionConditions
{
    public const string Established = "Established";

    public const string NamesAccepted = "NamesAccepted";

    public const string NonStructuralSchema = "NonStructuralSchema";

    public const string Terminating = "Terminating";

    public const string Finalizer = "customresourcecleanup.apiextensions.k8s.io";

    /// <summary>Whether a condition is there and True.</summary>
    public static bool IsTrue(JsonObject definition, string type) => Find(definition, type).Text("status") == "True";

    /// <summary>The status that the definition should have now; the same object when it has it already.</summary>
    /// <param name="definition">The definition as it is stored.</param>
    /// <param name="others">The other definitions of the cluster.</param>
    /// <param name="now">When conditions change that change.</param>
    public static JsonObject Next(JsonObject definition, IEnumerable<JsonObject> others, string now)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(others);
        JsonObject next = (JsonObject)definition.DeepClone();
        JsonObject status = Status(next);
        Accept(next, status, others, now);
        Structural(next, now);
        if (!IsTrue(next, Established) && IsTrue(next, NamesAccepted))
        {
            Set(next, Established, "True", "InitialNamesAccepted", "the initial names have been accepted", now);
        }

        return JsonNode.DeepEquals(definition["status"], next["status"]) ? definition : next;
    }

    /// <summary>Sets a condition; its time changes with its status only.</summary>
    public static void Set(JsonObject definition, string type, string status, string reason, string message, string now)
    {
        ArgumentNullException.ThrowIfNull(definition);
        JsonObject parent = Status(definition);
        if (parent["conditions"] is not JsonArray conditions)
        {
            conditions = [];
            parent["conditions"] = conditions;
        }

        JsonObject? old = Find(definition, type);
        string since = old is not null && old.Text("status") == status ? old.Text("lastTransitionTime") ?? now : now;
        var condition = new JsonObject { ["lastTransitionTime"] = since, ["message"] = message, ["reason"] = reason, ["status"] = status, ["type"] = type };
        if (old is null)
        {
            conditions.Add(condition);
        }
        else
        {
            conditions[conditions.IndexOf(old)] = condition;
        }
    }

    private static JsonObject Status(JsonObject definition)
    {
        if (definition["status"] is not JsonObject status)
        {
            status = [];
            definition["status"] = status;
        }

        return status;
    }

    private static JsonObject? Find(JsonObject definition, string type)
        => (definition["status"].Array("conditions") ?? []).OfType<JsonObject>().FirstOrDefault(condition => condition.Text("type") == type);

    private static void Accept(JsonObject definition, JsonObject status, IEnumerable<JsonObject> others, string now)
    {
        JsonObject wanted = definition["spec"].Object("names") ?? [];
        JsonObject accepted = (JsonObject?)status["acceptedNames"]?.DeepClone() ?? [];
        if (JsonNode.DeepEquals(wanted, accepted) && Find(definition, NamesAccepted) is not null)
        {
            return;
        }

        var taken = new TakenNames(definition["spec"].Text("group") ?? "", others);
        (string Reason, string Message)? conflict = null;
        foreach ((string member, string reason, bool isKind) in (ReadOnlySpan<(string, string, bool)>)
            [("plural", "PluralConflict", false), ("singular", "SingularConflict", false), ("shortNames", "ShortNamesConflict", false), ("kind", "KindConflict", true), ("listKind", "ListKindConflict", true)])
        {
            string? problem = member == "shortNames" ? taken.ShortNames(wanted, accepted) : taken.Problem(wanted.Text(member) ?? "", accepted.Text(member) ?? "", isKind);
            if (problem is null)
            {
                Copy(wanted, accepted, member);
            }
            else
            {
                conflict = (reason, problem);
            }
        }

        Copy(wanted, accepted, "categories");
        status["acceptedNames"] = accepted;
        if (conflict is { } found)
        {
            Set(definition, NamesAccepted, "False", found.Reason, found.Message, now);
        }
        else
        {
            Set(definition, NamesAccepted, "True", "NoConflicts", "no conflicts found", now);
        }

        if (Find(definition, Established) is null)
        {
            Set(definition, Established, "False", conflict is null ? "Installing" : "NotAccepted", conflict is null ? "the initial names have been accepted" : "not all names are accepted", now);
        }
    }

    private static void Copy(JsonObject from, JsonObject to, string member)
    {
        to.Remove(member);
        if (from[member] is { } value)
        {
            to[member] = value.DeepClone();
        }
    }

    private static void Structural(JsonObject definition, string now)
    {
        var causes = new List<StatusCause>();
        JsonArray versions = definition["spec"].Array("versions") ?? [];
        for (int i = 0; i < versions.Count; i++)
        {
            if (versions[i]?["schema"].Object("openAPIV3Schema") is { } json)
            {
                causes.AddRange(StructuralRules.Check(JsonSchema.Read(json), $"spec.versions[{i}].schema.openAPIV3Schema"));
            }
        }

        if (KubeJson.AsBool(definition["spec"]?["preserveUnknownFields"]) == true)
        {
            causes.Insert(0, new StatusCause { Field = "spec.preserveUnknownFields", Message = "Invalid value: true: must be false" });
        }

        if (causes.Count > 0)
        {
            string[] texts = [.. causes.Select(cause => $"{cause.Field}: {cause.Message}").Distinct()];
            Set(definition, NonStructuralSchema, "True", "Violations", texts.Length == 1 ? texts[0] : $"[{string.Join(", ", texts)}]", now);
        }
        else if (Find(definition, NonStructuralSchema) is { } old)
        {
            definition["status"].Array("conditions")!.Remove(old);
        }
    }

    /// <summary>The names that other definitions of a group hold.</summary>
    private sealed class TakenNames
    {
        private readonly HashSet<string> _resources = new(StringComparer.Ordinal);
        private readonly HashSet<string> _kinds = new(StringComparer.Ordinal);

        public TakenNames(string group, IEnumerable<JsonObject> others)
        {
            foreach (JsonObject other in others.Where(each => each["spec"].Text("group") == group))
            {
                JsonObject names = other["status"].Object("acceptedNames") ?? [];
                _resources.UnionWith([names.Text("plural") ?? "", names.Text("singular") ?? "", .. (names.Array("shortNames") ?? []).Select(each => KubeJson.AsString(each) ?? "")]);
                _kinds.UnionWith([names.Text("kind") ?? "", names.Text("listKind") ?? ""]);
            }
        }

        public string? Problem(string wanted, string accepted, bool isKind)
            => wanted != accepted && wanted.Length > 0 && (isKind ? _kinds : _resources).Contains(wanted) ? $"{KubeJson.Quote(wanted)} is already in use" : null;

        public string? ShortNames(JsonObject wanted, JsonObject accepted)
        {
            string[] mine = [.. (accepted.Array("shortNames") ?? []).Select(each => KubeJson.AsString(each) ?? "")];
            string[] problems = [.. (wanted.Array("shortNames") ?? []).Select(each => KubeJson.AsString(each) ?? "").Except(mine).Select(each => Problem(each, "", isKind: false)).OfType<string>()];
            return problems.Length == 0 ? null : problems.Length == 1 ? problems[0] : $"[{string.Join(", ", problems)}]";
        }
    }
}

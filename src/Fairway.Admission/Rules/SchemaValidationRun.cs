using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Rules;

/// <summary>One object's way through the rules of its schema.</summary>
internal sealed class SchemaValidationRun(FieldErrors errors, ICollection<string>? forgiven, CancellationToken cancellationToken)
{
    private long _left = SchemaValidations.TotalBudget;

    /// <summary>False when the budget is spent and nothing more is to be judged.</summary>
    /// <param name="unchanged">What is here, or the nearest thing above that can be told from before, is as it was.</param>
    /// <param name="ratchets">What did not change is only warned of.</param>
    public bool Visit(SchemaValidations.Node node, JsonNode? old, bool hasOld, JsonNode? target, string path, bool unchanged, bool ratchets)
    {
        if (target is null)
        {
            return true;
        }

        if (!Judge(node, old, hasOld, target, path, unchanged))
        {
            return false;
        }

        switch (target)
        {
            case JsonObject map:
                return VisitMembers(node, old as JsonObject, map, path, unchanged, ratchets);
            case JsonArray list when node.Items is { } items:
                for (int i = 0; i < list.Count; i++)
                {
                    JsonNode? before = node.ItemKeys is { } keys ? Matching(old as JsonArray, list[i], keys) : null;
                    if (!Visit(items, before, before is not null, list[i], string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), IsSame(before, list[i], unchanged, ratchets), ratchets))
                    {
                        return false;
                    }
                }

                return true;
            default:
                return true;
        }
    }

    private bool VisitMembers(SchemaValidations.Node node, JsonObject? old, JsonObject map, string path, bool unchanged, bool ratchets)
    {
        foreach ((string name, JsonNode? value) in map)
        {
            bool isProperty = node.Properties.TryGetValue(name, out SchemaValidations.Node? child);
            child ??= node.Values;
            JsonNode? before = null;
            bool hasBefore = old?.TryGetPropertyValue(name, out before) == true && before is not null;
            if (child is not null && !Visit(child, before, hasBefore, value, isProperty ? Join(path, name) : $"{path}[{name}]", IsSame(before, value, unchanged, ratchets), ratchets))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsSame(JsonNode? before, JsonNode? value, bool unchanged, bool ratchets)
        => ratchets && (before is null ? unchanged : JsonNode.DeepEquals(before, value));

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static JsonNode? Matching(JsonArray? old, JsonNode? item, IReadOnlyList<string> keys)
        => old?.FirstOrDefault(candidate => keys.All(key => JsonNode.DeepEquals((candidate as JsonObject)?[key], (item as JsonObject)?[key])));

    private bool Judge(SchemaValidations.Node node, JsonNode? old, bool hasOld, JsonNode target, string path, bool unchanged)
    {
        if (node.Rules.Length == 0)
        {
            return true;
        }

        var bindings = new CelVariables { ["self"] = CelJson.From(target, node.Schema) };
        CelValue before = hasOld ? CelJson.From(old, node.Schema) : default;
        foreach (CompiledRule rule in node.Rules)
        {
            if (rule.Failure is { } failure)
            {
                Report("FieldValueInvalid", path, node, $"rule compile error: {failure}");
                continue;
            }

            if (rule.Program is null || (rule.IsTransition && !hasOld && !rule.OptionalOldSelf))
            {
                continue;
            }

            bindings["oldSelf"] = !rule.OptionalOldSelf ? before : hasOld ? CelValue.OptionalOf(before) : CelValue.OptionalNone;
            CelResult result = rule.Program.Evaluate(bindings, new CelLimits(Math.Min(SchemaValidations.RuleBudget, _left)), cancellationToken);
            _left -= result.Cost;
            if (_left <= 0)
            {
                Report("FieldValueInvalid", path, node, "validation failed due to running out of cost budget, no further validation rules will be run");
                return false;
            }

            if (result.Error is { } error)
            {
                if (!ReportFailure(error, rule, path, node))
                {
                    return false;
                }
            }
            else if (!result.Value.IsTrue)
            {
                string detail = MessageOf(rule, bindings);
                if (unchanged && !rule.IsTransition)
                {
                    Forgive(rule.Reason, path + FieldPath(rule.FieldPath, path), node, detail);
                }
                else
                {
                    Report(rule.Reason, path + FieldPath(rule.FieldPath, path), node, detail);
                }
            }
        }

        return true;
    }

    private bool ReportFailure(CelError error, CompiledRule rule, string path, SchemaValidations.Node node)
    {
        if (error.Reason == CelErrorKind.Limit)
        {
            Report("FieldValueInvalid", path, node, $"'{error.Message}': no further validation rules will be run due to call cost exceeds limit for rule: {rule.Name}");
            return false;
        }

        Report("FieldValueInvalid", path, node, error.Message.StartsWith("no such overload", StringComparison.Ordinal)
            ? $"'{error.Message}': call arguments did not match a supported operator, function or macro signature for rule: {rule.Name}"
            : $"{error.Message} evaluating rule: {rule.Name}");
        return true;
    }

    private string MessageOf(CompiledRule rule, CelVariables bindings)
    {
        if (rule.MessageProgram is { } program)
        {
            CelResult result = program.Evaluate(bindings, new CelLimits(Math.Min(SchemaValidations.RuleBudget, Math.Max(1, _left))), cancellationToken);
            _left -= result.Cost;
            if (result.Value.Kind == CelKind.String && result.Value.StringValue.Trim() is { Length: > 0 and <= 5120 } text && !text.AsSpan().ContainsAny('\n', '\r'))
            {
                return text;
            }
        }

        return rule.Message.Length > 0 ? rule.Message : $"failed rule: {rule.Rule}";
    }

    /// <summary><c>.a.b['c']</c> below a path.</summary>
    private static string FieldPath(string fieldPath, string path)
    {
        string relative = fieldPath.Replace("['", "[", StringComparison.Ordinal).Replace("']", "]", StringComparison.Ordinal);
        return path.Length == 0 && relative.StartsWith('.') ? relative[1..] : relative;
    }

    private void Forgive(string reason, string path, SchemaValidations.Node node, string detail)
    {
        var wrong = new FieldErrors();
        Report(wrong, reason, path, node, detail);
        forgiven?.Add($"{wrong.Causes[0].Field}: {wrong.Causes[0].Message}");
    }

    private void Report(string reason, string path, SchemaValidations.Node node, string detail) => Report(errors, reason, path, node, detail);

    private static void Report(FieldErrors errors, string reason, string path, SchemaValidations.Node node, string detail)
    {
        string field = path.Length == 0 ? "<nil>" : path;
        switch (reason)
        {
            case "FieldValueForbidden":
                errors.Forbidden(field, detail);
                break;
            case "FieldValueRequired":
                errors.Required(field, detail);
                break;
            case "FieldValueDuplicate":
                errors.Add(reason, field, $"Duplicate value: {KubeJson.Quote(node.Type)}");
                break;
            default:
                errors.InvalidShown(field, KubeJson.Quote(node.Type), detail);
                break;
        }
    }
}

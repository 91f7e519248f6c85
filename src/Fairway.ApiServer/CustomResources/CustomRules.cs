using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>
/// Judges objects before they are stored: the rules of their kind, and for custom resources the rules that their definition
/// writes in the Common Expression Language (<c>x-kubernetes-validations</c>), which come last and only where the object's
/// shape is right.
/// </summary>
internal static class CustomRules
{
    /// <summary>Everything wrong with a new object.</summary>
    public static FieldErrors OfCreate(KindDefinition kind, JsonObject target)
    {
        FieldErrors errors = KindRules.Of(kind).ValidateCreate(target);
        Evaluate(kind, null, target, errors);
        return errors;
    }

    /// <summary>Everything wrong with a change.</summary>
    public static FieldErrors OfUpdate(KindDefinition kind, JsonObject old, JsonObject target, Part part)
    {
        FieldErrors errors = KindRules.Of(kind).ValidateUpdate(old, target, part == Part.Status);
        Evaluate(kind, old, target, errors);
        return errors;
    }

    // The seam for the rule evaluator. kind.Custom.Schema is the version's schema with the rules at every level
    // (JsonSchema.Validations); old is null on create. A definition's own rules are compiled where the definition is judged:
    // kind.Type is then that of customresourcedefinitions and target the definition.
    private static void Evaluate(KindDefinition kind, JsonObject? old, JsonObject target, FieldErrors errors)
    {
        if (kind.Custom?.Schema is { } schema && schema.SelfAndBelow().Any(each => each.Validations.Count > 0) && IsBlocked(errors))
        {
            errors.Add("FieldValueInvalid", "<nil>", "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation");
        }
    }

    private static bool IsBlocked(FieldErrors errors) => errors.Causes.Any(cause => cause.Reason
        is "FieldValueNotSupported" or "FieldValueRequired" or "FieldValueTooLong" or "FieldValueTooMany" or "FieldValueTypeInvalid");
}

using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.Admission.Rules;
using Fairway.Resources;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>
/// Judges objects before they are stored: the rules of their kind, and for custom resources the rules that their definition
/// writes in the Common Expression Language (<c>x-kubernetes-validations</c>), which come last and only where the object's
/// shape is right.
/// </summary>
internal static class CustomRules
{
    private static readonly ConditionalWeakTable<JsonSchema, SchemaValidations> Compiled = [];

    /// <summary>What kube-apiserver looks at after the schema that all versions share.</summary>
    private static readonly string[] After = ["spec.subresources", "spec.additionalPrinterColumns", "spec.selectableFields", "spec.conversion", "status", "metadata.annotations", "spec.preserveUnknownFields"];

    /// <summary>Everything wrong with a new object.</summary>
    public static FieldErrors OfCreate(KindDefinition kind, JsonObject target)
    {
        FieldErrors errors = WithoutSpec(kind, KindRules.Of(kind).ValidateCreate(target));
        Evaluate(kind, null, target, errors, null);
        return errors;
    }

    /// <summary>Everything wrong with a change.</summary>
    public static FieldErrors OfUpdate(KindDefinition kind, JsonObject old, JsonObject target, Part part, ICollection<string> warnings)
    {
        FieldErrors errors = WithoutSpec(kind, KindRules.Of(kind).ValidateUpdate(old, target, part == Part.Status));
        if (part != Part.Status || kind.Custom is not null)
        {
            Evaluate(kind, old, target, errors, warnings);
        }

        return errors;
    }

    private static void Evaluate(KindDefinition kind, JsonObject? old, JsonObject target, FieldErrors errors, ICollection<string>? warnings)
    {
        if (kind.Type.GroupResource == "customresourcedefinitions.apiextensions.k8s.io")
        {
            CheckDefinition(old, target, errors);
            return;
        }

        if (IsPolicy(kind))
        {
            // What is stored already is not judged again.
            if (!JsonNode.DeepEquals(old?["spec"], target["spec"]))
            {
                PolicyForm.Validate(kind.Type.Kind, target, errors);
            }

            return;
        }

        if (kind.Custom?.Schema is not { } schema || Compiled.GetValue(schema, static each => SchemaValidations.Compile(each, "", null)) is not { IsEmpty: false } rules)
        {
            return;
        }

        if (IsBlocked(errors))
        {
            errors.Invalid("<nil>", null, "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation");
            return;
        }

        rules.Validate(old, target, "", errors, warnings, CancellationToken.None);
    }

    private static bool IsPolicy(KindDefinition kind)
        => kind.Type.Group == "admissionregistration.k8s.io" && kind.Type.Plural is "validatingadmissionpolicies" or "validatingadmissionpolicybindings" or "mutatingadmissionpolicies" or "mutatingadmissionpolicybindings";

    /// <summary>Policies are judged whole by those who know their expressions: the rules of their records would say the same twice.</summary>
    private static FieldErrors WithoutSpec(KindDefinition kind, FieldErrors errors)
    {
        if (!IsPolicy(kind) || !errors.Causes.Any(InSpec))
        {
            return errors;
        }

        var rest = new FieldErrors();
        rest.AddAll(errors.Causes.Where(cause => !InSpec(cause)));
        return rest;
    }

    private static bool InSpec(StatusCause cause) => cause.Field?.StartsWith("spec", StringComparison.Ordinal) == true && cause.Reason != "FieldValueTypeInvalid";

    /// <summary>Compiles the rules of a definition that is written; versions with one and the same schema are judged as one.</summary>
    private static void CheckDefinition(JsonObject? old, JsonObject target, FieldErrors errors)
    {
        JsonArray versions = target["spec"].Array("versions") ?? [];
        if (JsonNode.DeepEquals(versions, old?["spec"].Array("versions")))
        {
            return;
        }

        IReadOnlyList<string> paths = DefinitionText.SchemaPaths(versions);
        for (int i = 0; i < paths.Count; i++)
        {
            if (versions[i]?["schema"].Object("openAPIV3Schema") is { } json && JsonSchema.Read(json) is var schema && DefinitionText.IsSound(schema))
            {
                CheckSchema(schema, paths[i], errors);
            }
        }
    }

    private static void CheckSchema(JsonSchema schema, string path, FieldErrors errors)
    {
        var found = new FieldErrors();
        CheckDefaults(schema, path, found);
        int known = 0;
        if (found.IsEmpty)
        {
            // Rules of schemas that are wrong themselves are left alone.
            found.AddAll(errors.Causes);
            known = errors.Count;
            SchemaValidations.Compile(schema, path, found);
        }

        errors.InsertBefore(cause => After.Any(prefix => cause.Field?.StartsWith(prefix, StringComparison.Ordinal) == true), [.. found.Causes.Skip(known)]);
    }

    /// <summary>Defaults keep the rules of their schemas, as a value that was always there and as a new one.</summary>
    private static void CheckDefaults(JsonSchema schema, string path, FieldErrors errors)
    {
        foreach ((JsonSchema each, string at) in DefinitionText.WithDefaults(schema, path))
        {
            SchemaValidations rules = SchemaValidations.Compile(each, "", null);
            int before = errors.Count;
            rules.Validate(each.Default, each.Default!, $"{at}.default", errors, null, CancellationToken.None);
            if (errors.Count == before)
            {
                rules.Validate(null, each.Default!, $"{at}.default", errors, null, CancellationToken.None);
            }
        }
    }

    private static bool IsBlocked(FieldErrors errors) => errors.Causes.Any(cause => cause.Reason
        is "FieldValueNotSupported" or "FieldValueRequired" or "FieldValueTooLong" or "FieldValueTooMany" or "FieldValueTypeInvalid");
}

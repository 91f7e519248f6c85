using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Fairway.Resources.CustomResources;

namespace Fairway.Resources.Schemas;

/// <summary>
/// What the server does with objects of one kind, in order: decode, default, validate. Cached for each kind; safe for concurrent use.
/// </summary>
public sealed class KindRules
{
    private static readonly ConcurrentDictionary<Type, KindRules> ByRecord = new();
    private static readonly ConditionalWeakTable<CustomKind, KindRules> ByDefinition = [];

    private KindRules(KindDefinition kind)
    {
        Kind = kind;
        Schema = kind.Schema;
        IsBuiltIn = kind.IsBuiltIn;
        Shape = kind.IsBuiltIn ? PlainShape.Of(kind.Type) : null;
    }

    public KindDefinition Kind { get; }

    public ResourceSchema Schema { get; }

    /// <summary>A kind of Kubernetes itself: strategic merge is accepted, and errors are worded as its API server does.</summary>
    public bool IsBuiltIn { get; }

    /// <summary>How objects are written; null for kinds that are not Kubernetes' own.</summary>
    public PlainShape? Shape { get; }

    /// <summary>The rules of a kind.</summary>
    public static KindRules Of(KindDefinition kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return kind.Custom is { } custom
            ? ByDefinition.GetValue(custom, _ => new KindRules(kind))
            : ByRecord.GetOrAdd(kind.Record!, static (_, each) => new KindRules(each), kind);
    }

    /// <summary>Reads a request body: prunes unknown fields, drops nulls, refuses wrong JSON types of built-in kinds.</summary>
    /// <param name="utf8">The body.</param>
    /// <param name="validation">What to do about unknown and duplicate fields.</param>
    /// <param name="warnings">Texts of Warning headers are added here.</param>
    /// <exception cref="StatusException">400.</exception>
    public JsonObject Decode(ReadOnlySpan<byte> utf8, FieldValidation validation, ICollection<string> warnings)
    {
        DecodedObject decoded = ObjectDecoder.Decode(utf8, Schema, Kind.Type);
        ThrowOnWrongTypes(decoded.Object);
        AddAll(warnings, validation.Enforce(Kind.Type, InOrder(decoded.Problems)));
        return decoded.Object;
    }

    /// <summary>The same for an object that is a tree already (YAML, the outcome of a patch).</summary>
    /// <exception cref="StatusException">400, or 422 for a patch.</exception>
    public void Admit(JsonObject target, FieldValidation validation, ICollection<string> warnings, ShownPatch? patch = null)
    {
        IReadOnlyList<string> problems = InOrder(Pruning.Apply(target, Schema, Kind.Type));
        if (patch is null)
        {
            ThrowOnWrongTypes(target);
            AddAll(warnings, validation.Enforce(Kind.Type, problems));
        }
        else
        {
            if (IsBuiltIn && Decoding.WrongType(target, Schema, Kind.Type) is { } wrong)
            {
                throw FieldValidationRules.RefusePatch(patch.Text, patch.IsStrategic ? wrong.Converted : wrong.Decoded);
            }

            AddAll(warnings, validation.EnforceOnPatch(patch.Text, problems));
            ThrowOnWrongTypes(target);
        }
    }

    /// <summary>Leaves out what says nothing and fills in defaults: those of the schema, then those that depend on other fields.</summary>
    public void Default(JsonObject target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (Kind.Custom is not null)
        {
            GoNumbers.Canonicalize(target);
        }

        Shape?.Strip(target);
        Shape?.Open(target);
        Defaulting.Apply(target, Schema);
        ComputedDefaults.Apply(Kind.Type, target);
    }

    /// <summary>Everything wrong with a new object.</summary>
    public FieldErrors ValidateCreate(JsonObject target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var errors = new FieldErrors();
        MetadataValidation.Validate(target, Kind, errors);
        if (Kind.Custom is { } custom)
        {
            CustomValidation.Create(custom, target, errors);
            return errors;
        }

        KindValidation.ValidateWhole(Kind.Type, target, old: null, errors);
        if (errors.IsEmpty && !KindValidation.IsWhole(Kind.Type))
        {
            Validation.Validate(target, Schema, IsBuiltIn, errors);
        }

        if (errors.IsEmpty)
        {
            KindValidation.Validate(Kind.Type, target, old: null, errors);
        }

        return errors;
    }

    /// <summary>Everything wrong with a change: what is wrong with the new object, and fields that cannot change.</summary>
    /// <param name="old">The object before the change.</param>
    /// <param name="target">The object after it.</param>
    /// <param name="isStatus">Only status was written: of a custom resource only that is judged.</param>
    public FieldErrors ValidateUpdate(JsonObject old, JsonObject target, bool isStatus = false)
    {
        ArgumentNullException.ThrowIfNull(old);
        ArgumentNullException.ThrowIfNull(target);
        var errors = new FieldErrors();
        MetadataValidation.ValidateUpdate(old, target, Kind, errors);
        if (Kind.Custom is { } custom)
        {
            if (isStatus)
            {
                CustomValidation.UpdateStatus(custom, old, target, errors);
            }
            else
            {
                CustomValidation.Update(custom, old, target, errors);
            }

            return errors;
        }

        // A write of status is judged by the status alone, as the real server's strategies for it do.
        if (!isStatus)
        {
            KindValidation.ValidateWhole(Kind.Type, target, old, errors);
        }

        if (errors.IsEmpty)
        {
            if (!KindValidation.IsWhole(Kind.Type))
            {
                Validation.Validate(target, Schema, IsBuiltIn, errors);
            }

            Immutability.Validate(old, target, Schema, errors);
        }

        if (errors.IsEmpty)
        {
            KindValidation.Validate(Kind.Type, target, old, errors);
        }

        return errors;
    }

    private void ThrowOnWrongTypes(JsonObject target)
    {
        // Of custom resources only what every object has is decoded into types; the rest is for the schema to judge.
        StatusException? error = IsBuiltIn ? Decoding.TypeError(target, Schema, Kind.Type)
            : Kind.Custom is not null ? Decoding.MetadataError(target, Kind.Type)
            : null;
        if (error is not null)
        {
            throw error;
        }

        if (Kind.Custom?.Schema is { } schema && EmbeddedObjects.Undecodable(target, schema, "", isObject: false) is { } broken)
        {
            throw StatusException.BadRequest($"{Kind.Type.Kind} in version \"{Kind.Type.Version}\" cannot be handled as a {Kind.Type.Kind}: {broken.Field}: {broken.Message}");
        }
    }

    // Duplicates are found first and unknown fields of custom resources are sorted, those of metadata before the others.
    private IReadOnlyList<string> InOrder(IReadOnlyList<string> problems) => Kind.Custom is null || problems.Count < 2 ? problems :
    [
        .. problems.Where(problem => problem.StartsWith("duplicate", StringComparison.Ordinal)),
        .. problems.Where(problem => problem.StartsWith("unknown field \"metadata.", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
        .. problems.Where(problem => problem.StartsWith("unknown", StringComparison.Ordinal) && !problem.StartsWith("unknown field \"metadata.", StringComparison.Ordinal))
            .OrderBy(IsEmbedded).ThenBy(problem => problem, StringComparer.Ordinal),
    ];

    // What embedded objects do not know in their metadata is found last.
    private static bool IsEmbedded(string problem) => problem.Contains(".metadata.", StringComparison.Ordinal);

    private static void AddAll(ICollection<string> to, IReadOnlyList<string> texts)
    {
        foreach (string text in texts)
        {
            to.Add(text);
        }
    }
}

using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>
/// What the server does with objects of one kind, in order: decode, default, validate. Cached for each kind; safe for concurrent use.
/// </summary>
public sealed class KindRules
{
    private static readonly ConcurrentDictionary<Type, KindRules> ByRecord = new();

    private KindRules(KindDefinition kind)
    {
        Kind = kind;
        Schema = RecordSchemas.Of(kind);
        IsBuiltIn = SchemaNames.IsBuiltIn(kind.Type.Group);
    }

    public KindDefinition Kind { get; }

    public ResourceSchema Schema { get; }

    /// <summary>A kind of Kubernetes itself: strategic merge is accepted, and errors are worded as its API server does.</summary>
    public bool IsBuiltIn { get; }

    /// <summary>The rules of a kind.</summary>
    public static KindRules Of(KindDefinition kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return ByRecord.GetOrAdd(kind.Record, static (_, each) => new KindRules(each), kind);
    }

    /// <summary>Reads a request body: prunes unknown fields, drops nulls, refuses wrong JSON types of built-in kinds.</summary>
    /// <param name="utf8">The body.</param>
    /// <param name="validation">What to do about unknown and duplicate fields.</param>
    /// <param name="warnings">Texts of Warning headers are added here.</param>
    /// <exception cref="StatusException">400.</exception>
    public JsonObject Decode(ReadOnlySpan<byte> utf8, FieldValidation validation, ICollection<string> warnings)
    {
        DecodedObject decoded = ObjectDecoder.Decode(utf8, Schema);
        AddAll(warnings, validation.Enforce(Kind.Type, decoded.Problems));
        ThrowOnWrongTypes(decoded.Object);
        return decoded.Object;
    }

    /// <summary>The same for an object that is a tree already (YAML, the outcome of a patch).</summary>
    /// <exception cref="StatusException">400, or 422 for a patch.</exception>
    public void Admit(JsonObject target, FieldValidation validation, ICollection<string> warnings, JsonNode? patch = null)
    {
        IReadOnlyList<string> problems = Pruning.Apply(target, Schema);
        AddAll(warnings, patch is null ? validation.Enforce(Kind.Type, problems) : validation.EnforceOnPatch(patch, problems));
        ThrowOnWrongTypes(target);
    }

    /// <summary>Fills in defaults: those of the schema, then those that depend on other fields.</summary>
    public void Default(JsonObject target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Defaulting.Apply(target, Schema);
        ComputedDefaults.Apply(Kind.Type, target);
    }

    /// <summary>Everything wrong with a new object.</summary>
    public FieldErrors ValidateCreate(JsonObject target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var errors = new FieldErrors();
        MetadataValidation.Validate(target, Kind.Type, errors);
        Validation.Validate(target, Schema, IsBuiltIn, errors);
        if (errors.IsEmpty)
        {
            KindValidation.Validate(Kind.Type, target, old: null, errors);
        }

        return errors;
    }

    /// <summary>Everything wrong with a change: what is wrong with the new object, and fields that cannot change.</summary>
    public FieldErrors ValidateUpdate(JsonObject old, JsonObject target)
    {
        ArgumentNullException.ThrowIfNull(old);
        ArgumentNullException.ThrowIfNull(target);
        var errors = new FieldErrors();
        MetadataValidation.ValidateUpdate(old, target, Kind.Type, errors);
        Validation.Validate(target, Schema, IsBuiltIn, errors);
        Immutability.Validate(old, target, Schema, errors);
        if (errors.IsEmpty)
        {
            KindValidation.Validate(Kind.Type, target, old, errors);
        }

        return errors;
    }

    private void ThrowOnWrongTypes(JsonObject target)
    {
        if (IsBuiltIn && Decoding.TypeError(target, Schema, Kind.Type) is { } error)
        {
            throw error;
        }
    }

    private static void AddAll(ICollection<string> to, IReadOnlyList<string> texts)
    {
        foreach (string text in texts)
        {
            to.Add(text);
        }
    }
}

using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Policy.Sources;

/// <summary>One object found in a file, in the shape that policies see, with the way back to the file's lines.</summary>
public sealed record SourceObject
{
    /// <summary>As the user named it; <c>-</c> is standard input.</summary>
    public required string File { get; init; }

    public required JsonObject Object { get; init; }

    public required ResourceIdentity Identity { get; init; }

    /// <summary>JSON pointers of values known only later.</summary>
    public IReadOnlySet<string> UnknownValues { get; init; } = new HashSet<string>();

    /// <summary>The file's object as it was written is this object, so a patch of it can be applied to the text.</summary>
    public bool IsEditable { get; init; }

    /// <summary>Which document of the stream, from 0.</summary>
    public int Document { get; init; }

    /// <summary>The pointer of the object in its document: <c>/items/3</c> in a List.</summary>
    public string Pointer { get; init; } = "";

    /// <summary>Where a field stands, from 1.</summary>
    public required Func<FieldPath, (int Line, int Column)> Locate { get; init; }

    /// <summary>The question about it: would it be admitted as a new object?</summary>
    public Subject Subject(Func<string, JsonObject?> namespaces)
    {
        JsonObject? known = Identity is { Namespaced: true, NamespaceName.Length: > 0 } ? namespaces(Identity.NamespaceName) : null;
        bool assumed = known is null && Identity.Namespaced;
        return new Subject
        {
            Identity = Identity,
            Object = Object,
            Operation = "CREATE",
            Namespace = assumed ? BareNamespace(Identity.NamespaceName) : known,
            NamespaceIsAssumed = assumed,
            UnknownValues = UnknownValues,
        };
    }

    /// <summary>A namespace of which only the name is known.</summary>
    public static JsonObject BareNamespace(string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/metadata.name"] = name } },
    };

    /// <summary>Locates by places of a YAML or JSON document.</summary>
    /// <param name="places">The document's places; null: only the line is known.</param>
    /// <param name="pointer">Where the object begins in its document.</param>
    /// <param name="wrapped">The member of the shape that is the document's object (<c>spec</c>), or null when the shape is the object.</param>
    /// <param name="line">Where the object begins.</param>
    internal static Func<FieldPath, (int Line, int Column)> By(YamlPlaces? places, string pointer, string? wrapped, int line) => path =>
    {
        FieldPath inDocument = FieldPath.Root;
        foreach (string step in pointer.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            inDocument = int.TryParse(step, out int index) ? inDocument.Item(index) : inDocument.Field(step);
        }

        IReadOnlyList<FieldPath> steps = path.Steps();
        if (wrapped is not null && (steps.Count == 0 || steps[0].Name != wrapped))
        {
            return (line, 1);
        }

        foreach (FieldPath step in wrapped is null ? steps : steps.Skip(1))
        {
            inDocument = step.Name is { } name ? inDocument.Field(name) : inDocument.Item(step.Index);
        }

        return places?.Nearest(inDocument) is { } place ? (place.Line, place.Column) : (line, 1);
    };
}

/// <summary>What could not be read, or was left out, and why.</summary>
public sealed record SourceProblem(string File, int Line, int Column, string Message, bool IsError)
{
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>What a set of files holds.</summary>
public sealed record SourceSet(IReadOnlyList<SourceObject> Objects, IReadOnlyList<SourceProblem> Problems)
{
    /// <summary>A namespace among the objects, by name.</summary>
    public Func<string, JsonObject?> Namespaces()
    {
        var known = Objects.Where(one => one.Identity is { Group: "", Kind: "Namespace" })
            .GroupBy(one => one.Identity.Name).ToDictionary(group => group.Key, group => Labelled(group.First().Object));
        return name => known.GetValueOrDefault(name);
    }

    private static JsonObject Labelled(JsonObject @namespace)
    {
        // The server sets this label on every namespace.
        JsonObject copy = @namespace.DeepClone().AsObject();
        if (copy["metadata"] is JsonObject metadata)
        {
            if (metadata["labels"] is not JsonObject labels)
            {
                metadata["labels"] = labels = [];
            }

            labels["kubernetes.io/metadata.name"] = metadata.Text("name");
        }

        return copy;
    }
}

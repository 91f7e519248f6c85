using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>
/// How Kubernetes' own types are written: members that say nothing are left out, some are always there, amounts have one
/// spelling. Clients see stored objects so; rules, patches and owners are reckoned without what says nothing.
/// </summary>
/// <remarks>Immutable; safe for concurrent use. Kinds that the table does not name stay as they are.</remarks>
public sealed class PlainShape
{
    private const string Resource = "Fairway.Resources.Schemas.plain-shapes.txt";

    private static readonly FrozenDictionary<string, string> Groups = new Dictionary<string, string>
    {
        [""] = "core",
        ["apps"] = "apps",
        ["batch"] = "batch",
        ["autoscaling"] = "autoscaling",
        ["networking.k8s.io"] = "networking",
        ["policy"] = "policy",
        ["rbac.authorization.k8s.io"] = "rbac",
        ["storage.k8s.io"] = "storage",
        ["scheduling.k8s.io"] = "scheduling",
        ["coordination.k8s.io"] = "coordination",
        ["discovery.k8s.io"] = "discovery",
        ["admissionregistration.k8s.io"] = "admission",
        ["events.k8s.io"] = "events",
        ["certificates.k8s.io"] = "certificates",
        ["node.k8s.io"] = "node",
    }.ToFrozenDictionary();

    private static readonly Lazy<FrozenDictionary<string, PlainShape>> Table = new(Read);

    private readonly FrozenDictionary<string, Field> _byName;
    private readonly Field[] _always;

    private PlainShape(Field[] fields)
    {
        _byName = fields.ToFrozenDictionary(field => field.Name, StringComparer.Ordinal);
        _always = [.. fields.Where(field => field.IsAlwaysThere)];
    }

    private enum Part
    {
        Text = 's',
        Number = 'n',
        Truth = 'b',
        Time = 'T',
        NumberOrText = 'I',
        Amount = 'Q',
        PerhapsAmount = 'u',
        Amounts = 'q',
        Map = 'm',
        List = 'l',
        Bytes = 'y',
        Structure = 'S',
        PerhapsText = 'w',
        PerhapsStructure = 'P',
        Structures = 'L',
    }

    /// <summary>The shape of a kind; null for kinds that are not Kubernetes' own.</summary>
    public static PlainShape? Of(ResourceType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Groups.TryGetValue(type.Group, out string? group)
            ? Table.Value.GetValueOrDefault($"{(type is { Group: "autoscaling", Version: "v1" } ? "autoscalingv1" : group)}.{type.Kind}")
            : null;
    }

    /// <summary>Leaves out members that say nothing, and writes amounts in their one spelling. In place.</summary>
    public void Strip(JsonObject target)
    {
        ArgumentNullException.ThrowIfNull(target);
        List<string>? silent = null;
        List<string>? misspelt = null;
        foreach ((string name, JsonNode? value) in target)
        {
            if (!_byName.TryGetValue(name, out Field field))
            {
                continue;
            }

            if (SaysNothing(field, value))
            {
                (silent ??= []).Add(name);
            }
            else if (field.Part is Part.Amount or Part.PerhapsAmount)
            {
                (misspelt ??= []).Add(name);
            }
            else if (field.Part == Part.Amounts && value is JsonObject amounts)
            {
                Spell(amounts, [.. amounts.Select(pair => pair.Key)], isList: true);
            }
            else
            {
                Each(field, value, static (shape, node) => shape.Strip(node));
            }
        }

        foreach (string name in silent ?? [])
        {
            target.Remove(name);
        }

        Spell(target, misspelt ?? [], isList: false);
    }

    /// <summary>Adds the members that are always there. In place.</summary>
    public void Complete(JsonObject target)
    {
        ArgumentNullException.ThrowIfNull(target);
        foreach (Field field in _always)
        {
            // What is stored has no empty lists and maps: they are as good as none.
            bool isNone = !target.TryGetPropertyValue(field.Name, out JsonNode? value) || value is null
                || (value is JsonArray { Count: 0 } && field.Part is Part.List or Part.Structures) || (value is JsonObject { Count: 0 } && field.Part == Part.Map);
            if (isNone)
            {
                target[field.Name] = Nothing(field.Part);
            }
        }

        foreach ((string name, JsonNode? value) in target)
        {
            if (value is JsonObject or JsonArray && _byName.TryGetValue(name, out Field field))
            {
                Each(field, value, static (shape, node) => shape.Complete(node));
            }
        }
    }

    /// <summary>Adds the desired states that are always there, so that they get their defaults. In place.</summary>
    public void Open(JsonObject target)
    {
        ArgumentNullException.ThrowIfNull(target);
        foreach (Field field in _always)
        {
            if (field.Part == Part.Structure && field.Name is "spec" or "template" or "jobTemplate")
            {
                JsonObject below = target[field.Name] as JsonObject ?? [];
                target[field.Name] ??= below;
                Each(field, below, static (shape, node) => shape.Open(node));
            }
        }
    }

    /// <summary>Whether a member is there in every object that its owner is in, and the shape of what it holds.</summary>
    internal (bool IsAlwaysThere, PlainShape? Within) Member(string name)
        => _byName.TryGetValue(name, out Field field)
            ? (field.IsAlwaysThere, field.Type is null ? null : Table.Value.GetValueOrDefault(field.Type))
            : (false, null);

    /// <summary>What a member is when nothing was said: an empty structure with all that is always there, zero, or null.</summary>
    internal JsonNode? Untouched(string name)
    {
        if (!_byName.TryGetValue(name, out Field field))
        {
            return null;
        }

        JsonNode? nothing = Nothing(field.Part);
        Each(field, nothing, static (shape, node) => shape.Complete(node));
        return nothing;
    }

    private static void Each(in Field field, JsonNode? value, Action<PlainShape, JsonObject> what)
    {
        if (field.Type is null || !Table.Value.TryGetValue(field.Type, out PlainShape? shape))
        {
            return;
        }

        if (value is JsonObject node && field.Part is Part.Structure or Part.PerhapsStructure)
        {
            what(shape, (JsonObject)value);
        }
        else if (value is JsonArray list && field.Part == Part.Structures)
        {
            foreach (JsonNode? item in list)
            {
                if (item is JsonObject members)
                {
                    what(shape, members);
                }
            }
        }
    }

    private static bool SaysNothing(in Field field, JsonNode? value) => field.Part switch
    {
        _ when value is null => field.Part is not Part.PerhapsStructure,
        Part.Text or Part.Bytes => value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0,
        Part.Number or Part.NumberOrText => value.GetValueKind() == JsonValueKind.Number && KubeJson.AsLong(value) == 0,
        Part.Truth => value.GetValueKind() == JsonValueKind.False,
        Part.Amount => AmountRules.Of(value) is { Nanos.IsZero: true },
        Part.Map or Part.Amounts => value is JsonObject { Count: 0 } && !field.IsWritten,
        Part.List or Part.Structures => value is JsonArray { Count: 0 } && !field.IsWritten,
        _ => false,
    };

    private static void Spell(JsonObject owner, IReadOnlyList<string> names, bool isList)
    {
        foreach (string name in names)
        {
            if (AmountRules.Of(owner[name]) is not { } amount)
            {
                continue;
            }

            // Amounts in lists are kept to thousandths.
            Quantity canonical = isList && !(amount.Nanos % 1_000_000).IsZero ? Quantity.FromMilli(amount.MilliValue) : amount.Canonical();
            if (KubeJson.AsString(owner[name]) != canonical.Text)
            {
                owner[name] = canonical.Text;
            }
        }
    }

    private static JsonNode? Nothing(Part part) => part switch
    {
        Part.Text => "",
        Part.Number or Part.NumberOrText => 0,
        Part.Truth => false,
        Part.Amount => "0",
        Part.Structure => new JsonObject(),
        _ => null,
    };

    private static FrozenDictionary<string, PlainShape> Read()
    {
        using Stream stream = typeof(PlainShape).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        var table = new Dictionary<string, PlainShape>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                table[words[0]] = new PlainShape([.. words.Skip(1).Select(Parse)]);
            }
        }

        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static Field Parse(string word)
    {
        string[] parts = word.Split(':');
        return new Field(parts[0], (Part)parts[1][0], parts[1].EndsWith('a'), parts.Length > 2 ? parts[2] : null);
    }

    /// <param name="Name">The member.</param>
    /// <param name="Part">What it is.</param>
    /// <param name="IsWritten">Written even when it says nothing.</param>
    /// <param name="Type">The type of what is within.</param>
    private readonly record struct Field(string Name, Part Part, bool IsWritten, string? Type)
    {
        /// <summary>Structures, times and amounts cannot be left out, whatever their tags say.</summary>
        public bool IsAlwaysThere => IsWritten || Part is Part.Structure or Part.Time or Part.NumberOrText or Part.Amount;
    }
}

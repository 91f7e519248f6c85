using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Fields;

/// <summary>One condition on a field.</summary>
/// <param name="Path"><c>metadata.name</c>, <c>spec.nodeName</c>.</param>
/// <param name="Equal">The field must have the value; else it must not.</param>
/// <param name="Value">Compared as text; absent fields count as empty.</param>
public sealed record FieldRequirement(string Path, bool Equal, string Value)
{
    public override string ToString() => $"{Path}{(Equal ? "=" : "!=")}{Escape(Value)}";

    private static string Escape(string value)
        => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal);
}

/// <summary>A conjunction of conditions on fields that a kind declares as selectable.</summary>
public sealed class FieldSelector
{
    private readonly FieldRequirement[] _requirements;

    /// <summary>Makes a selector of requirements.</summary>
    public FieldSelector(IEnumerable<FieldRequirement> requirements) => _requirements = [.. requirements];

    public static FieldSelector Everything { get; } = new([]);

    public IReadOnlyList<FieldRequirement> Requirements => _requirements;

    public bool IsEverything => _requirements.Length == 0;

    /// <summary>Parses the text of a <c>fieldSelector</c> parameter; null and empty select everything.</summary>
    /// <exception cref="StatusException">400, when malformed.</exception>
    public static FieldSelector Parse(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return Everything;
        }

        var requirements = new List<FieldRequirement>();
        foreach (string term in Split(text).Order(StringComparer.Ordinal)) // as kube-apiserver does, so that of two mistakes it names the same
        {
            if (term.Length > 0)
            {
                requirements.Add(Term(text, term));
            }
        }

        return new FieldSelector(requirements);
    }

    /// <summary>Parses and checks that the kind can select by the fields.</summary>
    /// <exception cref="StatusException">400: malformed, or <c>field label not supported: spec.x</c>.</exception>
    public static FieldSelector Parse(string? text, KindDefinition kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return Checked(Parse(text), kind);
    }

    /// <summary>Checks that the kind can select by the fields.</summary>
    /// <exception cref="StatusException">400: <c>field label not supported: spec.x</c>.</exception>
    public static FieldSelector Checked(FieldSelector selector, KindDefinition kind)
    {
        ArgumentNullException.ThrowIfNull(selector);
        ArgumentNullException.ThrowIfNull(kind);
        foreach (FieldRequirement requirement in selector._requirements)
        {
            if (!IsSelectable(requirement.Path, kind))
            {
                throw StatusException.BadRequest(kind.Type is { Group: "batch", Kind: "Job" } ? $"field label {KubeJson.Quote(requirement.Path)} not supported for Job"
                    : HasOwnFields(kind) ? $"field label not supported: {requirement.Path}"
                    : $"{KubeJson.Quote(requirement.Path)} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
            }
        }

        return selector;
    }

    /// <summary>All conditions hold for the document. Conditions on name and namespace read only the header.</summary>
    public bool Matches(Document document)
    {
        ArgumentNullException.ThrowIfNull(document);
        JsonObject? tree = null;
        foreach (FieldRequirement requirement in _requirements)
        {
            string actual = requirement.Path switch
            {
                "metadata.name" => document.Header.Name,
                "metadata.namespace" => document.Header.Namespace,
                _ => FieldText.Read(tree ??= document.ToNode(), requirement.Path),
            };
            if (string.Equals(actual, requirement.Value, StringComparison.Ordinal) != requirement.Equal)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The name that the selector pins, when it does: a list of one object needs no scan.</summary>
    public string? ExactName => _requirements.FirstOrDefault(each => each is { Path: "metadata.name", Equal: true })?.Value;

    public override string ToString() => string.Join(',', _requirements.AsEnumerable());

    private static bool IsSelectable(string path, KindDefinition kind)
        => path == "metadata.name" || (path == "metadata.namespace" && kind.Type.Namespaced) || kind.FieldSelectors.Contains(path, StringComparer.Ordinal);

    // Kinds whose fields Kubernetes lists one by one say so in other words than those that have only their name.
    private static bool HasOwnFields(KindDefinition kind)
        => kind.Custom is not null || kind.FieldSelectors.Count > 0 || kind.Type is { Group: "", Kind: "Node" or "Namespace" or "Secret" or "Service" } or { Group: "batch", Kind: "Job" };

    private static FieldRequirement Term(string text, string term)
    {
        for (int i = 0; i < term.Length; i++)
        {
            ReadOnlySpan<char> rest = term.AsSpan(i);
            if (rest[0] == '=' || rest.StartsWith("!="))
            {
                return new FieldRequirement(term[..i], rest[0] == '=', Unescape(term[(i + (rest.StartsWith("==") || rest[0] == '!' ? 2 : 1))..]));
            }
        }

        throw StatusException.BadRequest($"invalid selector: '{text}'; can't understand '{term}'");
    }

    private static IEnumerable<string> Split(string text)
    {
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == ',')
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }

    private static string Unescape(string value)
    {
        var result = new StringBuilder(value.Length);
        for (int i = 0; i < value.Length; i++)
        {
            char letter = value[i];
            if (letter == '\\')
            {
                letter = i + 1 == value.Length ? throw StatusException.BadRequest("invalid field selector: invalid escape sequence: \\")
                    : value[i + 1] is '\\' or ',' or '=' ? value[++i]
                    : throw StatusException.BadRequest($"invalid field selector: invalid escape sequence: \\{value[i + 1]}");
            }
            else if (letter is ',' or '=')
            {
                throw StatusException.BadRequest($"invalid field selector: unescaped character in value: {(int)letter}");
            }

            result.Append(letter);
        }

        return result.ToString();
    }
}

/// <summary>Reads a declared field as the text that selectors compare.</summary>
internal static class FieldText
{
    public static string Read(JsonObject tree, string path)
    {
        JsonNode? node = tree;
        foreach (string step in path.Split('.'))
        {
            node = (node as JsonObject)?[step];
        }

        return node switch
        {
            null => "",
            JsonValue value => KubeJson.AsString(value) ?? value.ToJsonString(),
            _ => "",
        };
    }
}

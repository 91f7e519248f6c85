using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>
/// The paths of printer columns: members (<c>.a.b</c>, <c>['a']</c>, with escaped dots), indices and slices, <c>*</c>, <c>..</c>
/// and filters that compare a member with a value (<c>[?(@.type=="Ready")]</c>).
/// </summary>
internal sealed class JsonPath
{
    private readonly IReadOnlyList<Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>>> _steps;

    private JsonPath(IReadOnlyList<Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>>> steps) => _steps = steps;

    /// <summary>Reads a path; null when it is none.</summary>
    public static JsonPath? TryParse(string text)
    {
        var steps = new List<Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>>>();
        int at = text.StartsWith('$') ? 1 : 0;
        while (at < text.Length)
        {
            if (text[at] == '[')
            {
                int end = CloseOf(text, at);
                if (end < 0 || Bracket(text[(at + 1)..end].Trim()) is not { } step)
                {
                    return null;
                }

                steps.Add(step);
                at = end + 1;
            }
            else if (text[at] == '.' && at + 1 < text.Length && text[at + 1] == '.')
            {
                steps.Add(nodes => nodes.SelectMany(Everything));
                at++;
            }
            else
            {
                string name = Name(text, text[at] == '.' ? at + 1 : at, out at);
                if (name.Length > 0)
                {
                    steps.Add(name == "*" ? nodes => nodes.SelectMany(Children) : nodes => nodes.SelectMany(node => Member(node, name)));
                }
            }
        }

        return new JsonPath(steps);
    }

    /// <summary>The first value that the path finds, or null.</summary>
    public JsonNode? First(JsonNode root)
    {
        IEnumerable<JsonNode?> nodes = [root];
        foreach (Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>> step in _steps)
        {
            nodes = step(nodes);
        }

        return nodes.FirstOrDefault();
    }

    private static string Name(string text, int from, out int end)
    {
        var name = new StringBuilder();
        end = from;
        while (end < text.Length && text[end] is not ('.' or '['))
        {
            if (text[end] == '\\' && end + 1 < text.Length)
            {
                end++;
            }

            name.Append(text[end++]);
        }

        return name.ToString();
    }

    private static int CloseOf(string text, int open)
    {
        char quote = '\0';
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            if (quote != '\0')
            {
                quote = text[i] == quote ? '\0' : quote;
            }
            else if (text[i] is '\'' or '"')
            {
                quote = text[i];
            }
            else if (text[i] == '[')
            {
                depth++;
            }
            else if (text[i] == ']' && --depth == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>>? Bracket(string inner)
    {
        if (inner == "*")
        {
            return nodes => nodes.SelectMany(Children);
        }

        if (inner.Length > 1 && inner[0] is '\'' or '"' && inner[^1] == inner[0])
        {
            string name = inner[1..^1].Replace("\\", "", StringComparison.Ordinal);
            return nodes => nodes.SelectMany(node => Member(node, name));
        }

        if (inner.StartsWith("?(", StringComparison.Ordinal) && inner.EndsWith(')'))
        {
            return Filter(inner[2..^1].Trim());
        }

        return inner.Contains(':', StringComparison.Ordinal) ? Slice(inner)
            : int.TryParse(inner, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index) ? nodes => nodes.SelectMany(node => Item(node, index))
            : null;
    }

    private static Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>>? Slice(string inner)
    {
        string[] parts = inner.Split(':');
        int?[] bounds = [.. parts.Select(part => int.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int bound) ? bound : (int?)null)];
        return nodes => nodes.OfType<JsonArray>().SelectMany(items =>
        {
            int start = Math.Clamp(bounds[0] is { } from ? from < 0 ? items.Count + from : from : 0, 0, items.Count);
            int end = Math.Clamp(bounds[1] is { } to ? to < 0 ? items.Count + to : to : items.Count, 0, items.Count);
            int step = Math.Max(1, bounds.Length > 2 ? bounds[2] ?? 1 : 1);
            return items.Skip(start).Take(Math.Max(0, end - start)).Where((_, index) => index % step == 0);
        });
    }

    private static Func<IEnumerable<JsonNode?>, IEnumerable<JsonNode?>>? Filter(string expression)
    {
        foreach (string sign in (ReadOnlySpan<string>)["==", "!=", "<=", ">=", "<", ">"])
        {
            int at = expression.IndexOf(sign, StringComparison.Ordinal);
            if (at > 0)
            {
                JsonPath? left = TryParse(expression[..at].Trim().TrimStart('@'));
                string right = expression[(at + sign.Length)..].Trim();
                string wanted = right.Length > 1 && right[0] is '\'' or '"' ? right[1..^1] : right;
                return left is null ? null : nodes => nodes.SelectMany(Children).Where(node => node is not null && Compare(left.First(node), sign, wanted));
            }
        }

        return TryParse(expression.TrimStart('@')) is { } path ? nodes => nodes.SelectMany(Children).Where(node => node is not null && path.First(node) is not null) : null;
    }

    private static bool Compare(JsonNode? value, string sign, string wanted)
    {
        if (value is not JsonValue scalar)
        {
            return false;
        }

        string text = KubeJson.AsString(scalar) ?? scalar.ToJsonString();
        int order = scalar.GetValueKind() == System.Text.Json.JsonValueKind.Number && double.TryParse(wanted, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? GoNumbers.AsDouble(scalar).CompareTo(number)
            : string.CompareOrdinal(text, wanted);
        return sign switch
        {
            "==" => order == 0,
            "!=" => order != 0,
            "<=" => order <= 0,
            ">=" => order >= 0,
            "<" => order < 0,
            _ => order > 0,
        };
    }

    private static IEnumerable<JsonNode?> Member(JsonNode? node, string name)
        => node is JsonObject members && members.TryGetPropertyValue(name, out JsonNode? value) ? [value] : [];

    private static IEnumerable<JsonNode?> Item(JsonNode? node, int index)
        => node is JsonArray items && index < items.Count && index >= -items.Count ? [items[index < 0 ? items.Count + index : index]] : [];

    private static IEnumerable<JsonNode?> Children(JsonNode? node) => node switch
    {
        JsonArray items => items,
        JsonObject members => members.Select(member => member.Value),
        _ => [],
    };

    private static IEnumerable<JsonNode?> Everything(JsonNode? node) => [node, .. Children(node).SelectMany(Everything)];
}

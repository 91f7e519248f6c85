using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Fairway.Telemetry.Logs.Query;

/// <summary><c>| json</c>: the fields of an object become labels, nested ones joined by underscores.</summary>
internal sealed record JsonStage : LogStage
{
    private const int MostDepth = 16;

    public override bool Apply(LogLine line)
    {
        if (!line.Line.AsSpan().TrimStart().StartsWith("{"))
        {
            line.Labels.Set("__error__", "JSONParserErr");
            return true;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(line.Line, new JsonDocumentOptions { MaxDepth = MostDepth * 2 });
            Put(line, "", document.RootElement, 0);
        }
        catch (JsonException)
        {
            line.Labels.Set("__error__", "JSONParserErr");
        }

        return true;
    }

    private static void Put(LogLine line, string prefix, JsonElement element, int depth)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            string name = LabelText.Name(prefix.Length == 0 ? property.Name : $"{prefix}_{property.Name}");
            switch (property.Value.ValueKind)
            {
                case JsonValueKind.Object when depth < MostDepth:
                    Put(line, name, property.Value, depth + 1);
                    break;
                case JsonValueKind.String:
                    LabelText.Set(line, name, property.Value.GetString()!);
                    break;
                case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                    LabelText.Set(line, name, property.Value.GetRawText());
                    break;
            }
        }
    }
}

/// <summary><c>| logfmt</c>: <c>key=value</c> and <c>key="quoted value"</c> become labels.</summary>
internal sealed record LogfmtStage : LogStage
{
    public override bool Apply(LogLine line)
    {
        string text = line.Line;
        for (int at = 0; at < text.Length;)
        {
            while (at < text.Length && text[at] == ' ')
            {
                at++;
            }

            int start = at;
            while (at < text.Length && text[at] is not (' ' or '='))
            {
                at++;
            }

            string key = text[start..at];
            if (at >= text.Length || text[at] != '=' || key.Length == 0)
            {
                at = Math.Max(at, start + 1);
                continue;
            }

            at++;
            LabelText.Set(line, LabelText.Name(key), Value(text, ref at));
        }

        return true;
    }

    private static string Value(string text, ref int at)
    {
        int start = at;
        if (at >= text.Length || text[at] != '"')
        {
            while (at < text.Length && text[at] != ' ')
            {
                at++;
            }

            return text[start..at];
        }

        var value = new StringBuilder();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
                value.Append(text[at] switch { 'n' => '\n', 't' => '\t', _ => text[at] });
            }
            else
            {
                value.Append(text[at]);
            }
        }

        at++;
        return value.ToString();
    }
}

/// <summary><c>| regexp</c> and <c>| pattern</c>: named groups become labels.</summary>
internal sealed record RegexStage(Regex Pattern) : LogStage
{
    public override bool Apply(LogLine line)
    {
        Match match = Pattern.Match(line.Line);
        foreach (Group group in match.Success ? match.Groups.Values : [])
        {
            if (!char.IsAsciiDigit(group.Name[0]) && group.Success)
            {
                LabelText.Set(line, group.Name, group.Value);
            }
        }

        return true;
    }
}

/// <summary><c>| line_format</c>: a text with <c>{{.label}}</c> becomes the line.</summary>
internal sealed record LineFormat(string Template) : LogStage
{
    public override bool Apply(LogLine line)
    {
        line.Line = LabelText.Fill(Template, line);
        return true;
    }
}

/// <summary><c>| label_format a=b, c="{{.d}}"</c>.</summary>
internal sealed record LabelFormat(IReadOnlyList<(string Name, string Value, bool Template)> Labels) : LogStage
{
    public override bool Apply(LogLine line)
    {
        foreach ((string name, string value, bool template) in Labels)
        {
            line.Labels.Set(name, template ? LabelText.Fill(value, line) : line.Labels[value]);
            if (!template)
            {
                line.Labels.Remove(value);
            }
        }

        return true;
    }
}

/// <summary><c>| drop a, b</c> and <c>| keep a, b</c>.</summary>
internal sealed record KeepLabels(bool Keep, IReadOnlyList<string> Names) : LogStage
{
    public override bool Apply(LogLine line)
    {
        foreach (string name in line.Labels.ToLabels().Pairs.Select(pair => pair.Key))
        {
            if (Names.Contains(name) != Keep)
            {
                line.Labels.Remove(name);
            }
        }

        return true;
    }
}

/// <summary>Labels that are made of lines.</summary>
internal static partial class LabelText
{
    /// <summary>A label that the stream has already keeps its value; the found one gets a name of its own, as in Loki.</summary>
    public static void Set(LogLine line, string name, string value) => line.Labels.Set(line.Labels[name].Length > 0 ? name + "_extracted" : name, value);

    public static string Name(string text)
    {
        var name = new StringBuilder(text.Length);
        foreach (char one in text)
        {
            name.Append(char.IsAsciiLetterOrDigit(one) || one == '_' ? one : '_');
        }

        return name.Length > 0 && char.IsAsciiDigit(name[0]) ? "_" + name : name.ToString();
    }

    public static string Fill(string template, LogLine line)
        => Field().Replace(template, match => match.Groups["name"].Value == "__line__" ? line.Line : line.Labels[match.Groups["name"].Value]);

    [GeneratedRegex(@"\{\{\s*\.(?<name>[A-Za-z_][A-Za-z0-9_]*)\s*\}\}", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Field();
}

using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Policy.Sources;

/// <summary>
/// A Dockerfile as policies see it: stages with their base images, and every instruction with its flags, words and line. Comments,
/// continuation lines, the escape directive and here-documents are understood; nothing is executed, and build arguments are replaced
/// by their defaults in base images only.
/// </summary>
internal static class DockerfileReader
{
    public static bool IsDockerfile(string file)
    {
        string name = Path.GetFileName(file);
        return name is "Dockerfile" or "Containerfile" || name.StartsWith("Dockerfile.", StringComparison.Ordinal)
            || name.EndsWith(".Dockerfile", StringComparison.OrdinalIgnoreCase) || name.StartsWith("Containerfile.", StringComparison.Ordinal);
    }

    public static SourceSet Read(string file, string text)
    {
        var problems = new List<SourceProblem>();
        var instructions = new JsonArray();
        var stages = new JsonArray();
        var arguments = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((int line, string logical, string hereDocument) in Logical(text))
        {
            string[] split = logical.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries);
            string instruction = split[0].ToUpperInvariant();
            if (instruction.Any(one => !char.IsAsciiLetter(one)))
            {
                problems.Add(new SourceProblem(file, line, 1, $"\"{split[0]}\" is no instruction of a Dockerfile", true));
                continue;
            }

            (JsonObject flags, string rest) = Flags(split.Length > 1 ? split[1].Trim() : "");
            if (instruction == "FROM")
            {
                stages.Add(Stage(rest, flags, line, arguments, stages));
            }
            else if (instruction == "ARG" && stages.Count == 0 && rest.Split('=', 2) is [var name, var value])
            {
                arguments[name] = value.Trim('"');
            }

            instructions.Add(new JsonObject
            {
                ["instruction"] = instruction,
                ["arguments"] = rest,
                ["words"] = Words(rest),
                ["flags"] = flags,
                ["heredoc"] = hereDocument,
                ["stage"] = stages.Count - 1,
                ["line"] = line,
            });
        }

        if (stages.Count == 0)
        {
            problems.Add(new SourceProblem(file, 1, 1, "no FROM instruction", true));
        }

        JsonObject @object = Shape(file, instructions, stages);
        return new SourceSet([new SourceObject { File = file, Object = @object, Identity = KindNames.Of(@object), Locate = path => Locate(@object, path) }], problems);
    }

    private static JsonObject Shape(string file, JsonArray instructions, JsonArray stages)
    {
        int last = stages.Count - 1;
        JsonNode?[] final = [.. instructions.Where(one => one.Long("stage") == last)];
        return new JsonObject
        {
            ["apiVersion"] = $"{KindNames.SourceGroup}/v1",
            ["kind"] = "Dockerfile",
            ["metadata"] = new JsonObject { ["name"] = file },
            ["spec"] = new JsonObject
            {
                ["stages"] = stages,
                ["instructions"] = instructions,
                ["user"] = final.LastOrDefault(one => one.Text("instruction") == "USER").Text("arguments") ?? "",
                ["healthcheck"] = final.Any(one => one.Text("instruction") == "HEALTHCHECK" && one.Text("arguments") != "NONE"),
            },
        };
    }

    private static (int, int) Locate(JsonObject @object, FieldPath path)
    {
        IReadOnlyList<FieldPath> steps = path.Steps();
        if (steps.Count >= 3 && steps[0].Name == "spec" && steps[1].Name is "instructions" or "stages"
            && @object["spec"].Array(steps[1].Name!) is { } list && steps[2].Index >= 0 && steps[2].Index < list.Count)
        {
            return ((int)(list[steps[2].Index].Long("line") ?? 1), 1);
        }

        if (steps.Count >= 2 && steps[1].Name == "user" && (@object["spec"].Array("instructions") ?? []).LastOrDefault(one => one.Text("instruction") is "USER" or "FROM") is { } user)
        {
            return ((int)(user.Long("line") ?? 1), 1);
        }

        return (1, 1);
    }

    private static JsonObject Stage(string rest, JsonObject flags, int line, Dictionary<string, string> arguments, JsonArray before)
    {
        string[] words = rest.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string image = words.Length > 0 ? Expand(words[0], arguments) : "";
        string name = words.Length >= 3 && words[1].Equals("AS", StringComparison.OrdinalIgnoreCase) ? words[2] : "";
        bool isStage = before.Any(one => one.Text("name") is { Length: > 0 } known && known.Equals(image, StringComparison.OrdinalIgnoreCase));
        (string repository, string tag, string digest) = ImageParts(image);
        return new JsonObject
        {
            ["name"] = name,
            ["image"] = image,
            ["repository"] = repository,
            ["tag"] = tag,
            ["digest"] = digest,
            ["fromStage"] = isStage,
            ["platform"] = flags.Text("platform") ?? "",
            ["line"] = line,
        };
    }

    private static (string Repository, string Tag, string Digest) ImageParts(string image)
    {
        string digest = "";
        int at = image.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            digest = image[(at + 1)..];
            image = image[..at];
        }

        int colon = image.LastIndexOf(':');
        return colon > image.LastIndexOf('/') ? (image[..colon], image[(colon + 1)..], digest) : (image, "", digest);
    }

    private static string Expand(string text, Dictionary<string, string> arguments)
    {
        foreach ((string name, string value) in arguments)
        {
            text = text.Replace($"${{{name}}}", value, StringComparison.Ordinal).Replace($"${name}", value, StringComparison.Ordinal);
        }

        return text;
    }

    private static (JsonObject Flags, string After) Flags(string text)
    {
        var flags = new JsonObject();
        while (text.StartsWith("--", StringComparison.Ordinal))
        {
            int end = text.AsSpan().IndexOfAny(' ', '\t');
            string flag = end < 0 ? text[2..] : text[2..end];
            string[] parts = flag.Split('=', 2);
            flags[parts[0]] = parts.Length > 1 ? parts[1] : "true";
            text = end < 0 ? "" : text[end..].TrimStart();
        }

        return (flags, text);
    }

    private static JsonArray Words(string text)
    {
        if (text.StartsWith('['))
        {
            try
            {
                return JsonNode.Parse(text) as JsonArray ?? [];
            }
            catch (System.Text.Json.JsonException)
            {
                // Not the exec form: a shell line that begins with a bracket.
            }
        }

        return new JsonArray([.. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(word => (JsonNode)word)]);
    }

    /// <summary>Lines after continuations are joined and comments left out, each with the line it begins on and its here-document.</summary>
    private static IEnumerable<(int Line, string Text, string HereDocument)> Logical(string text)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        char escape = lines.Take(3).Any(line => line.Replace(" ", "", StringComparison.Ordinal).Equals("#escape=`", StringComparison.OrdinalIgnoreCase)) ? '`' : '\\';
        for (int i = 0; i < lines.Length; i++)
        {
            int start = i + 1;
            var logical = new StringBuilder();
            for (; i < lines.Length; i++)
            {
                string line = lines[i].Trim();
                if (line.StartsWith('#') || (line.Length == 0 && logical.Length > 0))
                {
                    continue;
                }

                bool goesOn = line.EndsWith(escape);
                logical.Append(goesOn ? line[..^1].TrimEnd() + " " : line);
                if (!goesOn)
                {
                    break;
                }
            }

            if (logical.ToString().Trim() is not { Length: > 0 } found)
            {
                continue;
            }

            var here = new StringBuilder();
            if (HereDocumentEnd(found) is { } end)
            {
                for (i++; i < lines.Length && lines[i].Trim() != end; i++)
                {
                    here.Append(lines[i]).Append('\n');
                }
            }

            yield return (FirstWordLine(lines, start), found, here.ToString());
        }
    }

    private static int FirstWordLine(string[] lines, int from)
    {
        for (int i = from - 1; i < lines.Length; i++)
        {
            if (lines[i].Trim() is { Length: > 0 } line && line[0] != '#')
            {
                return i + 1;
            }
        }

        return from;
    }

    private static string? HereDocumentEnd(string line)
    {
        int at = line.IndexOf("<<", StringComparison.Ordinal);
        if (at < 0 || !(line.StartsWith("RUN", StringComparison.OrdinalIgnoreCase) || line.StartsWith("COPY", StringComparison.OrdinalIgnoreCase) || line.StartsWith("ADD", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        string word = new([.. line[(at + 2)..].TrimStart('-').TrimStart('"', '\'').TakeWhile(one => char.IsAsciiLetterOrDigit(one) || one == '_')]);
        return word.Length > 0 ? word : null;
    }
}

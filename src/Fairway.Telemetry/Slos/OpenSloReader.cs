using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fairway.Resources.Yaml;

namespace Fairway.Telemetry.Slos;

/// <summary>What files of OpenSLO documents say.</summary>
/// <param name="Slos">The SLOs that are right, each with all that it refers to.</param>
/// <param name="Problems">Everything that is wrong; an SLO with a problem is not among the others.</param>
public sealed record OpenSloCatalog(IReadOnlyList<Slo> Slos, IReadOnlyList<SloProblem> Problems);

/// <summary>
/// Reads OpenSLO v1 documents of all seven kinds and resolves what they refer to, over all files given. Semantics: the OpenSLO
/// specification, version 1. Own annotations on an SLO: <c>fairway.dev/minimum-events</c>, <c>fairway.dev/minimum-errors</c>
/// (guards against too little traffic) and <c>fairway.dev/corrections</c> (a YAML list of from, to and reason).
/// </summary>
public sealed partial class OpenSloReader
{
    private const string Version = "openslo/v1";
    private static readonly string[] Kinds = ["DataSource", "SLO", "SLI", "AlertPolicy", "AlertCondition", "AlertNotificationTarget", "Service"];

    private readonly List<SloProblem> _problems = [];
    private readonly Dictionary<(string Kind, string Name), OpenSloNode> _documents = [];
    private readonly List<(string Name, OpenSloNode Document)> _slos = [];

    private OpenSloReader()
    {
    }

    /// <summary>Reads files. Cost: linear in their length.</summary>
    /// <param name="files">Names, for what is said about them, and texts.</param>
    public static OpenSloCatalog Read(IEnumerable<(string Name, string Text)> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var reader = new OpenSloReader();
        foreach ((string name, string text) in files)
        {
            reader.Collect(name, text);
        }

        return reader.Resolve();
    }

    private void Collect(string file, string text)
    {
        try
        {
            foreach (YamlDocument document in YamlReader.Read(text, file))
            {
                Collect($"{file}:{document.Line}", document.Node);
            }
        }
        catch (YamlException unreadable)
        {
            _problems.Add(new SloProblem($"{file}:{unreadable.Line}", "", unreadable.Reason));
        }
    }

    private void Collect(string source, JsonNode? node)
    {
        // Documents may stand in a list, too.
        if (node is JsonArray { Count: > 0 } list && list.All(one => one is JsonObject))
        {
            foreach (JsonNode? one in list.ToList())
            {
                list.Remove(one);
                Collect(source, one);
            }

            return;
        }

        if (node is not JsonObject fields)
        {
            _problems.Add(new SloProblem(source, "", "is not an OpenSLO document: expected an object with apiVersion, kind, metadata and spec"));
            return;
        }

        var document = new OpenSloNode(fields, source, "", _problems);
        if (document.Text("apiVersion", required: true) is not { } version || document.Text("kind", required: true) is not { } kind)
        {
            return;
        }

        if (version != Version)
        {
            document.Problem("apiVersion", $"\"{version}\" is not read; expected {Version}");
            return;
        }

        if (!Kinds.Contains(kind))
        {
            document.Problem("kind", $"\"{kind}\" is none of {string.Join(", ", Kinds)}");
            return;
        }

        if (document.Object("metadata", required: true)?.Text("name", required: true) is not { Length: > 0 } name)
        {
            return;
        }

        if (!NamePattern().IsMatch(name))
        {
            document.Problem("metadata.name", $"\"{name}\" must be lower-case letters, digits and '-', at most 63, and begin and end with a letter or digit");
            return;
        }

        if (!_documents.TryAdd((kind, name), document))
        {
            document.Problem("metadata.name", $"{kind} {name} is there twice; the other is {_documents[(kind, name)].Source}");
        }
        else if (kind == "SLO")
        {
            _slos.Add((name, document));
        }
    }

    private OpenSloCatalog Resolve()
    {
        List<Slo> slos = [];
        foreach ((string name, OpenSloNode document) in _slos)
        {
            int before = _problems.Count;
            Slo? slo = new SloResolver(Find).Resolve(name, document);
            if (slo is not null && _problems.Count == before)
            {
                slos.Add(slo);
            }
        }

        return new OpenSloCatalog(slos, _problems);
    }

    private OpenSloNode? Find(string kind, string name) => _documents.GetValueOrDefault((kind, name));

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}

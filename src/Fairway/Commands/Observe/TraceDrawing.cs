using System.Text.Json.Nodes;

namespace Fairway.Commands.Observe;

/// <summary>A trace as lines of text: spans below their parents, a bar where each lies in time. Pure.</summary>
internal static class TraceDrawing
{
    private const int Width = 40;
    private const int MostDepth = 100;

    /// <param name="trace">In Jaeger's JSON.</param>
    /// <param name="path">The critical path's parts.</param>
    public static IEnumerable<string> Of(JsonNode trace, JsonNode path)
    {
        JsonNode[] spans = [.. trace["spans"]!.AsArray().Select(span => span!)];
        HashSet<string> critical = [.. path.AsArray().Select(part => $"{part!["spanID"]}")];
        HashSet<string> ids = [.. spans.Select(span => $"{span["spanID"]}")];
        ILookup<string, JsonNode> children = spans.ToLookup(span => Parent(span, ids));
        long start = spans.Min(Start);
        long end = spans.Max(span => Start(span) + Duration(span));
        yield return $"trace {trace["traceID"]}: {spans.Length} spans, {TracesCommand.Micro(end - start)}";
        foreach (string line in Below(trace, children, "", 0, critical, start, Math.Max(1, end - start)))
        {
            yield return line;
        }
    }

    private static IEnumerable<string> Below(JsonNode trace, ILookup<string, JsonNode> children, string parent, int depth, HashSet<string> critical, long start, long whole)
    {
        foreach (JsonNode span in children[parent].OrderBy(Start))
        {
            string id = $"{span["spanID"]}";
            int from = (int)((Start(span) - start) * Width / whole);
            int length = Math.Clamp((int)(Duration(span) * Width / whole), 1, Width - Math.Min(from, Width - 1));
            bool failed = span["tags"]!.AsArray().Any(tag => $"{tag!["key"]}" == "error" && $"{tag["value"]}" == "true");
            string bar = (new string(' ', Math.Min(from, Width - 1)) + new string(critical.Contains(id) ? '=' : '-', length)).PadRight(Width);
            yield return $"{(critical.Contains(id) ? "*" : " ")} |{bar}| {TracesCommand.Micro(Duration(span)),9}  {new string(' ', depth * 2)}{trace["processes"]![$"{span["processID"]}"]!["serviceName"]}: {span["operationName"]}{(failed ? "  [error]" : "")}";
            foreach (string line in depth < MostDepth ? Below(trace, children, id, depth + 1, critical, start, whole) : [])
            {
                yield return line;
            }
        }
    }

    /// <summary>The span's parent, or nothing where that is not part of the trace.</summary>
    private static string Parent(JsonNode span, HashSet<string> ids)
        => span["references"]!.AsArray().Where(reference => $"{reference!["refType"]}" == "CHILD_OF").Select(reference => $"{reference!["spanID"]}").FirstOrDefault(id => ids.Contains(id) && id != $"{span["spanID"]}") ?? "";

    private static long Start(JsonNode span) => (long)span["startTime"]!;

    private static long Duration(JsonNode span) => (long)span["duration"]!;
}

namespace Fairway.Pipelines.Execution;

/// <summary>A line of output that speaks to the runner: <c>::error file=a.cs,line=3::Text</c>.</summary>
/// <param name="Name">In lower case.</param>
/// <param name="Properties">By name, decoded.</param>
/// <param name="Data">What follows, decoded.</param>
internal sealed record WorkflowCommand(string Name, IReadOnlyDictionary<string, string> Properties, string Data)
{
    /// <summary>Null for an ordinary line.</summary>
    public static WorkflowCommand? Parse(string line)
    {
        string trimmed = line.TrimStart();
        if (!trimmed.StartsWith("::", StringComparison.Ordinal))
        {
            return null;
        }

        int end = trimmed.IndexOf("::", 2, StringComparison.Ordinal);
        if (end < 3)
        {
            return null;
        }

        string head = trimmed[2..end];
        int space = head.IndexOf(' ', StringComparison.Ordinal);
        string name = space < 0 ? head : head[..space];
        Dictionary<string, string> properties = new(StringComparer.OrdinalIgnoreCase);
        foreach (string property in space < 0 ? [] : head[(space + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = property.Split('=', 2);
            if (pair.Length == 2)
            {
                properties[pair[0].Trim()] = Decode(pair[1]).Replace("%3A", ":", StringComparison.OrdinalIgnoreCase).Replace("%2C", ",", StringComparison.OrdinalIgnoreCase);
            }
        }

        return new WorkflowCommand(name.ToLowerInvariant(), properties, Decode(trimmed[(end + 2)..]));
    }

    private static string Decode(string text)
        => text.Replace("%0D", "\r", StringComparison.OrdinalIgnoreCase).Replace("%0A", "\n", StringComparison.OrdinalIgnoreCase).Replace("%25", "%", StringComparison.Ordinal);
}

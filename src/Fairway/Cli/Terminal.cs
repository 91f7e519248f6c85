using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Fairway.Cli;

/// <summary>Where commands print: tables that adapt to the terminal, plain columns when piped, JSON on demand.</summary>
internal static class Terminal
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Prints rows under headers. Piped output is plain columns without colours or borders.</summary>
    public static void Table(IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows, string whenEmpty)
    {
        if (rows.Count == 0)
        {
            Console.Error.WriteLine(whenEmpty);
            return;
        }

        if (Console.IsOutputRedirected)
        {
            Columns(headers, rows);
            return;
        }

        var table = new Table().Border(TableBorder.None);
        foreach (string header in headers)
        {
            table.AddColumn(new TableColumn($"[grey]{Markup.Escape(header.ToUpperInvariant())}[/]").PadRight(3));
        }

        foreach (IReadOnlyList<string> row in rows)
        {
            table.AddRow(row.Select(cell => new Markup(Styled(cell))));
        }

        AnsiConsole.Write(table);
    }

    public static void Json(JsonNode? node) => Console.Out.WriteLine(node?.ToJsonString(Indented) ?? "null");

    public static void Line(string text) => Console.Out.WriteLine(text);

    /// <summary>What a person should know while waiting, on standard error so that the output stays clean.</summary>
    public static void Note(string message) => Console.Error.WriteLine(message);

    /// <summary>One sentence for what went wrong, on standard error.</summary>
    public static void Error(string message)
    {
        if (Console.IsErrorRedirected)
        {
            Console.Error.WriteLine($"fairway: {message}");
        }
        else
        {
            AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) })
                .MarkupLine($"[red]fairway:[/] {Markup.Escape(message)}");
        }
    }

    /// <summary>Time since, as kubectl prints ages: <c>45s</c>, <c>12m</c>, <c>5h</c>, <c>3d</c>.</summary>
    public static string Age(DateTimeOffset? since, DateTimeOffset now)
        => since is null ? "" : Duration(now - since.Value);

    public static string Duration(TimeSpan span) => span switch
    {
        { TotalSeconds: < 0 } => "0s",
        { TotalSeconds: < 120 } => $"{(int)span.TotalSeconds}s",
        { TotalMinutes: < 120 } => $"{(int)span.TotalMinutes}m",
        { TotalHours: < 48 } => $"{(int)span.TotalHours}h",
        _ => $"{(int)span.TotalDays}d",
    };

    private static void Columns(IReadOnlyList<string> headers, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = [.. headers.Select((header, column) => Math.Max(header.Length, rows.Max(row => row[column].Length)))];
        Console.Out.WriteLine(Line(headers.Select(header => header.ToUpperInvariant()), widths));
        foreach (IReadOnlyList<string> row in rows)
        {
            Console.Out.WriteLine(Line(row, widths));
        }
    }

    private static string Line(IEnumerable<string> cells, int[] widths)
        => string.Join("   ", cells.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd();

    /// <summary>State words carry a colour beside the word, never instead of it.</summary>
    private static string Styled(string cell) => cell switch
    {
        "Healthy" or "Succeeded" or "Successful" or "Synced" or "Completed" => $"[green]{cell}[/]",
        "Degraded" or "Failed" or "Aborted" or "Error" or "Refused" => $"[red]{cell}[/]",
        "Progressing" or "Running" or "Analyzing" or "AwaitingApproval" or "Paused" or "RollingOut" => $"[yellow]{cell}[/]",
        _ => Markup.Escape(cell),
    };
}

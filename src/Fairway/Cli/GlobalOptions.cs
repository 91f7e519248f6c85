using System.CommandLine;

namespace Fairway.Cli;

/// <summary>Options that every verb takes.</summary>
internal static class GlobalOptions
{
    public static Option<DirectoryInfo> Data { get; } = new("--data")
    {
        Description = "The directory that holds everything the platform knows. Default: $FAIRWAY_DATA, or ~/.fairway.",
        HelpName = "DIR",
        Recursive = true,
        DefaultValueFactory = _ => new DirectoryInfo(DefaultData()),
    };

    public static Option<string> Output { get; } = OneOf(
        new Option<string>("--output", "-o")
        {
            Description = "table for people, json for machines.",
            HelpName = "table|json",
            Recursive = true,
            DefaultValueFactory = _ => "table",
        },
        "table",
        "json");

    public static Option<string?> Namespace { get; } = new("--namespace", "-n")
    {
        Description = "Only this namespace (a team's). Default: all.",
        HelpName = "NAME",
    };

    public static DirectoryInfo DataDirectory(this ParseResult parsed) => parsed.GetValue(Data)!;

    public static bool WantsJson(this ParseResult parsed) => parsed.GetValue(Output) == "json";

    private static Option<string> OneOf(Option<string> option, params string[] values)
    {
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    private static string DefaultData()
        => Environment.GetEnvironmentVariable("FAIRWAY_DATA") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".fairway");
}

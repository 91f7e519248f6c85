using System.CommandLine;
using System.Text;
using Fairway.Commands;

namespace Fairway.Tests;

public sealed class CommandTreeTests
{
    private static readonly string ReferencePath = Path.Combine(FindRoot(), "docs", "reference", "cli.md");

    public static TheoryData<string> Verbs => [.. All(CommandTree.Build(), "fairway").Select(one => one.Path)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Verb_AndEveryOptionAndArgument_SaysWhatItIs(string path)
    {
        Command command = All(CommandTree.Build(), "fairway").Single(one => one.Path == path).Command;
        command.Description.ShouldNotBeNullOrWhiteSpace();
        command.Options.ShouldAllBe(option => !string.IsNullOrWhiteSpace(option.Description));
        command.Arguments.ShouldAllBe(argument => !string.IsNullOrWhiteSpace(argument.Description));
    }

    [Theory]
    [InlineData("rollouts wach x")]
    [InlineData("up --cluster dev=vm")]
    [InlineData("status -o yaml")]
    [InlineData("completion tcsh")]
    [InlineData("runs cancel")]
    public void Line_ThatMakesNoSense_IsRefusedByTheParser(string line)
        => CommandTree.Build().Parse(line).Errors.ShouldNotBeEmpty();

    /// <summary>The page is made from the tree; FAIRWAY_UPDATE=1 writes it anew.</summary>
    [Fact]
    public void ReferencePage_IsTheTree()
    {
        string page = Page();
        if (Environment.GetEnvironmentVariable("FAIRWAY_UPDATE") == "1")
        {
            File.WriteAllText(ReferencePath, page);
        }

        File.ReadAllText(ReferencePath).ReplaceLineEndings("\n").ShouldBe(page, "docs/reference/cli.md is stale; write it anew with FAIRWAY_UPDATE=1 ./test");
    }

    private static string Page()
    {
        var page = new StringBuilder("# Command line\n\nMade from the program's own command tree.\n\n");
        page.Append("Exit codes: 0 done; 1 what was asked for did not come true; 2 the command line makes no sense; 3 no platform runs there; 4 the platform refused; 130 interrupted.\n");
        foreach ((string path, Command command) in All(CommandTree.Build(), "fairway"))
        {
            string arguments = string.Concat(command.Arguments.Select(argument => $" {argument.Name.ToUpperInvariant()}"));
            page.Append($"\n## `{path}{arguments}`\n\n{command.Description}\n");
            string[] rows =
            [
                .. command.Arguments.Select(argument => $"| `{argument.Name.ToUpperInvariant()}` | {Cell(argument.Description)} |"),
                .. command.Options.Where(option => option is not System.CommandLine.Help.HelpOption and not VersionOption).Select(option =>
                    $"| `{string.Join("`, `", option.Aliases.Prepend(option.Name))}{(option.HelpName is null ? "" : $" {option.HelpName.Replace("|", "\\|", StringComparison.Ordinal)}")}` | {Cell(option.Description)} |"),
            ];
            if (rows.Length > 0)
            {
                page.Append("\n| | |\n|---|---|\n").AppendJoin('\n', rows).Append('\n');
            }
        }

        return page.ToString();
    }

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal);

    private static IEnumerable<(string Path, Command Command)> All(Command command, string path)
        => command.Subcommands.SelectMany(child => All(child, $"{path} {child.Name}")).Prepend((path, command));

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Fairway.slnx")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("The tests run outside of the repository.");
    }
}

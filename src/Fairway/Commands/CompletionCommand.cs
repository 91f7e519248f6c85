using System.CommandLine;
using Fairway.Cli;

namespace Fairway.Commands;

/// <summary>Scripts that teach a shell to complete; they ask the program itself, so they never go stale.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _fairway() {
          local IFS=$'\n'
          COMPREPLY=($(fairway "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
        }
        complete -o default -F _fairway fairway
        """;

    private const string Zsh = """
        #compdef fairway
        _fairway() {
          local -a suggestions
          suggestions=("${(@f)$(fairway "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -a suggestions
        }
        compdef _fairway fairway
        """;

    private const string Fish = """
        complete -c fairway -f -a '(fairway "[suggest:"(commandline -C)"]" (commandline -p) 2>/dev/null)'
        """;

    public static Command Build()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print shell completion: source <(fairway completion bash)") { shell };
        command.SetAction(parsed =>
        {
            Terminal.Line(parsed.GetRequiredValue(shell) switch { "zsh" => Zsh, "fish" => Fish, _ => Bash });
            return ExitCode.Ok;
        });
        return command;
    }
}

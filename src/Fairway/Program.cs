using System.CommandLine;
using Fairway.Cli;
using Fairway.Commands;
using Fairway.Resources;

RootCommand root = CommandTree.Build();
ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
{
    foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
    {
        Terminal.Error(error.Message);
    }

    Console.Error.WriteLine($"Try: {string.Join(' ', VerbOf(parsed.CommandResult))} --help");
    return ExitCode.Usage;
}

using var interrupted = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = !interrupted.IsCancellationRequested;
    interrupted.Cancel();
};

try
{
    return await parsed.InvokeAsync(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interrupted.Token);
}
catch (CommandFailure failure)
{
    Terminal.Error(failure.Message);
    return failure.ExitCode;
}
catch (StatusException refused)
{
    Terminal.Error(refused.Message);
    return ExitCode.Refused;
}
catch (HttpRequestException broken)
{
    Terminal.Error($"the platform does not answer: {broken.Message}");
    return ExitCode.NotRunning;
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    return ExitCode.Interrupted;
}

static IEnumerable<string> VerbOf(System.CommandLine.Parsing.CommandResult result)
{
    var names = new Stack<string>();
    for (System.CommandLine.Parsing.SymbolResult? at = result; at is not null; at = at.Parent)
    {
        if (at is System.CommandLine.Parsing.CommandResult command)
        {
            names.Push(command.Command is RootCommand ? "fairway" : command.Command.Name);
        }
    }

    return names;
}

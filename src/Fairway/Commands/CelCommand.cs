using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Cel;
using Fairway.Cel.Cases;
using Fairway.Cli;

namespace Fairway.Commands;

/// <summary>Evaluates expressions of the Common Expression Language: one, or cases line by line.</summary>
internal static class CelCommand
{
    /// <summary>An expression may cost this much: far beyond use, and ended within seconds.</summary>
    private static readonly CelLimits Limits = new(MaxCost: 50_000_000);

    private static readonly TimeSpan LineLimit = TimeSpan.FromSeconds(30);

    public static Command Build()
        => new("cel", "Work with expressions of the Common Expression Language (CEL)") { Eval() };

    private static Command Eval()
    {
        var expression = new Argument<string?>("expression") { Description = "The expression", Arity = ArgumentArity.ZeroOrOne };
        var bind = new Option<string[]>("--bind") { Description = "A variable as name=json; text that is no JSON is taken as a string. May be given more than once", AllowMultipleArgumentsPerToken = false };
        var lines = new Option<bool>("--json-lines") { Description = "Read cases from standard input, one JSON object a line, and answer each with a line" };
        var container = new Option<string>("--container") { Description = "The namespace in which names are looked up", DefaultValueFactory = _ => "" };
        var strong = new Option<bool>("--strong-enums") { Description = "Enum values have their enum's type rather than int" };
        var kubernetes = new Option<bool>("--kubernetes") { Description = "As Kubernetes' API server evaluates: with its libraries only, and literals whose elements are of one type" };
        var trace = new Option<bool>("--trace") { Description = "Show the value of every part of the expression" };
        var command = new Command("eval", "Evaluate an expression, or cases with --json-lines") { expression, bind, lines, container, strong, kubernetes, trace };
        command.SetAction(async (parsed, cancellation) =>
        {
            CelEnvironment libraries = parsed.GetValue(kubernetes) ? CelEnvironment.Kubernetes : CelEnvironment.All;
            if (parsed.GetValue(lines))
            {
                await AnswerLinesAsync(new CelCases(libraries, parsed.GetValue(strong), Limits), cancellation);
                return ExitCode.Ok;
            }

            string text = parsed.GetValue(expression) ?? throw new CommandFailure(ExitCode.Usage, "Give an expression, or --json-lines to read cases from standard input.");
            CelEnvironment environment = PublishedMessages.Create(parsed.GetValue(strong)).AddTo(libraries).WithContainer(parsed.GetValue(container)!);
            return EvaluateOne(text, environment, parsed.GetValue(bind) ?? [], parsed.GetValue(trace), parsed.WantsJson(), cancellation);
        });
        return command;
    }

    private static int EvaluateOne(string text, CelEnvironment environment, string[] bindings, bool trace, bool json, CancellationToken cancellation)
    {
        var variables = new CelVariables();
        foreach (string binding in bindings)
        {
            int equals = binding.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new CommandFailure(ExitCode.Usage, $"--bind {binding}: expected name=json, such as --bind 'pod={{\"spec\":{{}}}}'.");
            }

            string name = binding[..equals];
            environment = environment.WithVariable(name, CelType.Dyn);
            variables[name] = ReadBinding(binding[(equals + 1)..]);
        }

        CelCompilation compiled = environment.Compile(text);
        if (!compiled.Succeeded)
        {
            Console.Error.WriteLine(compiled.Render());
            return ExitCode.Failed;
        }

        if (trace)
        {
            foreach (CelTraceStep step in compiled.Program.Trace(variables, Limits, cancellation).Steps)
            {
                Terminal.Line($"{step.Text}  →  {step.Value}");
            }
        }

        CelResult result = compiled.Program.Evaluate(variables, Limits, cancellation);
        if (result.Error is { } error)
        {
            Console.Error.WriteLine(error.Offset < 0 ? $"ERROR: {error.Message}" : compiled.Locate(error).Render());
            return ExitCode.Failed;
        }

        if (json)
        {
            Terminal.Json(CelJson.ToNode(result.Value));
        }
        else
        {
            Terminal.Line(result.Value.ToString());
        }

        return ExitCode.Ok;
    }

    private static CelValue ReadBinding(string text)
    {
        try
        {
            return CelJson.From(JsonNode.Parse(text));
        }
        catch (JsonException)
        {
            return CelValue.Of(text);
        }
    }

    /// <summary>Answers as lines come, and flushes when the input idles, so that it can be used in a conversation.</summary>
    private static async Task AnswerLinesAsync(CelCases cases, CancellationToken cancellation)
    {
        using var input = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: true, bufferSize: 64 * 1024);
        await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 64 * 1024) { NewLine = "\n" };
        while (true)
        {
            ValueTask<string?> next = input.ReadLineAsync(cancellation);
            if (!next.IsCompleted)
            {
                await output.FlushAsync(cancellation);
            }

            if (await next is not { } line)
            {
                return;
            }

            if (!string.IsNullOrWhiteSpace(line))
            {
                using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                limited.CancelAfter(LineLimit);
                await output.WriteLineAsync(cases.Answer(line, limited.Token).AsMemory(), cancellation);
            }
        }
    }
}

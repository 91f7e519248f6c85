using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Cel.Messages;

namespace Fairway.Cel.Cases;

/// <summary>
/// Evaluates cases given as one JSON object each (expression, declarations, bindings) and answers with one JSON object each.
/// Pure: whoever reads and writes the lines is elsewhere. Safe for concurrent use.
/// </summary>
public sealed class CelCases
{
    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 512 };
    private static readonly JsonDocumentOptions Read = new() { MaxDepth = 512 };

    private readonly CelEnvironment _environment;
    private readonly MessageTypes _types;
    private readonly CelLimits _limits;

    /// <param name="strongEnums">Enum values are of their enum's type rather than ints.</param>
    public CelCases(CelEnvironment environment, bool strongEnums, CelLimits limits)
    {
        _types = PublishedMessages.Create(strongEnums);
        _environment = _types.AddTo(environment);
        _limits = limits;
    }

    /// <summary>The answer to one line. A malformed line is answered with an error, like any other failure.</summary>
    public string Answer(string line, CancellationToken cancellationToken)
    {
        JsonNode? name = null;
        JsonObject answer;
        try
        {
            JsonObject request = JsonNode.Parse(line, documentOptions: Read) as JsonObject ?? throw new JsonException("A case is a JSON object.");
            name = request["name"]?.DeepClone();
            answer = Evaluate(request, cancellationToken);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            answer = new JsonObject { ["error"] = $"malformed case: {failure.Message}" };
        }

        var named = new JsonObject { ["name"] = name };
        foreach ((string key, JsonNode? value) in answer.ToArray())
        {
            answer.Remove(key);
            named[key] = value;
        }

        return named.ToJsonString(Written);
    }

    private JsonObject Evaluate(JsonObject request, CancellationToken cancellationToken)
    {
        string text = request["expr"]?.GetValue<string>() ?? throw new JsonException("A case needs 'expr', the expression.");
        var bindings = new CelVariables();
        CelEnvironment environment = _environment;
        foreach ((string variable, JsonNode? value) in request["bindings"] as JsonObject ?? [])
        {
            bindings[variable] = CaseValues.Read(_types, value);
            environment = environment.WithVariable(variable, CelType.Dyn);
        }

        environment = Declare(environment, request["type_env"] as JsonArray).WithContainer(request["container"]?.GetValue<string>() ?? "");
        CelCompilation compiled = environment.Compile(text, new CelCompileOptions(Check: !Flag(request, "disable_check"), Macros: !Flag(request, "disable_macros")));
        if (!compiled.Succeeded)
        {
            CelIssue first = compiled.Issues[0];
            return new JsonObject { ["error"] = compiled.Render(), ["position"] = Position(first.Line, first.Column, first.Offset) };
        }

        if (Flag(request, "check_only"))
        {
            return new JsonObject { ["type"] = compiled.Type.ToString() };
        }

        CelResult result = compiled.Program.Evaluate(bindings, _limits, cancellationToken);
        return result.Error is { } error ? Failure(text, error) : new JsonObject { ["result"] = CaseValues.Write(result.Value) };
    }

    private static bool Flag(JsonObject request, string name) => request[name] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    private static JsonObject Failure(string text, CelError error)
    {
        var answer = new JsonObject { ["error"] = error.Message };
        if (error.Offset >= 0)
        {
            CelIssue at = CelIssue.At(text, error.Offset, 1, error.Message);
            answer["position"] = Position(at.Line, at.Column, at.Offset);
        }

        return answer;
    }

    private static JsonObject Position(int line, int column, int offset) => new() { ["line"] = line, ["column"] = column, ["offset"] = offset };

    private static CelEnvironment Declare(CelEnvironment environment, JsonArray? declarations)
    {
        foreach (JsonNode? declaration in declarations ?? [])
        {
            string name = declaration?["name"]?.GetValue<string>() ?? throw new JsonException("A declaration needs 'name'.");
            if (declaration["ident"] is { } ident)
            {
                environment = environment.WithVariable(name, ReadType(ident));
            }
            else if (declaration["function"] is JsonArray overloads)
            {
                environment = environment.WithFunctions(new CelFunction(name, [.. overloads.Select(overload => ReadOverload(overload!))]));
            }
        }

        return environment;
    }

    private static CelOverload ReadOverload(JsonNode node) => CelOverload.Declared(
        node["id"]?.GetValue<string>() ?? "",
        node["member"]?.GetValue<bool>() ?? false,
        [.. (node["params"] as JsonArray ?? []).Select(parameter => ReadType(parameter!))],
        node["result"] is { } result ? ReadType(result) : CelType.Dyn);

    private static CelType ReadType(JsonNode node)
        => CelTypeText.TryParse(node.GetValue<string>()) ?? throw new JsonException($"'{node}' is no type: expected a name such as int, list(string) or map(string, dyn).");
}

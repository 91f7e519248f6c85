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
    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1024 };
    private static readonly JsonDocumentOptions Read = new() { MaxDepth = 512, AllowDuplicateProperties = false };

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
            JsonObject request = JsonNode.Parse(line, documentOptions: Read) as JsonObject ?? throw new JsonException("a case is a JSON object");
            name = request["name"]?.DeepClone();
            answer = Evaluate(request, cancellationToken);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            answer = new JsonObject { ["error"] = $"malformed case: {failure.Message}" };
        }
        catch (OutOfMemoryException)
        {
            answer = new JsonObject { ["error"] = "operation cancelled: a value does not fit in memory" };
        }

        try
        {
            return Line(name, answer);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or ArgumentException or OutOfMemoryException)
        {
            return Line(null, new JsonObject { ["error"] = $"the answer cannot be written: {failure.Message}" });
        }
    }

    private static string Line(JsonNode? name, JsonObject answer)
    {
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
        string text = Text(request, "expr") ?? throw new JsonException("a case needs 'expr', the expression");
        var bindings = new CelVariables();
        CelEnvironment environment = _environment;
        foreach ((string variable, JsonNode? value) in Member<JsonObject>(request, "bindings", "an object of values") ?? [])
        {
            bindings[variable] = ReadBinding(variable, value);
            environment = environment.WithVariable(variable, CelType.Dyn);
        }

        environment = Declare(environment, Member<JsonArray>(request, "type_env", "a list of declarations")).WithContainer(Text(request, "container") ?? "");
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
        if (result.Error is { } error)
        {
            return Failure(text, error);
        }

        try
        {
            return new JsonObject { ["result"] = CaseValues.Write(result.Value) };
        }
        catch (JsonException tooDeep)
        {
            return new JsonObject { ["error"] = tooDeep.Message };
        }
    }

    private CelValue ReadBinding(string variable, JsonNode? value)
    {
        try
        {
            return CaseValues.Read(_types, value);
        }
        catch (JsonException wrong)
        {
            throw new JsonException($"bindings.{variable}: {wrong.Message}", wrong);
        }
    }

    private static bool Flag(JsonObject request, string name) => request[name] switch
    {
        null => false,
        JsonValue value when value.TryGetValue(out bool flag) => flag,
        var other => throw Wrong(name, other, "true or false"),
    };

    private static string? Text(JsonNode? node, string name, string? path = null) => (node as JsonObject)?[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) => text,
        var other => throw Wrong(path ?? name, other, "a string"),
    };

    private static T? Member<T>(JsonObject request, string name, string expected, string? path = null)
        where T : JsonNode
        => request[name] switch { null => null, T found => found, var other => throw Wrong(path ?? name, other, expected) };

    private static JsonException Wrong(string path, JsonNode? value, string expected) => new($"{path}: {CaseValues.Shown(value)}: expected {expected}");

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
        for (int i = 0; i < (declarations?.Count ?? 0); i++)
        {
            string path = $"type_env[{i}]";
            JsonObject declaration = declarations![i] as JsonObject ?? throw Wrong(path, declarations[i], "an object with 'name', and 'ident' or 'function'");
            string name = Text(declaration, "name", $"{path}.name") is { Length: > 0 } given ? given : throw new JsonException($"{path}: a declaration needs 'name'");
            if (declaration["ident"] is { } ident)
            {
                environment = environment.WithVariable(name, ReadType(ident, $"{path}.ident"));
            }
            else if (Member<JsonArray>(declaration, "function", "a list of overloads", $"{path}.function") is { } overloads)
            {
                environment = environment.WithFunctions(new CelFunction(name, [.. overloads.Select((overload, at) => ReadOverload(overload, $"{path}.function[{at}]"))]));
            }
            else
            {
                throw new JsonException($"{path}: a declaration needs 'ident', a type, or 'function', a list of overloads");
            }
        }

        return environment;
    }

    private static CelOverload ReadOverload(JsonNode? node, string path)
    {
        JsonObject overload = node as JsonObject ?? throw Wrong(path, node, "an object with 'id', 'params' and 'result'");
        JsonArray parameters = Member<JsonArray>(overload, "params", "a list of types", $"{path}.params") ?? [];
        return CelOverload.Declared(
            Text(overload, "id", $"{path}.id") ?? "",
            Flag(overload, "member"),
            [.. parameters.Select((parameter, at) => ReadType(parameter, $"{path}.params[{at}]"))],
            overload["result"] is { } result ? ReadType(result, $"{path}.result") : CelType.Dyn);
    }

    /// <summary>A name without a dot that is none of the language's types names nothing: messages have a package.</summary>
    private static CelType ReadType(JsonNode? node, string path)
    {
        const string Expected = "a type such as int, list(string), map(string, dyn) or the full name of a message";
        return node is JsonValue value && value.TryGetValue(out string? text) && CelTypeText.TryParse(text) is { } type && !NamesNothing(type)
            ? type
            : throw Wrong(path, node, Expected);
    }

    private static bool NamesNothing(CelType type)
        => (type.Kind == CelTypeKind.Message && !type.Name.Contains('.', StringComparison.Ordinal)) || type.Parameters.Any(NamesNothing);
}

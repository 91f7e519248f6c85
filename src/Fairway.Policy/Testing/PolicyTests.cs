using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Policy.Sources;
using Fairway.Resources.Schemas;
using Fairway.Resources.Yaml;

namespace Fairway.Policy.Testing;

/// <summary>One case of a policy's tests: an input and what is expected of it.</summary>
public sealed record PolicyTestCase
{
    public required string Name { get; init; }

    public required string File { get; init; }

    public required SourceSet Input { get; init; }

    /// <summary>pass, fail, unknown, waived or skip.</summary>
    public required string Expect { get; init; }

    public string? Policy { get; init; }

    /// <summary>Part of a finding's message.</summary>
    public string? Message { get; init; }

    /// <summary>The field that a finding names.</summary>
    public string? Path { get; init; }

    /// <summary>How many findings.</summary>
    public long? Findings { get; init; }

    public required FactSnapshot Facts { get; init; }

    public required DateTimeOffset Now { get; init; }

    public JsonObject? User { get; init; }

    public string Operation { get; init; } = "CREATE";

    public JsonObject? OldObject { get; init; }

    public JsonObject? Namespace { get; init; }
}

/// <summary>How a case went.</summary>
/// <param name="Case">The case.</param>
/// <param name="Difference">Null when it went as expected; else what was expected and what came.</param>
public sealed record PolicyTestOutcome(PolicyTestCase Case, string? Difference);

/// <summary>Pure: reads test files of kind PolicyTest and runs their cases.</summary>
public static class PolicyTests
{
    /// <summary>When a case says no time.</summary>
    private static readonly DateTimeOffset DefaultNow = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Reads the cases of a test file.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="root">Its content.</param>
    /// <param name="open">Reads another file by its path relative to the test file.</param>
    /// <exception cref="FormatException">What is wrong.</exception>
    public static IReadOnlyList<PolicyTestCase> Read(string file, JsonNode root, Func<string, string> open)
    {
        if (root.Text("kind") != "PolicyTest" || root.Array("cases") is not { } cases)
        {
            throw new FormatException($"{file}: expected kind: PolicyTest and a list of cases");
        }

        return [.. cases.Select((one, index) => Case(file, root, one, index, open))];
    }

    /// <summary>Runs a case.</summary>
    public static PolicyTestOutcome Run(PolicyTestCase test, PolicyJudge judge, CancellationToken cancellation)
    {
        if (test.Input.Problems.FirstOrDefault(problem => problem.IsError) is { } unreadable)
        {
            return new PolicyTestOutcome(test, $"the input cannot be read: {unreadable}");
        }

        Func<string, JsonObject?> namespaces = test.Input.Namespaces();
        var verdicts = new List<Verdict>();
        foreach (SourceObject source in test.Input.Objects)
        {
            Subject subject = source.Subject(namespaces) with { User = test.User, Operation = test.Operation, OldObject = test.OldObject };
            subject = test.Operation == "DELETE" ? subject with { OldObject = subject.Object, Object = null } : subject;
            subject = test.Namespace is null ? subject : subject with { Namespace = test.Namespace, NamespaceIsAssumed = false };
            verdicts.AddRange(judge.Decide(new PreparedSubject(subject), test.Facts, test.Now, cancellation)
                .Where(one => test.Policy is null || one.Binding.Policy.Definition.Name == test.Policy).Select(one => one.Verdict));
        }

        return new PolicyTestOutcome(test, Difference(test, verdicts));
    }

    private static string? Difference(PolicyTestCase test, List<Verdict> verdicts)
    {
        Outcome outcome = verdicts.Count == 0 ? Outcome.NotApplicable : verdicts.Max(verdict => verdict.Outcome);
        string got = outcome == Outcome.NotApplicable ? "skip" : outcome.ToString().ToLowerInvariant();
        Finding[] findings = [.. verdicts.SelectMany(verdict => verdict.Findings)];
        string shown = findings.Length == 0 ? "" : "\n" + string.Join('\n', findings.Select(finding => $"    {finding.Policy}/{finding.Rule} {finding.Path}: {finding.Message}"));
        if (got != test.Expect)
        {
            return $"expected {test.Expect}, got {got}{shown}";
        }

        if (test.Message is { } message && !findings.Any(finding => finding.Message.Contains(message, StringComparison.Ordinal)))
        {
            return $"expected a message with \"{message}\", got{(shown.Length == 0 ? " none" : shown)}";
        }

        if (test.Path is { } path && !findings.Any(finding => finding.Path.ToString() == path))
        {
            return $"expected a finding at {path}, got{(shown.Length == 0 ? " none" : shown)}";
        }

        return test.Findings is { } count && count != findings.Length ? $"expected {count} findings, got {findings.Length}{shown}" : null;
    }

    private static PolicyTestCase Case(string file, JsonNode root, JsonNode? one, int index, Func<string, string> open)
    {
        string name = one.Text("name") ?? $"case {index + 1}";
        string expect = one.Text("expect") ?? "";
        if (expect is not ("pass" or "fail" or "unknown" or "waived" or "skip"))
        {
            throw new FormatException($"{file}: cases[{index}].expect: \"{expect}\"; expected pass, fail, unknown, waived or skip");
        }

        DateTimeOffset now = (one.Text("now") ?? root.Text("now")) is { } text
            ? DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
                ? time
                : throw new FormatException($"{file}: cases[{index}].now: \"{text}\"; expected a time like 2026-01-31T12:00:00Z")
            : DefaultNow;
        return new PolicyTestCase
        {
            Name = name,
            File = file,
            Input = Input(file, one, index, open),
            Expect = expect,
            Policy = one.Text("policy") ?? root.Text("policy"),
            Message = one.Text("message"),
            Path = one.Text("path"),
            Findings = one.Long("findings"),
            Facts = FactSnapshot.Of(one.Object("facts") ?? root.Object("facts"), now),
            Now = now,
            User = one.Object("user"),
            Operation = one.Text("operation") ?? "CREATE",
            OldObject = one.Object("oldObject"),
            Namespace = one.Object("namespace"),
        };
    }

    private static SourceSet Input(string file, JsonNode? one, int index, Func<string, string> open)
    {
        if (one.Object("object") is { } @object)
        {
            return SourceReader.Read("object.yaml", YamlWriter.Write(@object));
        }

        string input = one.Text("file") ?? one.Text("input") ?? "";
        if (one.Text("text") is { } text)
        {
            return SourceReader.Read(input.Length == 0 ? "input.yaml" : input, text);
        }

        return input.Length > 0
            ? SourceReader.Read(input, open(input))
            : throw new FormatException($"{file}: cases[{index}]: no input; expected object, file or text");
    }
}

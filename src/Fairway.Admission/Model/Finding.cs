using System.Text.Json.Nodes;
using Fairway.Admission.Waivers;

namespace Fairway.Admission;

/// <summary>How bad a violation is. The order is the order of badness.</summary>
public enum Severity
{
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// <summary>What a policy says of an object.</summary>
public enum Outcome
{
    /// <summary>The policy does not concern the object.</summary>
    NotApplicable,

    Pass,

    /// <summary>It would have failed, and an approved waiver that has not expired covers it.</summary>
    Waived,

    /// <summary>It cannot be told yet: a value that is known only at apply, a fact that nobody has.</summary>
    Unknown,

    Fail,
}

/// <summary>A control of a framework that a policy serves: <c>nist-800-53 AC-6</c>.</summary>
/// <param name="Framework"><c>cis-kubernetes</c>, <c>nist-800-53</c>, <c>soc2</c>, or another name without blanks.</param>
/// <param name="Id">As the framework writes it.</param>
public sealed record ControlReference(string Framework, string Id)
{
    public override string ToString() => $"{Framework} {Id}";
}

/// <summary>One reason why an object does not pass.</summary>
public sealed record Finding
{
    public required string Policy { get; init; }

    /// <summary>The validation within the policy: its name, or its position.</summary>
    public required string Rule { get; init; }

    /// <summary>Fail, Unknown or Waived.</summary>
    public required Outcome Outcome { get; init; }

    public required Severity Severity { get; init; }

    /// <summary>What is wrong, for the object's author.</summary>
    public required string Message { get; init; }

    /// <summary>Which of the policy's validations; 0 for what concerns the whole policy.</summary>
    public int Index { get; init; }

    /// <summary>The policy's reason for a refusal: Invalid, Forbidden, Unauthorized, RequestEntityTooLarge.</summary>
    public string Reason { get; init; } = "Invalid";

    /// <summary>The value that decided, or <see cref="FieldPath.Root"/> when no single one did.</summary>
    public FieldPath Path { get; init; } = FieldPath.Root;

    /// <summary>A JSON patch (RFC 6902) after which the policy passes; null when none can be computed.</summary>
    public JsonArray? Patch { get; init; }

    /// <summary>The waiver that covers it, for <see cref="Outcome.Waived"/>.</summary>
    public string? Waiver { get; init; }

    /// <summary>The policy could not be evaluated; its failurePolicy decided.</summary>
    public bool IsError { get; init; }

    /// <summary>The policy or its binding is set up wrongly: it denies whatever the binding's actions are.</summary>
    public bool IsConfiguration { get; init; }

    /// <summary>The policy is set up wrongly, whatever its binding.</summary>
    public bool IsOfPolicy { get; init; }

    /// <summary>The waiver that concerns it, in force or not; null when there is none.</summary>
    public WaiverStanding? Standing { get; init; }
}

/// <summary>A value for the audit log, or the error that kept it from being one.</summary>
public sealed record PolicyAnnotation(string Key, string? Value, string? Error);

/// <summary>The answer of one policy about one object.</summary>
public sealed record Verdict(Outcome Outcome, IReadOnlyList<Finding> Findings)
{
    /// <summary>Values for the audit log.</summary>
    public IReadOnlyList<PolicyAnnotation> Annotations { get; init; } = [];

    public static Verdict Pass { get; } = new(Outcome.Pass, []);

    public static Verdict NotApplicable { get; } = new(Outcome.NotApplicable, []);
}

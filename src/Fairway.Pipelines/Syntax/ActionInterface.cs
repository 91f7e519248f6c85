namespace Fairway.Pipelines.Syntax;

/// <summary>What a workflow file can say to an action.</summary>
/// <param name="Name">As in <c>uses</c>, without version: <c>actions/checkout</c>.</param>
/// <param name="Inputs">Inputs that take effect.</param>
/// <param name="Required">Inputs that must be there.</param>
/// <param name="Ignored">Inputs that the action has and that change nothing here, with the reason.</param>
/// <param name="Refused">Inputs that would change what runs and are not supported, with the reason.</param>
public sealed record ActionInterface(
    string Name,
    IReadOnlyCollection<string> Inputs,
    IReadOnlyCollection<string> Required,
    IReadOnlyDictionary<string, string> Ignored,
    IReadOnlyDictionary<string, string> Refused);

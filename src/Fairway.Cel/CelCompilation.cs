using System.Diagnostics.CodeAnalysis;

namespace Fairway.Cel;

/// <summary>What became of a text: a program and its type, or every issue found.</summary>
public sealed record CelCompilation(string Text, CelType Type, IReadOnlyList<CelIssue> Issues, CelProgram? Program)
{
    [MemberNotNullWhen(true, nameof(Program))]
    public bool Succeeded => Program is not null;

    internal static CelCompilation Failed(string text, IReadOnlyList<CelIssue> issues) => new(text, CelType.Error, issues, null);

    /// <summary>A failure of an evaluation as an issue, with its line and caret.</summary>
    public CelIssue Locate(CelError error) => CelIssue.At(Text, Math.Max(0, error.Offset), 1, error.Message);

    /// <summary>All issues with their lines and carets.</summary>
    public string Render() => CelIssue.Render(Issues);
}

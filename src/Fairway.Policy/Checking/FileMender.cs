using System.Text.Json.Nodes;
using Fairway.Admission.Mending;
using Fairway.Policy.Mending;
using Fairway.Policy.Sources;

namespace Fairway.Policy.Checking;

/// <summary>What a mend did to a file's text.</summary>
/// <param name="File">The file.</param>
/// <param name="Text">Its new text.</param>
/// <param name="Mended">The findings that are gone.</param>
/// <param name="Skipped">Findings with a patch that the text does not take.</param>
public sealed record MendedFile(string File, string Text, IReadOnlyList<PlacedFinding> Mended, IReadOnlyList<PlacedFinding> Skipped);

/// <summary>Pure: applies the patches of findings to the texts of their files.</summary>
public static class FileMender
{
    /// <summary>Mends one file. Patches of one policy on one object are applied once.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="text">Its text, which the findings were made from.</param>
    /// <param name="findings">Of this file.</param>
    public static MendedFile Mend(string file, string text, IEnumerable<PlacedFinding> findings)
    {
        var mended = new List<PlacedFinding>();
        var skipped = new List<PlacedFinding>();
        foreach (IGrouping<(int Document, string Pointer, string Policy), PlacedFinding> group in findings
            .Where(one => one.Finding is { Outcome: Outcome.Fail, Patch: not null })
            .GroupBy(one => (one.Source.Document, one.Source.Pointer, one.Finding.Policy)))
        {
            SourceObject source = group.First().Source;
            // Another policy may have changed the object since: the patch is planned on the text as it is now.
            SourceObject? now = SourceReader.Read(file, text).Objects.FirstOrDefault(one => one.Document == source.Document && one.Pointer == source.Pointer);
            JsonArray patch = now is null ? [] : MendPlanner.Plan(group.First().Policy.Text.Mends, now.Object);
            string? edited = source.IsEditable && now is not null ? YamlEdit.Apply(text, source.Document, patch, source.Pointer) : null;
            if (edited is null || !Reads(file, edited))
            {
                skipped.AddRange(group);
            }
            else
            {
                text = edited;
                mended.AddRange(group);
            }
        }

        return new MendedFile(file, text, mended, skipped);
    }

    private static bool Reads(string file, string text) => SourceReader.Read(file, text).Problems.All(problem => !problem.IsError);
}

using System.Globalization;
using System.Text;

namespace Fairway.Policy.Checking;

/// <summary>
/// A check for people: each finding in two sentences with its place, then why the rule exists, how to mend it and how to ask for a
/// waiver; the why is told once a policy.
/// </summary>
public static class TableReport
{
    public static string Write(CheckReport report, bool quiet)
    {
        var text = new StringBuilder();
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (PlacedFinding one in report.Findings.Where(one => one.Finding.Outcome != Outcome.Waived || !quiet))
        {
            text.Append(CultureInfo.InvariantCulture, $"{one.Source.File}:{one.Line}:{one.Column}: {Word(one.Finding)} {one.Policy.Name}: {one.Source.Identity}: {Sentence(one.Finding.Message)}\n");
            string at = one.Finding.Path.IsRoot ? "" : $"at {one.Finding.Path}";
            string waived = one.Finding.Waiver is { } waiver ? $"covered by waiver {waiver}" : "";
            string patch = one.Finding.Patch is null ? "" : "can be mended by --fix";
            if (string.Join("; ", new[] { at, waived, patch }.Where(part => part.Length > 0)) is { Length: > 0 } details)
            {
                text.Append("    ").Append(details).Append('\n');
            }

            if (!quiet && told.Add(one.Policy.Name))
            {
                if (one.Policy.Text.Why.Length > 0)
                {
                    text.Append("    why:    ").Append(one.Policy.Text.Why).Append('\n');
                }

                if (one.Policy.Text.HowToMend.Length > 0)
                {
                    text.Append("    mend:   ").Append(one.Policy.Text.HowToMend).Append('\n');
                }

                if (one.Policy.Text.Waivable && one.Finding.Outcome != Outcome.Waived)
                {
                    text.Append("    waiver: fairway waivers request ").Append(one.Policy.Name).Append(" --owner TEAM --reason … --control … --expires DATE\n");
                }
            }
        }

        foreach (Sources.SourceProblem problem in report.SourceProblems)
        {
            text.Append(problem.File).Append(':').Append(problem.Line).Append(':').Append(problem.Column).Append(problem.IsError ? ": cannot be read: " : ": left out: ").Append(problem.Message).Append('\n');
        }

        foreach (PolicyProblem problem in report.PolicyProblems)
        {
            text.Append(problem.IsError ? "policy error: " : "policy note: ").Append(problem).Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"{report.Objects} objects, {report.Policies.Count} policies: {report.Count(Outcome.Pass)} passed, {report.Count(Outcome.Fail)} failed, {report.Count(Outcome.Unknown)} unknown, {report.Count(Outcome.Waived)} waived\n");
        return text.ToString();
    }

    private static string Word(Finding finding) => finding.Outcome switch
    {
        Outcome.Fail => finding.Severity.ToString().ToLowerInvariant(),
        Outcome.Waived => "waived",
        _ => "unknown",
    };

    private static string Sentence(string message) => message.EndsWith('.') ? message : message + ".";
}

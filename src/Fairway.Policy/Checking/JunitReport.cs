using System.Globalization;
using System.Text;
using System.Xml;

namespace Fairway.Policy.Checking;

/// <summary>A check as JUnit XML: a test suite a file, a test case for each policy on each object, so that passes count, too.</summary>
public static class JunitReport
{
    public static string Write(CheckReport report)
    {
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true, CheckCharacters = false }))
        {
            var cases = report.Results.GroupBy(result => result.Source.File).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
            xml.WriteStartElement("testsuites");
            xml.WriteAttributeString("name", "fairway policy");
            Counts(xml, report.Results, report.SourceProblems.Count(problem => problem.IsError));
            foreach (IGrouping<string, CheckResult> file in cases)
            {
                xml.WriteStartElement("testsuite");
                xml.WriteAttributeString("name", file.Key);
                Counts(xml, [.. file], 0);
                foreach (CheckResult result in file)
                {
                    Case(xml, result);
                }

                xml.WriteEndElement();
            }

            Unreadable(xml, report);
            xml.WriteEndElement();
        }

        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + text + "\n";
    }

    private static void Case(XmlWriter xml, CheckResult result)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("name", $"{result.Policy.Name}: {Clean(result.Source.Identity.ToString())}");
        xml.WriteAttributeString("classname", Clean(result.Source.File));
        xml.WriteAttributeString("time", "0");
        Finding[] failures = [.. result.Verdict.Findings.Where(finding => finding.Outcome == Outcome.Fail)];
        if (failures.Length > 0)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("type", failures[0].Severity.ToString().ToLowerInvariant());
            xml.WriteAttributeString("message", Clean(failures[0].Message));
            xml.WriteString(Clean(string.Join('\n', failures.Select(finding => Line(result, finding)))));
            xml.WriteEndElement();
        }
        else if (result.Verdict.Outcome is Outcome.Unknown or Outcome.Waived)
        {
            xml.WriteStartElement("skipped");
            xml.WriteAttributeString("message", Clean($"{result.Verdict.Outcome.ToString().ToLowerInvariant()}: {result.Verdict.Findings[0].Message}"));
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Unreadable(XmlWriter xml, CheckReport report)
    {
        string[] errors = [.. report.SourceProblems.Where(problem => problem.IsError).Select(problem => problem.ToString()), .. report.PolicyProblems.Where(problem => problem.IsError).Select(problem => problem.ToString())];
        if (errors.Length == 0)
        {
            return;
        }

        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", "reading");
        xml.WriteAttributeString("tests", errors.Length.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("failures", "0");
        xml.WriteAttributeString("errors", errors.Length.ToString(CultureInfo.InvariantCulture));
        foreach (string error in errors)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("name", Clean(error));
            xml.WriteAttributeString("classname", "reading");
            xml.WriteStartElement("error");
            xml.WriteAttributeString("message", Clean(error));
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static string Line(CheckResult result, Finding finding)
    {
        (int line, int column) = result.Source.Locate(finding.Path);
        return $"{result.Source.File}:{line}:{column}: {finding.Path}: {finding.Message}";
    }

    private static void Counts(XmlWriter xml, IReadOnlyList<CheckResult> results, int errors)
    {
        xml.WriteAttributeString("tests", (results.Count + errors).ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("failures", results.Count(result => result.Verdict.Outcome == Outcome.Fail).ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("errors", errors.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("skipped", results.Count(result => result.Verdict.Outcome is Outcome.Unknown or Outcome.Waived).ToString(CultureInfo.InvariantCulture));
    }

    // XML has no way to write most control characters.
    private static string Clean(string text) => string.Concat(text.Select(one => one < ' ' && one is not ('\n' or '\t') ? '?' : one));
}

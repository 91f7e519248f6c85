using System.Text.RegularExpressions;
using Fairway.PromQL;

namespace Fairway.Telemetry.Rules;

/// <summary>
/// Runs unit tests of rules in promtool's file format: series are made up, rules evaluated over their time, and what alerts and queries
/// yield is compared.
/// </summary>
public sealed class RuleUnitTests(ParserOptions options, TimeProvider time)
{
    /// <summary>Only tests whose names match run; null for all.</summary>
    public Regex? Only { get; init; }

    /// <summary>Whether rule files may have fields that nobody knows.</summary>
    public bool IgnoreUnknownFields { get; init; }

    /// <summary>Takes remarks that fail no test.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    /// <summary>Runs a test file.</summary>
    /// <returns>What failed, in promtool's form; empty when all is as expected.</returns>
    /// <exception cref="RuleFileException">The tests cannot be read.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(string path, CancellationToken cancellation)
    {
        RuleTestFile file;
        try
        {
            file = RuleTestFile.Read(await File.ReadAllTextAsync(path, cancellation));
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            throw new RuleFileException([$"open {path}: {(File.Exists(path) ? "permission denied" : "no such file or directory")}"]);
        }

        List<string> rules = Resolve(Path.GetDirectoryName(path) is { Length: > 0 } directory ? directory : ".", file.RuleFiles);
        var failures = new List<string>();
        for (int i = 0; i < file.Tests.Count; i++)
        {
            RuleTest test = file.Tests[i];
            if (Only is null || Only.IsMatch(test.Name))
            {
                failures.AddRange(await TestAsync(file, test, rules, cancellation));
            }
        }

        return failures;
    }

    private async Task<IReadOnlyList<string>> TestAsync(RuleTestFile file, RuleTest test, List<string> paths, CancellationToken cancellation)
    {
        var problems = new List<string>();
        var groups = new List<RuleGroupSpec>();
        foreach (string path in paths)
        {
            groups.AddRange(RuleFileReader.Read(await File.ReadAllTextAsync(path, cancellation), path, options, problems, IgnoreUnknownFields).Groups);
        }

        if (problems.Count > 0)
        {
            return problems;
        }

        // Groups that the order does not name count as its first.
        List<RuleGroupSpec> ordered = [.. groups.OrderBy(group => Math.Max(0, file.Order.ToList().IndexOf(group.Name)))];
        return await new RuleTestRun(test, ordered, file.Interval, file.IsFuzzy, options, time).ExecuteAsync(cancellation);
    }

    private List<string> Resolve(string directory, IReadOnlyList<string> patterns)
    {
        var found = new List<string>();
        foreach (string pattern in patterns)
        {
            string full = pattern.Length == 0 || Path.IsPathRooted(pattern) || directory == "." ? pattern : Path.Combine(directory, pattern);
            List<string> files = FilePattern.Find(full);
            if (files.Count == 0)
            {
                Warn($"  WARNING: no file match pattern {full}");
            }

            found.AddRange(files);
        }

        return found;
    }
}

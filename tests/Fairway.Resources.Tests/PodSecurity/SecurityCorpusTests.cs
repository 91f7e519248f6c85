using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources.PodSecurity;
using Fairway.Resources.Yaml;

namespace Fairway.Resources.Tests.PodSecurity;

/// <summary>
/// The published cases of the Pod Security Standards (k8s.io/pod-security-admission, test/testdata), where FAIRWAY_POD_SECURITY_CASES
/// says that directory is: skipped, visibly, elsewhere.
/// </summary>
public sealed class SecurityCorpusTests
{
    private static readonly string? Cases = Environment.GetEnvironmentVariable("FAIRWAY_POD_SECURITY_CASES");

    [CasesFact]
    public void EveryPublishedCase_PassesOrFails_AsItsDirectorySays()
    {
        var wrong = new List<string>();
        int count = 0;
        foreach (string file in Directory.EnumerateFiles(Cases!, "*.yaml", SearchOption.AllDirectories))
        {
            string[] parts = Path.GetRelativePath(Cases!, file).Split(Path.DirectorySeparatorChar);
            SecurityLevel level = parts[0] == "baseline" ? SecurityLevel.Baseline : SecurityLevel.Restricted;
            SecurityVersion.TryParse(parts[1], out SecurityVersion version).ShouldBeTrue();
            JsonObject pod = YamlReader.ReadObject(Encoding.UTF8.GetBytes(File.ReadAllText(file)), out _);
            bool passes = SecurityStandards.Evaluate(new SecurityRule(level, version), pod["metadata"] as JsonObject, pod["spec"] as JsonObject).Count == 0;
            count++;
            if (passes != (parts[2] == "pass"))
            {
                wrong.Add(string.Join('/', parts));
            }
        }

        count.ShouldBeGreaterThan(4000);
        wrong.ShouldBeEmpty();
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class CasesFactAttribute : FactAttribute
    {
        public CasesFactAttribute()
        {
            if (Cases is null)
            {
                Skip = "FAIRWAY_POD_SECURITY_CASES is not set";
            }
        }
    }
}

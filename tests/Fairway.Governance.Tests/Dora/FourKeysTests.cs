using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Governance.Dora;
using Fairway.Storage;

namespace Fairway.Governance.Tests;

/// <summary>
/// Stories in text: each line is <c>minute type release [key=value…]</c>; facts are of application web in prod unless said
/// otherwise. The window is a day from minute 0.
/// </summary>
public sealed class FourKeysTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, string, string> Stories => new()
    {
        { "nothing happened", "", "deploys - (0), lead - (0), failures - (0), recovery - (0)" },
        {
            "one good deployment",
            """
            10 promotion.started r1 commit=4
            16 promotion.succeeded r1 commit=4
            """,
            "deploys 1 (1), lead 12 (1), failures 0 (1), recovery - (0)"
        },
        {
            "median of an even and of an odd count",
            """
            10 promotion.started r1 commit=0
            12 promotion.succeeded r1 commit=0
            20 promotion.started r2 commit=0
            26 promotion.succeeded r2 commit=0
            30 promotion.started r3 commit=30
            34 promotion.succeeded r3 commit=30
            """,
            "deploys 3 (3), lead 12 (3), failures 0 (3), recovery - (0)"
        },
        {
            "canary aborted and rolled back",
            """
            10 promotion.started r1 commit=5
            12 promotion.succeeded r1 commit=5
            20 promotion.started r2 commit=19
            21 rollout.started r2
            23 rollout.aborted r2
            24 promotion.aborted r2 commit=19
            25 rollback.committed r1 failed=r2
            """,
            "deploys 1 (1), lead 7 (1), failures 0.5 (2), recovery 5 (1)"
        },
        {
            "taken back after it had succeeded",
            """
            10 promotion.started r1 commit=5
            12 promotion.succeeded r1 commit=5
            20 promotion.started r2 commit=15
            25 promotion.succeeded r2 commit=15
            40 rollback.committed r1 failed=r2
            """,
            "deploys 2 (2), lead 8.5 (2), failures 0.5 (2), recovery 20 (1)"
        },
        {
            "recovered by the next good release",
            """
            10 promotion.started r1 commit=5
            15 promotion.failed r1 commit=5
            30 promotion.started r2 commit=20
            40 promotion.succeeded r2 commit=20
            """,
            "deploys 1 (1), lead 20 (1), failures 0.5 (2), recovery 30 (1)"
        },
        {
            "failed and not yet recovered",
            """
            10 promotion.started r1 commit=5
            15 promotion.failed r1 commit=5
            """,
            "deploys 0 (0), lead - (0), failures 1 (1), recovery - (0)"
        },
        {
            "refused at the gate, superseded, still going on: no deployments",
            """
            10 promotion.requested r1
            11 promotion.aborted r1
            20 promotion.started r2
            21 promotion.superseded r2
            30 promotion.started r3
            """,
            "deploys - (0), lead - (0), failures - (0), recovery - (0)"
        },
        {
            "a second promotion of a good release refused at its gate does not spoil the first",
            """
            10 promotion.started r1 commit=5 subject=p1
            12 promotion.succeeded r1 commit=5 subject=p1
            20 promotion.requested r1 subject=p2
            21 promotion.aborted r1 subject=p2
            """,
            "deploys 1 (1), lead 7 (1), failures 0 (1), recovery - (0)"
        },
        {
            "other environments and applications do not count",
            """
            10 promotion.started r1 production=false
            12 promotion.succeeded r1 production=false
            20 promotion.started r2 application=api commit=1
            22 promotion.failed r2 application=api
            """,
            "deploys - (0), lead - (0), failures - (0), recovery - (0)"
        },
        {
            "commit time unknown",
            """
            10 promotion.started r1
            12 promotion.succeeded r1
            """,
            "deploys 1 (1), lead - (0), failures 0 (1), recovery - (0)"
        },
        {
            "facts begin in the middle; deployments that ended outside the window",
            """
            -100 promotion.started r0 commit=-120
            -90 promotion.succeeded r0 commit=-120
            5 promotion.succeeded rx commit=1
            6 rollback.committed ry failed=rx
            -10 promotion.started r1 commit=-20
            10 promotion.succeeded r1 commit=-20
            1500 promotion.started r2 commit=1
            1501 promotion.succeeded r2 commit=1
            """,
            "deploys 1 (1), lead 30 (1), failures 0 (1), recovery - (0)"
        },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public void Compute_Story_GivesTheKeys(string name, string story, string expected)
    {
        FourKeysReport report = FourKeys.Compute(Read(story), "web", Start, Start.AddDays(1));
        string.Create(
            CultureInfo.InvariantCulture,
            $"deploys {Show(report.DeploymentFrequency)}, lead {Show(report.LeadTime)}, failures {Show(report.ChangeFailureRate)}, recovery {Show(report.RecoveryTime)}")
            .ShouldBe(expected, name);
    }

    [Fact]
    public void Compute_AllApplications_KeepsTheirDeploymentsApart()
    {
        IEnumerable<Fact> facts = Read(
            """
            10 promotion.started r1 application=web commit=1
            11 promotion.started r1 application=api commit=1
            12 promotion.failed r1 application=web
            13 promotion.succeeded r1 application=api commit=1
            """);
        FourKeysReport report = FourKeys.Compute(facts, null, Start, Start.AddDays(2));
        report.DeploymentFrequency.ShouldBe(new Measured<double>(0.5, 1));
        report.ChangeFailureRate.ShouldBe(new Measured<double>(0.5, 2));
        report.RecoveryTime.Count.ShouldBe(0);
    }

    private static string Show(Measured<double> measured) => string.Create(CultureInfo.InvariantCulture, $"{measured.Value?.ToString("0.##", CultureInfo.InvariantCulture) ?? "-"} ({measured.Count})");

    private static string Show(Measured<TimeSpan> measured)
        => string.Create(CultureInfo.InvariantCulture, $"{measured.Value?.TotalMinutes.ToString("0.##", CultureInfo.InvariantCulture) ?? "-"} ({measured.Count})");

    private static IEnumerable<Fact> Read(string story)
    {
        foreach (string line in story.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] words = line.Split(' ');
            Dictionary<string, string> more = words[3..].Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
            var data = new JsonObject { ["production"] = more.GetValueOrDefault("production") != "false" };
            if (more.TryGetValue("commit", out string? commit))
            {
                data["commitTime"] = At(commit).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            }

            if (more.TryGetValue("failed", out string? failed))
            {
                data["failedRelease"] = failed;
            }

            yield return new Fact
            {
                At = At(words[0]),
                Type = words[1],
                Release = words[2],
                Actor = "ada",
                Namespace = "shop",
                Application = more.GetValueOrDefault("application", "web"),
                Environment = "prod",
                Subject = more.GetValueOrDefault("subject"),
                Data = data,
            };
        }
    }

    private static DateTimeOffset At(string minute) => Start.AddMinutes(int.Parse(minute, CultureInfo.InvariantCulture));
}

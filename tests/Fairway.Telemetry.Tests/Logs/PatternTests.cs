using Fairway.Telemetry.Logs.Patterns;

namespace Fairway.Telemetry.Tests.Logs;

public sealed class PatternTests
{
    [Theory]
    [InlineData("GET /users/1 200|GET /users/2 404", "GET <_>")]
    [InlineData("connected to alpha|connected to beta", "connected to <_>")]
    [InlineData("level=info user=anna msg=\"logged in\"|level=info user=bert msg=\"logged in\"", "level=info user=<_> msg=\"logged in\"")]
    [InlineData("{\"level\":\"info\",\"msg\":\"took 5 ms\"}|{\"level\":\"info\",\"msg\":\"took 9 ms\"}", "took <_> ms")]
    [InlineData("started|stopped", "started|stopped")]
    public void Lines_ThatAreAlike_ShareATemplate(string lines, string expected)
    {
        var tree = new PatternTree(100);
        foreach (string line in lines.Split('|'))
        {
            tree.Learn(line)!.Add(10, 1);
        }

        string.Join('|', tree.Patterns.Select(pattern => pattern.Text)).ShouldBe(expected);
    }

    [Fact]
    public void Templates_BeyondTheMost_PushTheOldestOut()
    {
        var tree = new PatternTree(2);
        tree.Learn("alpha one")!.Add(10, 1);
        tree.Learn("beta one")!.Add(20, 1);
        tree.Learn("gamma one")!.Add(30, 1);
        tree.Patterns.Select(pattern => pattern.Text).ShouldBe(["beta one", "gamma one"], ignoreOrder: true);
    }

    [Fact]
    public void Counts_ThatAge_JoinIntoLargerSteps()
    {
        var pattern = new LinePatternCount(["x"]);
        pattern.Add(0, 1);
        pattern.Add(70, 1);
        pattern.Add(110, 2);
        pattern.Add(200, 4);
        pattern.Age(oldest: 60, fine: 180, coarse: 60);
        pattern.Counts.Select(count => $"{count.Key}:{count.Value}").ShouldBe(["60:3", "200:4"]);
    }
}

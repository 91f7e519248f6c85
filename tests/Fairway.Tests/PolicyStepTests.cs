using Fairway.Pipelines;
using Fairway.Platform;
using Fairway.Testing;

namespace Fairway.Tests;

public sealed class PolicyStepTests : IDisposable
{
    private const string Privileged = """
        apiVersion: v1
        kind: Pod
        metadata: {name: web, namespace: shop}
        spec:
          containers:
            - name: web
              image: shop/web:v1
              securityContext:
                privileged: true
        """;

    private readonly string _workspace = Directory.CreateTempSubdirectory("fairway-policy-").FullName;
    private readonly List<string> _said = [];

    public void Dispose() => Directory.Delete(_workspace, recursive: true);

    [Fact]
    public async Task Step_OnManifestsThatViolateAPack_FailsWithFilesAndLines()
    {
        HostActionResult result = await RunAsync(Privileged, ("path", "deploy"), ("pack", "pod-security-baseline"), ("sarif-file", "policy.sarif"));
        result.Failure.ShouldBe("1 policy violations: mend them, or ask for waivers.");
        result.Outputs["failed"].ShouldBe("1");
        _said.ShouldContain(line => line.StartsWith("deploy/pod.yaml:9:", StringComparison.Ordinal) && line.Contains("critical pss-privileged", StringComparison.Ordinal));
        (await File.ReadAllTextAsync(Path.Combine(_workspace, "policy.sarif"))).ShouldContain("deploy/pod.yaml");
    }

    [Fact]
    public async Task Step_OnMendedManifests_Passes()
    {
        HostActionResult result = await RunAsync(Privileged.Replace("true", "false", StringComparison.Ordinal), ("path", "deploy"), ("pack", "pod-security-baseline"));
        result.Failure.ShouldBeNull();
        result.Outputs["failed"].ShouldBe("0");
    }

    [Theory]
    [InlineData("pack", "nope", "There is no pack 'nope'")]
    [InlineData("fail-on", "bogus", "fail-on is 'bogus'")]
    [InlineData("path", "nope", "Not everything could be judged.")]
    [InlineData("policy", "nope.yaml", "nope.yaml: ")]
    [InlineData("policy", "deploy/pod.yaml", "There is no policy in deploy/pod.yaml.")]
    public async Task Step_OnAWrongInput_FailsAndNamesIt(string input, string value, string expected)
    {
        HostActionResult result = await RunAsync(Privileged, (input, value));
        string.Join('\n', [result.Failure ?? "passed", .. _said]).ShouldContain(expected);
        result.Failure.ShouldNotBeNull();
    }

    private async Task<HostActionResult> RunAsync(string manifest, params (string Name, string Value)[] inputs)
    {
        Directory.CreateDirectory(Path.Combine(_workspace, "deploy"));
        await File.WriteAllTextAsync(Path.Combine(_workspace, "deploy", "pod.yaml"), manifest);
        var hub = new MemoryCluster("hub", TimeProvider.System);
        HostAction action = new PolicyStep(() => hub, TimeProvider.System).Action;
        return await action.RunAsync(
            new HostActionCall
            {
                Namespace = "shop",
                Repository = "web",
                Run = "web-1",
                Workspace = _workspace,
                InWorkspace = path => Path.GetFullPath(Path.Combine(_workspace, path)),
                Inputs = inputs.ToDictionary(input => input.Name, input => input.Value),
                Say = _said.Add,
            },
            CancellationToken.None);
    }
}

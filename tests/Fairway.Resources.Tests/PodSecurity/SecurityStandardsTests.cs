using System.Text.Json.Nodes;
using Fairway.Resources.PodSecurity;

namespace Fairway.Resources.Tests.PodSecurity;

public sealed class SecurityStandardsTests
{
    [Theory]
    [InlineData("""{"containers":[{"name":"a"}]}""", "baseline:latest", "")]
    [InlineData("""{"hostNetwork":true,"hostPID":true,"containers":[{"name":"a"}]}""", "baseline:latest", "host namespaces (hostNetwork=true, hostPID=true)")]
    [InlineData("""{"containers":[{"name":"a","securityContext":{"privileged":true}},{"name":"b","securityContext":{"privileged":true}}]}""", "baseline:v1.20", "privileged (containers \"a\", \"b\" must not set securityContext.privileged=true)")]
    [InlineData("""{"containers":[{"name":"a","ports":[{"hostPort":80},{"hostPort":443}]}]}""", "baseline:latest", "hostPort (container \"a\" uses hostPorts 443, 80)")]
    [InlineData("""{"volumes":[{"name":"v","hostPath":{"path":"/"}}],"containers":[{"name":"a"}]}""", "baseline:latest", "hostPath volumes (volume \"v\")")]
    [InlineData("""{"securityContext":{"sysctls":[{"name":"net.ipv4.tcp_rmem"}]},"containers":[{"name":"a"}]}""", "baseline:v1.31", "forbidden sysctls (net.ipv4.tcp_rmem)")]
    [InlineData("""{"securityContext":{"sysctls":[{"name":"net.ipv4.tcp_rmem"}]},"containers":[{"name":"a"}]}""", "baseline:v1.32", "")]
    [InlineData("""{"containers":[{"name":"a"}]}""", "restricted:latest", """allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")""")]
    [InlineData("""{"volumes":[{"name":"v","hostPath":{"path":"/"}}],"containers":[{"name":"a"}]}""", "restricted:v1.0", """restricted volume types (volume "v" uses restricted volume type "hostPath"), runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)""")]
    public void Evaluate_TellsViolationsInOrder(string spec, string rule, string expected)
    {
        string[] parts = rule.Split(':');
        SecurityVersion.TryParse(parts[1], out SecurityVersion version).ShouldBeTrue();
        var level = Enum.Parse<SecurityLevel>(parts[0], ignoreCase: true);

        IReadOnlyList<SecurityViolation> violations = SecurityStandards.Evaluate(new SecurityRule(level, version), null, JsonNode.Parse(spec)!.AsObject());

        string.Join(", ", violations).ShouldBe(expected);
    }

    [Fact]
    public void Policy_WithABadEnforceLabel_IsAsStrictAsCanBeAndSaysWhy()
    {
        SecurityPolicy policy = SecurityPolicy.Of(new JsonObject { ["pod-security.kubernetes.io/enforce"] = "strict", ["pod-security.kubernetes.io/warn-version"] = "1.2" });

        policy.Enforce.ToString().ShouldBe("restricted:latest");
        policy.Warn.Level.ShouldBe(SecurityLevel.Privileged);
        policy.Errors.Select(error => $"{error.Field}: {error.Message}").ShouldBe(
        [
            "metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\": must be one of privileged, baseline, restricted",
            "metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: \"1.2\": must be \"latest\" or \"v1.x\"",
        ]);
    }

    [Fact]
    public void Policy_ThatEnforces_WarnsOfTheSame()
    {
        SecurityPolicy policy = SecurityPolicy.Of(new JsonObject { ["pod-security.kubernetes.io/enforce"] = "baseline", ["pod-security.kubernetes.io/enforce-version"] = "v1.20" });

        policy.Warn.ToString().ShouldBe("baseline:v1.20");
        policy.Audit.Level.ShouldBe(SecurityLevel.Privileged);
    }
}

using System.Text.Json.Nodes;
using Fairway.Policy.Packs;
using Fairway.Resources.PodSecurity;

namespace Fairway.Policy.Tests;

/// <summary>The Pod Security packs and the admission plug-in say the same of the same pods.</summary>
public sealed class PodSecurityAgreementTests
{
    private static readonly string[] Volumes =
        ["configMap", "emptyDir", "secret", "projected", "downwardAPI", "persistentVolumeClaim", "csi", "ephemeral", "image", "hostPath", "nfs", "iscsi", "gcePersistentDisk"];

    private static readonly string[] Capabilities = ["ALL", "CHOWN", "NET_BIND_SERVICE", "NET_RAW", "SYS_ADMIN", "KILL", "all"];

    private static readonly string[] Sysctls = ["kernel.shm_rmid_forced", "net.ipv4.tcp_rmem", "kernel.msgmax", "net.ipv4.ip_local_reserved_ports", "net.core.somaxconn"];

    [Theory]
    [InlineData("pod-security-baseline", SecurityLevel.Baseline)]
    [InlineData("pod-security-restricted", SecurityLevel.Restricted)]
    public void Pack_OnManyPods_AgreesWithTheStandards(string pack, SecurityLevel level)
    {
        var problems = new List<PolicyProblem>();
        PolicyJudge judge = PolicyJudge.Build(PolicySet.Empty with { Policies = PackLibrary.PoliciesOf(PackLibrary.Find(pack)!) }, problems, boundOnly: false);
        var rule = new SecurityRule(level, SecurityVersion.Latest);
        var random = new Random(17);
        int violating = 0;
        for (int i = 0; i < 3000; i++)
        {
            JsonObject pod = Pod(random, hardened: i % 3 != 0);
            IReadOnlyList<SecurityViolation> expected = SecurityStandards.Evaluate(rule, pod["metadata"]!.AsObject(), pod["spec"]!.AsObject());
            Finding[] got = Judge(judge, pod);
            got.ShouldAllBe(finding => !finding.IsError);
            Assert.True((expected.Count > 0) == (got.Length > 0), $"{pod.ToJsonString()}\nstandards: {string.Join("; ", expected)}\npack: {string.Join("; ", got.Select(finding => $"{finding.Policy}: {finding.Message}"))}");
            violating += expected.Count > 0 ? 1 : 0;

            // A controller's template is judged as its pods will be.
            var deployment = new JsonObject
            {
                ["apiVersion"] = "apps/v1",
                ["kind"] = "Deployment",
                ["metadata"] = new JsonObject { ["name"] = "a", ["namespace"] = "shop" },
                ["spec"] = new JsonObject { ["template"] = new JsonObject { ["metadata"] = pod["metadata"]!.DeepClone(), ["spec"] = pod["spec"]!.DeepClone() } },
            };
            Judge(judge, deployment).Select(finding => finding.Policy + finding.Rule).ShouldBe(got.Select(finding => finding.Policy + finding.Rule));
        }

        violating.ShouldBeInRange(300, 2950);
    }

    private static Finding[] Judge(PolicyJudge judge, JsonObject @object)
    {
        var subject = new PreparedSubject(new Subject { Identity = KindNames.Of(@object), Object = @object });
        return [.. judge.Decide(subject, FactSnapshot.Of(null, DateTimeOffset.UnixEpoch), DateTimeOffset.UnixEpoch, default).SelectMany(one => one.Verdict.Findings)];
    }

    private static JsonObject Pod(Random random, bool hardened)
    {
        bool Chance(double share) => random.NextDouble() < (hardened ? share / 6 : share);
        T One<T>(params T[] values) => values[random.Next(values.Length)];
        var spec = new JsonObject();
        foreach (string name in (string[])["hostNetwork", "hostPID", "hostIPC"])
        {
            if (Chance(0.15))
            {
                spec[name] = One(true, false);
            }
        }

        if (Chance(0.2))
        {
            spec["hostUsers"] = One(true, false);
        }

        if (Chance(0.1))
        {
            spec["os"] = new JsonObject { ["name"] = One("linux", "windows") };
        }

        if (Chance(0.5))
        {
            spec["volumes"] = new JsonArray([.. Enumerable.Range(0, random.Next(1, 4)).Select(index => (JsonNode)new JsonObject { ["name"] = $"v{index}", [hardened ? Volumes[random.Next(9)] : One(Volumes)] = new JsonObject() })]);
        }

        var context = new JsonObject();
        if (hardened || Chance(0.4))
        {
            context["runAsNonRoot"] = !Chance(0.3);
            context["seccompProfile"] = new JsonObject { ["type"] = Chance(0.3) ? "Unconfined" : One("RuntimeDefault", "Localhost") };
        }

        Common(context, Chance, One);
        if (Chance(0.3))
        {
            context["sysctls"] = new JsonArray(new JsonObject { ["name"] = One(Sysctls), ["value"] = "1" });
        }

        spec["securityContext"] = context;
        foreach (string list in (string[])["containers", "initContainers", "ephemeralContainers"])
        {
            if (list == "containers" || Chance(0.5))
            {
                spec[list] = new JsonArray([.. Enumerable.Range(0, random.Next(1, 3)).Select(index => (JsonNode)Container($"{list}{index}", hardened, Chance, One))]);
            }
        }

        var metadata = new JsonObject { ["name"] = "a", ["namespace"] = "shop" };
        if (Chance(0.2))
        {
            metadata["annotations"] = new JsonObject { ["container.apparmor.security.beta.kubernetes.io/containers0"] = One("runtime/default", "localhost/x", "unconfined", "") };
        }

        return new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata, ["spec"] = spec };
    }

    private static JsonObject Container(string name, bool hardened, Func<double, bool> chance, Func<object[], object> any)
    {
        T One<T>(params T[] values) => (T)any([.. values.Cast<object>()]);
        var container = new JsonObject { ["name"] = name, ["image"] = "a" };
        if (chance(0.3))
        {
            container["ports"] = new JsonArray(new JsonObject { ["containerPort"] = 80, ["hostPort"] = One(0, 80) });
        }

        if (chance(0.2))
        {
            container["livenessProbe"] = new JsonObject { [One("httpGet", "tcpSocket")] = new JsonObject { ["port"] = 80, ["host"] = One("", "example.com") } };
        }

        if (chance(0.2))
        {
            container["lifecycle"] = new JsonObject { ["preStop"] = new JsonObject { ["httpGet"] = new JsonObject { ["port"] = 80, ["host"] = One("", "example.com") } } };
        }

        if (!hardened && chance(0.2))
        {
            return container;
        }

        var context = new JsonObject();
        if (hardened || chance(0.4))
        {
            context["allowPrivilegeEscalation"] = chance(0.3);
            context["capabilities"] = new JsonObject { ["drop"] = new JsonArray(chance(0.3) ? One(Capabilities) : "ALL") };
        }

        if (chance(0.3))
        {
            JsonObject capabilities = context["capabilities"] as JsonObject ?? [];
            context["capabilities"] ??= capabilities;
            capabilities["add"] = new JsonArray(One(Capabilities));
        }

        if (chance(0.2))
        {
            context["privileged"] = One(true, false);
        }

        if (chance(0.2))
        {
            context["procMount"] = One("Default", "Unmasked");
        }

        if (chance(0.3))
        {
            context["runAsNonRoot"] = One(true, false);
        }

        if (chance(0.3))
        {
            context["seccompProfile"] = new JsonObject { ["type"] = One("RuntimeDefault", "Localhost", "Unconfined") };
        }

        Common(context, chance, One);
        container["securityContext"] = context;
        return container;
    }

    private static void Common(JsonObject context, Func<double, bool> chance, Func<string[], string> one)
    {
        if (chance(0.2))
        {
            context["appArmorProfile"] = new JsonObject { ["type"] = one(["RuntimeDefault", "Localhost", "Unconfined"]) };
        }

        if (chance(0.2))
        {
            context["seLinuxOptions"] = new JsonObject { [one(["type", "user", "role", "level"])] = one(["container_t", "container_engine_t", "spc_t", ""]) };
        }

        if (chance(0.1))
        {
            context["windowsOptions"] = new JsonObject { ["hostProcess"] = one(["a", "b"]) == "a" };
        }

        if (chance(0.2))
        {
            context["runAsUser"] = one(["0", "1"]) == "0" ? 0 : 1000;
        }
    }
}

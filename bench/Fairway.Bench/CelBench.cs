using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Cel;

namespace Fairway.Bench;

/// <summary>Compiles and evaluates the checks of the restricted Pod Security Standard on a typical pod.</summary>
internal static class CelBench
{
    private static readonly string[] Expressions =
    [
        "!has(object.spec.hostNetwork) || !object.spec.hostNetwork",
        "!has(object.spec.hostPID) || !object.spec.hostPID",
        "!has(object.spec.hostIPC) || !object.spec.hostIPC",
        "object.spec.containers.all(c, !has(c.securityContext) || !has(c.securityContext.privileged) || !c.securityContext.privileged)",
        "object.spec.containers.all(c, has(c.securityContext) && has(c.securityContext.allowPrivilegeEscalation) && c.securityContext.allowPrivilegeEscalation == false)",
        "object.spec.containers.all(c, has(c.securityContext.capabilities) && has(c.securityContext.capabilities.drop) && c.securityContext.capabilities.drop.exists(d, d == 'ALL'))",
        "object.spec.containers.all(c, !has(c.securityContext.capabilities.add) || c.securityContext.capabilities.add.all(a, a == 'NET_BIND_SERVICE'))",
        "has(object.spec.securityContext) && has(object.spec.securityContext.runAsNonRoot) && object.spec.securityContext.runAsNonRoot",
        "!has(object.spec.securityContext.runAsUser) || object.spec.securityContext.runAsUser != 0",
        "object.spec.containers.all(c, !has(c.securityContext.runAsUser) || c.securityContext.runAsUser != 0)",
        "has(object.spec.securityContext.seccompProfile) && object.spec.securityContext.seccompProfile.type in ['RuntimeDefault', 'Localhost']",
        "object.spec.containers.all(c, !has(c.securityContext.seccompProfile) || c.securityContext.seccompProfile.type in ['RuntimeDefault', 'Localhost'])",
        "!has(object.spec.volumes) || object.spec.volumes.all(v, has(v.configMap) || has(v.secret) || has(v.emptyDir) || has(v.projected) || has(v.persistentVolumeClaim))",
        "!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath))",
        "object.spec.containers.all(c, !has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0))",
        "!has(object.spec.securityContext.sysctls) || object.spec.securityContext.sysctls.all(s, s.name in ['net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies'])",
        "object.spec.containers.all(c, !has(c.securityContext.procMount) || c.securityContext.procMount == 'Default')",
        "!has(object.spec.securityContext.seLinuxOptions) || !has(object.spec.securityContext.seLinuxOptions.user)",
        "object.spec.containers.all(c, c.image.contains('@sha256:') || !c.image.endsWith(':latest'))",
        "!has(object.metadata.annotations) || object.metadata.annotations.all(k, !k.startsWith('container.apparmor.security.beta.kubernetes.io/') || object.metadata.annotations[k] != 'unconfined')",
    ];

    private const string Pod = """
        {"metadata":{"name":"web","namespace":"team-a","labels":{"app":"web","tier":"front"},"annotations":{"a":"b","prometheus.io/scrape":"true"}},
        "spec":{"serviceAccountName":"web","securityContext":{"runAsNonRoot":true,"runAsUser":1000,"fsGroup":1000,"seccompProfile":{"type":"RuntimeDefault"}},
        "volumes":[{"name":"config","configMap":{"name":"web"}},{"name":"tmp","emptyDir":{}}],
        "containers":[{"name":"web","image":"registry.example.com/web:1.4.2","ports":[{"containerPort":8080,"protocol":"TCP"}],
        "resources":{"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"memory":"256Mi"}},"volumeMounts":[{"name":"config","mountPath":"/etc/web"}],
        "securityContext":{"allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}}},
        {"name":"proxy","image":"registry.example.com/proxy:2.0.0","securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"],"add":["NET_BIND_SERVICE"]}}}]}}
        """;

    public static int Run()
    {
        CelEnvironment environment = CelEnvironment.Kubernetes.WithVariable("object", CelType.Dyn);
        CelProgram[] programs = [.. Expressions.Select(text => environment.Compile(text).Program!)];
        Report("compile", Measure(() => Array.ForEach(Expressions, text => environment.Compile(text)), 200), Expressions.Length);
        JsonNode pod = JsonNode.Parse(Pod)!;
        var bindings = new CelVariables { ["object"] = CelJson.From(pod) };
        foreach (CelProgram program in programs)
        {
            CelValue value = program.Evaluate(bindings, CelLimits.PerExpression, CancellationToken.None).Value;
            if (!value.IsTrue)
            {
                Console.WriteLine($"{program.Text} gave {value}");
            }
        }

        void All(CelBindings with) => Array.ForEach(programs, program => program.Evaluate(with, CelLimits.PerExpression, CancellationToken.None));
        Report("evaluate, object read already", Measure(() => All(bindings), 20_000), Expressions.Length);
        Report("evaluate, object read anew", Measure(() => All(new CelVariables { ["object"] = CelJson.From(pod) }), 20_000), Expressions.Length);
        return 0;
    }

    private static double Measure(Action body, int rounds)
    {
        double best = double.MaxValue;
        for (int run = 0; run < 5; run++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < rounds; i++)
            {
                body();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / rounds);
        }

        return best;
    }

    private static void Report(string what, double microseconds, int count)
        => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {microseconds:0.0} µs for {count} expressions"));
}

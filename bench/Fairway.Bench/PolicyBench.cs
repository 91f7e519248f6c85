using System.Diagnostics;
using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.Policy;
using Fairway.Policy.Auditing;
using Fairway.Policy.Packs;
using Fairway.Resources;
using Fairway.Resources.Kinds.Apps;
using Fairway.Resources.Kinds.Core;

namespace Fairway.Bench;

/// <summary>What deciding costs: one pod by the restricted pack, and a whole audit.</summary>
internal static class PolicyBench
{
    private const string Hardened = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-1","namespace":"shop","uid":"u","resourceVersion":"1","labels":{"app":"web","team":"shop"}},
         "spec":{"serviceAccountName":"web","automountServiceAccountToken":false,"securityContext":{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},
          "volumes":[{"name":"tmp","emptyDir":{}},{"name":"config","configMap":{"name":"web"}}],
          "containers":[
           {"name":"web","image":"registry.example.com/shop/web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","ports":[{"containerPort":8080}],
            "env":[{"name":"LOG","value":"info"},{"name":"PORT","value":"8080"}],"resources":{"requests":{"cpu":"100m","memory":"128Mi"},"limits":{"memory":"256Mi"}},
            "readinessProbe":{"httpGet":{"path":"/ready","port":8080}},"securityContext":{"allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}}},
           {"name":"proxy","image":"registry.example.com/shop/proxy@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","resources":{"requests":{"cpu":"50m","memory":"64Mi"},"limits":{"memory":"64Mi"}},
            "securityContext":{"allowPrivilegeEscalation":false,"readOnlyRootFilesystem":true,"capabilities":{"drop":["ALL"]}}}]}}
        """;

    public static int Run()
    {
        OnePod();
        Audit();
        return 0;
    }

    private static void OnePod()
    {
        PolicyJudge judge = Judge(PackLibrary.PoliciesOf(PackLibrary.Find("pod-security-restricted")!));
        JsonObject pod = JsonNode.Parse(Hardened)!.AsObject();
        FactSnapshot facts = FactSnapshot.Of(null, DateTimeOffset.UnixEpoch);
        var subject = new PreparedSubject(new Subject { Identity = KindNames.Of(pod), Object = pod });
        var samples = new List<double>();
        for (int round = 0; round < 60; round++)
        {
            const int Times = 1000;
            long begin = Stopwatch.GetTimestamp();
            for (int i = 0; i < Times; i++)
            {
                foreach (PolicyJudge.Binding binding in judge.AllBindings)
                {
                    if (judge.DecideOne(binding, subject, facts, DateTimeOffset.UnixEpoch, CancellationToken.None).Outcome != Outcome.Pass)
                    {
                        throw new InvalidOperationException(binding.Policy.Definition.Name);
                    }
                }
            }

            samples.Add(Stopwatch.GetElapsedTime(begin).TotalMicroseconds / Times);
        }

        samples.Sort();
        Console.WriteLine($"restricted pack ({judge.AllBindings.Count} policies) on a pod of two containers: {samples[samples.Count / 2]:0.0} us median, {samples[0]:0.0} us best");
        long from = Stopwatch.GetTimestamp();
        for (int i = 0; i < 10_000; i++)
        {
            _ = new PreparedSubject(new Subject { Identity = KindNames.Of(pod), Object = JsonNode.Parse(Hardened)!.AsObject() }).Subject;
        }

        Console.WriteLine($"reading the pod: {Stopwatch.GetElapsedTime(from).TotalMicroseconds / 10_000:0.0} us");
    }

    private static void Audit()
    {
        PolicyDefinition[] policies = [.. PackLibrary.All.SelectMany(pack => pack.Policies).Where(policy => policy.Match.Rules!.Any(rule => !rule.Groups.Contains(KindNames.SourceGroup))).Take(60)];
        PolicyJudge judge = Judge(policies);
        JsonObject pod = JsonNode.Parse(Hardened)!.AsObject();
        var documents = new List<(Document, ResourceType)>();
        for (int i = 0; i < 10_000; i++)
        {
            JsonObject made = pod.DeepClone().AsObject();
            made["metadata"]!["name"] = $"web-{i}";
            made["metadata"]!["uid"] = $"u{i}";
            if (i % 4 == 0)
            {
                made["kind"] = "Deployment";
                made["apiVersion"] = "apps/v1";
                made["spec"] = new JsonObject { ["replicas"] = 2, ["template"] = new JsonObject { ["metadata"] = new JsonObject(), ["spec"] = made["spec"]!.DeepClone() } };
                documents.Add((Document.From(made), KindOf<Deployment>.Type));
            }
            else
            {
                documents.Add((Document.From(made), KindOf<Pod>.Type));
            }
        }

        for (int round = 0; round < 3; round++)
        {
            var audit = new ClusterAudit("prod", TimeProvider.System);
            audit.Use(judge, out _);
            long begin = Stopwatch.GetTimestamp();
            foreach ((Document document, ResourceType type) in documents)
            {
                audit.Judge(document, type, new Dictionary<string, JsonObject>(), null, _ => null, CancellationToken.None);
            }

            Console.WriteLine($"audit of {documents.Count} objects by {policies.Length} policies: {Stopwatch.GetElapsedTime(begin).TotalSeconds:0.00} s, {audit.Evaluations} decisions");
        }
    }

    private static PolicyJudge Judge(IReadOnlyList<PolicyDefinition> policies)
    {
        var problems = new List<PolicyProblem>();
        return PolicyJudge.Build(PolicySet.Empty with { Policies = policies }, problems, boundOnly: false);
    }
}

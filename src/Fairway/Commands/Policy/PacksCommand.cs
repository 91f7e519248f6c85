using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Policy;
using Fairway.Policy.Checking;
using Fairway.Policy.Packs;
using Fairway.Resources;
using Fairway.Resources.Yaml;

namespace Fairway.Commands.Policy;

/// <summary>Packs: what there is, and rolling one out in stages.</summary>
internal static class PacksCommand
{
    private static readonly ResourceType Policies = new()
    {
        Group = "admissionregistration.k8s.io",
        Version = "v1",
        Kind = "ValidatingAdmissionPolicy",
        Plural = "validatingadmissionpolicies",
        Namespaced = false,
    };

    private static readonly ResourceType Bindings = new()
    {
        Group = "admissionregistration.k8s.io",
        Version = "v1",
        Kind = "ValidatingAdmissionPolicyBinding",
        Plural = "validatingadmissionpolicybindings",
        Namespaced = false,
    };

    private static readonly Argument<string> Name = new("pack") { Description = "The pack's name." };

    private static readonly Option<string?> Cluster = new("--cluster") { Description = "A logical cluster of the running platform. Default: the hub.", HelpName = "NAME" };

    private static readonly Option<FileInfo?> KubeconfigOption = new("--kubeconfig") { Description = "A real cluster instead: this kubeconfig.", HelpName = "FILE" };

    private static readonly Option<string?> ContextOption = new("--context") { Description = "The kubeconfig's context. Default: its current one.", HelpName = "NAME" };

    private static readonly Option<RolloutStage> Stage = new("--stage")
    {
        Description = "audit notes violations in the audit log, warn tells the author, deny refuses. Install again to go on.",
        HelpName = "audit|warn|deny",
        DefaultValueFactory = _ => RolloutStage.Audit,
    };

    private static readonly Option<string[]> Namespaces = new("--only-namespace") { Description = "Only there. Repeatable. Default: all but the system's.", HelpName = "NAME" };

    private static readonly Option<bool> Preview = new("--preview") { Description = "Change nothing; show what stored objects would break. Exit code 1 when some would." };

    private static readonly Option<bool> Print = new("--print") { Description = "Change nothing; print the objects, for: kubectl apply -f -" };

    public static Command Build()
    {
        var command = new Command("packs", "Packs of policies that come with the program.") { List(), Show(), Install(), Uninstall() };
        command.SetAction(ListPacks);
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "List packs.");
        command.SetAction(ListPacks);
        return command;
    }

    private static int ListPacks(ParseResult parsed)
    {
        if (parsed.WantsJson())
        {
            Terminal.Json(new JsonArray([.. PackLibrary.All.Select(pack => (JsonNode)Node(pack))]));
        }
        else
        {
            Terminal.Table(["pack", "version", "policies", "title"], [.. PackLibrary.All.Select(pack => (string[])[pack.Name, pack.Version, $"{PackLibrary.PoliciesOf(pack).Count}", pack.Title])], "No packs.");
        }

        return ExitCode.Ok;
    }

    private static Command Show()
    {
        var command = new Command("show", "Show a pack's policies.") { Name };
        command.SetAction(parsed =>
        {
            PolicyPack pack = PolicyOptions.Packs([parsed.GetRequiredValue(Name)]).First();
            if (parsed.WantsJson())
            {
                Terminal.Json(Node(pack));
                return ExitCode.Ok;
            }

            Terminal.Line($"{pack.Name} {pack.Version}: {pack.Title}");
            Terminal.Line(pack.Description);
            if (pack.Includes.Count > 0)
            {
                Terminal.Line($"Includes {string.Join(", ", pack.Includes)}.");
            }

            Terminal.Table(
                ["policy", "severity", "title", "controls"],
                [.. PackLibrary.PoliciesOf(pack).Select(policy => (string[])[policy.Name, policy.Text.Severity.ToString().ToLowerInvariant(), policy.Text.Title, string.Join(", ", policy.Text.Controls)])],
                "No policies.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Install()
    {
        var command = new Command("install", "Install a pack in a cluster at a stage, as ValidatingAdmissionPolicies with bindings.")
        {
            Name, Cluster, KubeconfigOption, ContextOption, Stage, Namespaces, Preview, Print,
        };
        command.SetAction(InstallAsync);
        return command;
    }

    private static async Task<int> InstallAsync(ParseResult parsed, CancellationToken cancellation)
    {
        PolicyPack pack = PolicyOptions.Packs([parsed.GetRequiredValue(Name)]).First();
        RolloutObjects objects = PackRollout.Plan(pack, parsed.GetValue(Stage), parsed.GetValue(Namespaces) ?? []);
        if (parsed.GetValue(Print))
        {
            Console.Out.Write(YamlWriter.WriteAll([.. objects.Policies, .. objects.Bindings]));
            return ExitCode.Ok;
        }

        using HttpClusterApi api = await ConnectAsync(parsed, cancellation);
        if (parsed.GetValue(Preview))
        {
            return await PreviewAsync(parsed, api, objects, cancellation);
        }

        foreach (JsonObject policy in objects.Policies)
        {
            await ApplyAsync(api, Policies, policy, cancellation);
        }

        foreach (JsonObject binding in objects.Bindings)
        {
            await ApplyAsync(api, Bindings, binding, cancellation);
        }

        Terminal.Line($"{pack.Name} {pack.Version}: {objects.Policies.Count} policies in {api.Cluster} at stage {parsed.GetValue(Stage).ToString().ToLowerInvariant()}");
        foreach ((string policy, string why) in objects.LeftOut)
        {
            Terminal.Line($"  {policy} {why}");
        }

        return ExitCode.Ok;
    }

    private static Command Uninstall()
    {
        var command = new Command("uninstall", "Take a pack's policies and bindings out of a cluster.") { Name, Cluster, KubeconfigOption, ContextOption };
        command.SetAction(async (parsed, cancellation) =>
        {
            PolicyPack pack = PolicyOptions.Packs([parsed.GetRequiredValue(Name)]).First();
            using HttpClusterApi api = await ConnectAsync(parsed, cancellation);
            int gone = 0;
            foreach (ResourceType type in (ResourceType[])[Bindings, Policies])
            {
                foreach (PolicyDefinition policy in PackLibrary.PoliciesOf(pack))
                {
                    try
                    {
                        await api.DeleteAsync(type, null, policy.Name, DeleteOptions.Background, cancellation);
                        gone++;
                    }
                    catch (StatusException missing) when (missing.IsNotFound)
                    {
                        // It was not there.
                    }
                }
            }

            Terminal.Line($"{pack.Name}: {gone} objects deleted from {api.Cluster}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<int> PreviewAsync(ParseResult parsed, HttpClusterApi api, RolloutObjects objects, CancellationToken cancellation)
    {
        var problems = new List<PolicyProblem>();
        PolicySet set = Fairway.Admission.Reading.PolicyReader.Read(objects.Policies.Concat(objects.Bindings).Select(one => (one, "")), problems);
        PolicyJudge judge = PolicyJudge.Build(set, problems, boundOnly: true);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        judge = judge.WithWaivers(parsed.GetValue(KubeconfigOption) is null ? await WaiversAsync(parsed, cancellation) : []);
        var broken = new List<StoredVerdict>();
        int judged = 0;
        await foreach (StoredVerdict one in StoredObjects.JudgeAsync(api, judge, now, cancellation))
        {
            judged++;
            if (one.Verdict.Outcome is Outcome.Fail or Outcome.Unknown)
            {
                broken.Add(one);
            }
        }

        if (parsed.WantsJson())
        {
            Terminal.Json(new JsonArray([.. broken.Select(one => (JsonNode)new JsonObject
            {
                ["object"] = one.Identity.ToString(), ["policy"] = one.Policy.Name, ["severity"] = one.Policy.Text.Severity.ToString().ToLowerInvariant(),
                ["path"] = one.Verdict.Findings[0].Path.ToString(), ["message"] = one.Verdict.Findings[0].Message, ["patch"] = one.Verdict.Findings[0].Patch?.DeepClone(),
            })]));
        }
        else
        {
            Terminal.Table(
                ["object", "policy", "severity", "field", "what"],
                [.. broken.Select(one => (string[])[one.Identity.ToString(), one.Policy.Name, one.Policy.Text.Severity.ToString().ToLowerInvariant(), one.Verdict.Findings[0].Path.ToString(), one.Verdict.Findings[0].Message])],
                "Nothing that is stored would break.");
            Terminal.Line($"{judged} verdicts; {broken.Count} violations by {broken.Select(one => one.Identity).Distinct().Count()} objects");
        }

        return broken.Count > 0 ? ExitCode.Failed : ExitCode.Ok;
    }

    private static async Task<IReadOnlyList<Fairway.Resources.Kinds.Delivery.Waiver>> WaiversAsync(ParseResult parsed, CancellationToken cancellation)
    {
        using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
        return await platform.Hub.ListAsync<Fairway.Resources.Kinds.Delivery.Waiver>(null, cancellation);
    }

    private static Task<Document> ApplyAsync(HttpClusterApi api, ResourceType type, JsonObject @object, CancellationToken cancellation)
        => api.PatchAsync(
            type, null, (string)@object["metadata"]!["name"]!, new PatchBody(PatchKind.Apply, @object),
            new WriteOptions { FieldManager = "fairway-policy", Force = true }, cancellation);

    private static async Task<HttpClusterApi> ConnectAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(KubeconfigOption) is { } file)
        {
            Kubeconfig kubeconfig = await Kubeconfig.LoadAsync(file.FullName, cancellation);
            return HttpClusterApi.Connect(kubeconfig.Context(parsed.GetValue(ContextOption) ?? kubeconfig.CurrentContext));
        }

        using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
        Kubeconfig own = await Kubeconfig.LoadAsync(PlatformConnection.KubeconfigPath(parsed.DataDirectory()), cancellation);
        string cluster = parsed.GetValue(Cluster) ?? platform.State.Hub;
        return own.ContextNames.Contains(cluster)
            ? HttpClusterApi.Connect(own.Context(cluster))
            : throw new CommandFailure(ExitCode.Usage, $"there is no cluster \"{cluster}\"; there are {string.Join(", ", own.ContextNames)}");
    }

    private static JsonObject Node(PolicyPack pack) => new()
    {
        ["name"] = pack.Name,
        ["title"] = pack.Title,
        ["version"] = pack.Version,
        ["description"] = pack.Description,
        ["includes"] = new JsonArray([.. pack.Includes.Select(name => (JsonNode)name)]),
        ["policies"] = new JsonArray([.. pack.Policies.Select(policy => (JsonNode)policy.Name)]),
    };
}

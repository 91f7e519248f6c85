using System.CommandLine;
using Fairway.Cli;

namespace Fairway.Commands;

/// <summary>Every verb of the program, listed by hand; the reference page and shell completion are made from this tree.</summary>
internal static class CommandTree
{
    public static RootCommand Build()
    {
        var root = new RootCommand("Fairway takes a team from a git repository to a safely operated service.")
        {
            UpCommand.Build(),
            DownCommand.Build(),
            DemoCommand.Build(),
            StatusCommand.Build(),
            PortalCommand.Build(),
            KubeconfigCommand.Build(),
            AppsCommand.Build(),
            ReleasesCommand.Build(),
            PromotionsCommand.Build(),
            RolloutsCommand.Build(),
            RunsCommand.Build(),
            LedgerCommand.Build(),
            AutoscaleCommand.Build(),
            ClustersCommand.Build(),
            ControllersCommand.Build(),
            AlertsCommand.Build(),
            RulesCommand.Build(),
            CelCommand.Build(),
            Policy.PolicyCommand.Build(),
            WaiversCommand.Build(),
            SloCommand.Build(),
            Observe.LogsCommand.Build(),
            Observe.TracesCommand.Build(),
            CrdsCommand.Build(),
            GitCredentialCommand.Build(),
            CompletionCommand.Build(),
        };
        root.Options.Add(GlobalOptions.Data);
        root.Options.Add(GlobalOptions.Output);
        return root;
    }
}

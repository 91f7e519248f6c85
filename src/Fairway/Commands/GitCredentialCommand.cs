using System.CommandLine;
using Fairway.Cli;
using Fairway.Client;

namespace Fairway.Commands;

/// <summary>
/// git's credential helper protocol (gitcredentials(7)): attributes as <c>key=value</c> lines in, an empty line or the end, and
/// for <c>get</c> the user name and password out. Only for the platform's own git host: any other is left to git.
/// </summary>
internal static class GitCredentialCommand
{
    /// <summary>git sends some ten short lines; what is longer is not git.</summary>
    private const int MaxLines = 100;

    public static Command Build()
    {
        var operation = new Argument<string>("operation") { Description = "get; store and erase do nothing, since nothing is kept." };
        var command = new Command("git-credential", "Sign git in to repositories that the platform hosts: git config --global credential.helper '!fairway git-credential'.") { operation };
        command.SetAction(parsed =>
        {
            if (parsed.GetRequiredValue(operation) == "get")
            {
                Answer(parsed.DataDirectory(), Read(Console.In));
            }

            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Whether git asks for credentials of this host: the protocol and <c>host[:port]</c> must be the platform's.</summary>
    internal static bool IsFor(Uri git, IReadOnlyDictionary<string, string> asked)
        => asked.GetValueOrDefault("protocol") == git.Scheme
            && string.Equals(asked.GetValueOrDefault("host"), git.Authority, StringComparison.OrdinalIgnoreCase);

    internal static Dictionary<string, string> Read(TextReader input)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int count = 0; count < MaxLines && input.ReadLine() is { Length: > 0 } line; count++)
        {
            int split = line.IndexOf('=', StringComparison.Ordinal);
            if (split > 0)
            {
                attributes[line[..split]] = line[(split + 1)..];
            }
        }

        return attributes;
    }

    private static void Answer(DirectoryInfo data, Dictionary<string, string> asked)
    {
        if (PlatformState.Load(data) is { } state && state.IsAlive() && IsFor(new Uri(state.Endpoints.Git), asked))
        {
            KubeconfigContext owner = PlatformConnection.Context(data, state);
            Console.Out.Write($"username={asked.GetValueOrDefault("username") ?? "admin"}\npassword={owner.Token}\n");
        }
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using Fairway.Cli;
using Fairway.Client;
using Fairway.Resources;

namespace Fairway.Commands;

/// <summary>Lists a kind of the hub cluster as a table or as the items' JSON.</summary>
internal static class Listing
{
    public static async Task<int> PrintAsync<T>(
        ParseResult parsed, string? labelSelector, IReadOnlyList<string> headers, Func<T, IReadOnlyList<string>> row, string whenEmpty, CancellationToken cancellation)
        where T : class, IResource
    {
        using PlatformConnection platform = PlatformConnection.Open(parsed.DataDirectory());
        DocumentList list = await platform.Hub.ListAsync(
            KindOf<T>.Type, parsed.GetValue(GlobalOptions.Namespace), new ListOptions { LabelSelector = labelSelector }, cancellation);
        IEnumerable<Document> newestLast = list.Items.OrderBy(item => item.Header.CreationTimestamp, StringComparer.Ordinal);
        if (parsed.WantsJson())
        {
            Terminal.Json(new JsonArray([.. newestLast.Select(item => (JsonNode)item.ToNode())]));
        }
        else
        {
            Terminal.Table(headers, [.. newestLast.Select(item => row(item.As<T>()))], whenEmpty);
        }

        return ExitCode.Ok;
    }

    /// <summary>Finds one object by name, in the namespace given or in the only one that has it.</summary>
    /// <exception cref="CommandFailure">None or several match.</exception>
    public static async Task<T> FindAsync<T>(PlatformConnection platform, ParseResult parsed, string name, CancellationToken cancellation)
        where T : class, IResource
    {
        IReadOnlyList<T> all = await platform.Hub.ListAsync<T>(parsed.GetValue(GlobalOptions.Namespace), cancellation);
        T[] matches = [.. all.Where(item => item.Metadata.Name == name)];
        return matches.Length switch
        {
            1 => matches[0],
            0 => throw new CommandFailure(ExitCode.Refused, $"there is no {KindOf<T>.Type.Kind} named \"{name}\"{Known(all)}"),
            _ => throw new CommandFailure(ExitCode.Usage, $"\"{name}\" is in several namespaces ({string.Join(", ", matches.Select(item => item.Metadata.Namespace))}); say which with -n"),
        };
    }

    /// <summary>The object that is named, or without a name the newest that matches; when there is none yet, waits for the next and says so.</summary>
    /// <exception cref="CommandFailure">None or several have that name.</exception>
    public static async Task<T> FindOrNextAsync<T>(PlatformConnection platform, ParseResult parsed, string? name, Func<T, bool> wanted, CancellationToken cancellation)
        where T : class, IResource
    {
        if (name is not null)
        {
            return await FindAsync<T>(platform, parsed, name, cancellation);
        }

        string? @namespace = parsed.GetValue(GlobalOptions.Namespace);
        IReadOnlyList<T> all = await platform.Hub.ListAsync<T>(@namespace, cancellation);
        if (all.Where(wanted).MaxBy(item => item.Metadata.CreationTimestamp) is { } newest)
        {
            return newest;
        }

        T? last = all.MaxBy(item => item.Metadata.CreationTimestamp);
        Terminal.Note($"waiting for the next {KindOf<T>.Type.Kind}{(last is null ? "" : $"; the last was {last.Metadata.Name}")}");
        await foreach (WatchEvent change in platform.Hub.WatchAsync(KindOf<T>.Type, @namespace, new WatchOptions(), cancellation))
        {
            if (change.Type is WatchEventType.Added or WatchEventType.Modified && change.Object.As<T>() is { } next && wanted(next))
            {
                return next;
            }
        }

        throw new CommandFailure(ExitCode.Failed, $"the platform ended the watch before there was a {KindOf<T>.Type.Kind}");
    }

    private static string Known<T>(IReadOnlyList<T> all)
        where T : class, IResource
        => all.Count == 0 ? "" : $"; there are: {string.Join(", ", all.Select(item => item.Metadata.Name).TakeLast(10))}";
}

using System.Globalization;
using System.Text;
using Fairway.Resources;

namespace Fairway.Storage.Tests;

/// <summary>Small documents and the commits that tests make of them.</summary>
internal static class Objects
{
    public static StorageKey Key(string name, string @namespace = "shop", string resource = "configmaps", string cluster = "dev")
        => new(cluster, resource, @namespace, name);

    public static Document Make(StorageKey key, long revision, string value)
        => Document.FromTrusted(Encoding.UTF8.GetBytes(
            $$"""{"metadata":{"name":"{{key.Name}}","namespace":"{{key.Namespace}}","resourceVersion":"{{revision}}"},"data":{"v":"{{value}}"} }"""));

    public static string Value(Document? document) => document is null ? "" : (string)document.ToNode()["data"]!["v"]!;

    public static string Describe(Document? document)
        => document is null ? "-" : $"{document.Header.Name}={Value(document)}@{document.Header.ResourceVersion}";

    public static async Task<CommitResult> PutAsync(this RevisionLog log, StorageKey key, string value)
        => await log.CommitAsync(key, (_, revision) => new Mutation.Put(Make(key, revision, value)), CancellationToken.None);

    public static async Task<CommitResult> DeleteAsync(this RevisionLog log, StorageKey key)
        => await log.CommitAsync(
            key, (current, revision) => current is null ? Mutation.Nothing : new Mutation.Delete(Make(key, revision, Value(current))), CancellationToken.None);

    public static Task<RevisionLog> OpenAsync(TempDirectory directory, Func<RevisionLogOptions, RevisionLogOptions>? change = null)
    {
        var options = new RevisionLogOptions { Directory = directory.Path };
        return RevisionLog.OpenAsync(change is null ? options : change(options), CancellationToken.None);
    }

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

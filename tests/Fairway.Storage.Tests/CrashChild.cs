using System.Globalization;

namespace Fairway.Storage.Tests;

/// <summary>
/// The process that crash tests kill: writes to a revision log (and says each acknowledged write on standard output) until it is
/// ended from outside.
/// </summary>
internal static class CrashChild
{
    private static async Task<int> Main(string[] arguments)
    {
        if (arguments is not ["write", string directory, string seedText])
        {
            await Console.Error.WriteLineAsync("usage: write DIRECTORY SEED");
            return 2;
        }

        int seed = int.Parse(seedText, CultureInfo.InvariantCulture);
        await using RevisionLog log = await RevisionLog.OpenAsync(new RevisionLogOptions { Directory = directory }, CancellationToken.None);
        var output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => WriteAsync(log, new Random(seed + writer), writer, output)));
        return 0;
    }

    private static async Task WriteAsync(RevisionLog log, Random random, int writer, TextWriter output)
    {
        for (int round = 0; ; round++)
        {
            // Each writer has its own keys, so that the last line about a key is its acknowledged state.
            StorageKey key = Objects.Key($"w{writer}-{random.Next(20)}", resource: random.Next(4) == 0 ? "secrets" : "configmaps");
            string value = $"{writer}.{round}";
            if (random.Next(5) == 0)
            {
                CommitResult deleted = await log.DeleteAsync(key);
                await output.WriteLineAsync($"delete {key} {deleted.Revision}");
            }
            else
            {
                CommitResult put = await log.PutAsync(key, value);
                await output.WriteLineAsync($"put {key} {put.Revision} {value}");
            }
        }
    }
}

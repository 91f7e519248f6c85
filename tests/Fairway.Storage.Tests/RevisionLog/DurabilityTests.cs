using System.Diagnostics;
using System.Globalization;
using System.Text;
using Fairway.Resources;
using Microsoft.Data.Sqlite;
using static Fairway.Storage.Tests.Objects;

namespace Fairway.Storage.Tests;

/// <summary>Disks that fill up, locks of others, wrong versions, wrong keys, second programs, and death.</summary>
public sealed class DurabilityTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Commit_DiskFull_FailsClearlyAndLaterCommitsWork()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        await log.PutAsync(Key("a"), "1");
        await log.MaintainAsync(database => database.Execute("PRAGMA max_page_count = 1"), CancellationToken.None);
        StatusException refusal = await log.PutAsync(Key("b"), new string('x', 100_000)).ShouldThrowAsync<StatusException>();

        refusal.Code.ShouldBe(503);
        refusal.Reason.ShouldBe("InsufficientStorage");
        refusal.Message.ShouldContain(_directory.Path);
        log.Revision.ShouldBe(1);
        log.Get(Key("b")).ShouldBeNull();

        await log.MaintainAsync(database => database.Execute("PRAGMA max_page_count = 1000000"), CancellationToken.None);
        (await log.PutAsync(Key("c"), new string('x', 100_000))).Revision.ShouldBe(2);
        Describe(log.Get(Key("a"))).ShouldBe("a=1@1");
    }

    [Fact]
    public async Task Commit_DatabaseLockedByAnother_FailsClearlyAndLaterCommitsWork()
    {
        await using RevisionLog log = await OpenAsync(_directory, options => options with { LockTimeout = TimeSpan.FromMilliseconds(50) });
        await log.PutAsync(Key("a"), "1");
        await using (var other = new SqliteConnection($"Data Source={_directory["resources.db"]};Pooling=False"))
        {
            other.Open();
            SqliteFiles.Execute(other, "BEGIN IMMEDIATE");
            StatusException refusal = await log.PutAsync(Key("b"), "1").ShouldThrowAsync<StatusException>();
            refusal.Code.ShouldBe(503);
            refusal.Message.ShouldContain("lock");
        }

        (await log.PutAsync(Key("b"), "2")).Revision.ShouldBe(2);
    }

    [Fact]
    public async Task Commit_ReportedAsFailedButOnDisk_IsTakenInBeforeTheNextDecision()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        await log.PutAsync(Key("a"), "1");
        var row = new RevisionRow(2, Key("a"), false, DateTimeOffset.UnixEpoch, Make(Key("a"), 2, "ghost"));
        await log.MaintainAsync(database => database.Append([row]), CancellationToken.None);

        await log.PutAsync(Key("b"), "1").ShouldThrowAsync<StatusException>();
        (await log.PutAsync(Key("b"), "2")).Revision.ShouldBe(3);
        Describe(log.Get(Key("a"))).ShouldBe("a=ghost@2");
    }

    [Fact]
    public async Task Open_DirectoryInUse_NamesTheProcess()
    {
        await using RevisionLog log = await OpenAsync(_directory);
        DataDirectoryException refusal = await OpenAsync(_directory).ShouldThrowAsync<DataDirectoryException>();
        refusal.Message.ShouldContain($"process {Environment.ProcessId}");
        await log.DisposeAsync();
        await (await OpenAsync(_directory)).DisposeAsync();
    }

    [Fact]
    public async Task Open_WrittenByANewerVersion_IsRefusedAndUntouched()
    {
        await (await OpenAsync(_directory)).DisposeAsync();
        await using (var other = new SqliteConnection($"Data Source={_directory["resources.db"]};Pooling=False"))
        {
            other.Open();
            SqliteFiles.Execute(other, "UPDATE meta SET value = '99' WHERE name = 'schema'");
        }

        (await OpenAsync(_directory).ShouldThrowAsync<DataDirectoryException>()).Message.ShouldContain("schema 99");
    }

    [Fact]
    public async Task Open_NotADatabase_IsRefusedByName()
    {
        await File.WriteAllTextAsync(_directory["resources.db"], new string('x', 10_000));
        (await OpenAsync(_directory).ShouldThrowAsync<DataDirectoryException>()).Message.ShouldContain(_directory.Path);
    }

    [Fact]
    public async Task Secrets_OnDisk_AreNotReadable()
    {
        await using (RevisionLog log = await OpenAsync(_directory))
        {
            await log.PutAsync(Key("s", resource: "secrets"), "correct-horse");
            await log.PutAsync(Key("c"), "plain-value");
            await log.DeleteAsync(Key("s", resource: "secrets"));
            await log.PutAsync(Key("s", resource: "secrets"), "correct-horse");
        }

        string disk = string.Concat(Directory.GetFiles(_directory.Path, "resources.db*").Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file))));
        disk.ShouldContain("plain-value");
        disk.ShouldNotContain("correct-horse");
        File.GetUnixFileMode(_directory["storage.key"]).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await using RevisionLog again = await OpenAsync(_directory);
        Value(again.Get(Key("s", resource: "secrets"))).ShouldBe("correct-horse");
    }

    [Fact]
    public async Task Open_WithAnotherKey_IsRefused()
    {
        await (await OpenAsync(_directory)).DisposeAsync();
        File.Delete(_directory["storage.key"]);
        (await OpenAsync(_directory).ShouldThrowAsync<DataDirectoryException>()).Message.ShouldContain("key");
    }

    [Fact]
    public void SecretBox_ValueMovedOrChanged_DoesNotOpen()
    {
        using SecretBox box = SecretBox.Open(_directory["key"]);
        byte[] boxed = box.Seal("a", "hello"u8);
        box.Unseal("a", boxed).ShouldBe("hello"u8.ToArray());
        Should.Throw<DataDirectoryException>(() => box.Unseal("b", boxed));
        boxed[^1] ^= 1;
        Should.Throw<DataDirectoryException>(() => box.Unseal("a", boxed));
        Should.Throw<DataDirectoryException>(() => box.Unseal("a", boxed.AsSpan(0, 5)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Kill_WhileWriting_KeepsEveryAcknowledgedWrite(int seed)
    {
        var acknowledged = new Dictionary<string, string>();
        for (int round = 0; round < 3; round++)
        {
            await WriteAndKillAsync(acknowledged, (seed * 100) + round, lines: 150 + (round * 97) + (seed * 31));
            await using RevisionLog log = await OpenAsync(_directory);
            foreach (var (key, line) in acknowledged)
            {
                CheckAcknowledged(log, StorageKey.Parse(key), line.Split(' '));
            }
        }
    }

    // The child may have made a further change after the last line that it could write, but each key has one writer, so the
    // state is the acknowledged one or a later one.
    private static void CheckAcknowledged(RevisionLog log, StorageKey key, string[] line)
    {
        Document? found = log.Get(key);
        long revision = long.Parse(line[2], CultureInfo.InvariantCulture);
        log.Revision.ShouldBeGreaterThanOrEqualTo(revision);
        long foundRevision = found is null ? long.MaxValue : long.Parse(found.Header.ResourceVersion, CultureInfo.InvariantCulture);
        if (line[0] == "put" && foundRevision == revision)
        {
            Value(found).ShouldBe(line[3]);
        }
        else if (line[0] == "put" && found is null)
        {
            // Deleted later: the log must know it.
            log.GetAtAsync(key, revision, CancellationToken.None).GetAwaiter().GetResult().ShouldNotBeNull($"{key} is lost");
            log.Revision.ShouldBeGreaterThan(revision, $"{key} is lost");
        }
        else
        {
            foundRevision.ShouldBeGreaterThan(revision, $"{key} went back");
        }
    }

    private async Task WriteAndKillAsync(Dictionary<string, string> acknowledged, int seed, int lines)
    {
        using Process child = Process.Start(new ProcessStartInfo("dotnet", [typeof(CrashChild).Assembly.Location, "write", _directory.Path, Number(seed)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        int read = 0;
        while (await child.StandardOutput.ReadLineAsync() is { } line)
        {
            // The last line may be cut off in the middle.
            string[] parts = line.Split(' ');
            if (parts.Length >= 3 && (parts[0] == "delete" || parts.Length == 4))
            {
                acknowledged[parts[1]] = line;
            }

            if (++read == lines)
            {
                child.Kill();
            }
        }

        await child.WaitForExitAsync();
        read.ShouldBeGreaterThanOrEqualTo(lines, "the child ended by itself");
    }
}

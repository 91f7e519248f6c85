using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Fairway.Storage.Tests;

/// <summary>What both databases must do alike.</summary>
internal static class LedgerConformance
{
    public static async Task KeepsFactsInOrderAsync(Ledger ledger)
    {
        Fact fact = Make("release.created", "web") with { Data = new JsonObject { ["z"] = 1, ["a"] = new JsonArray("ü", null, 1.5), ["m"] = new JsonObject { ["y"] = true, ["b"] = null } } };
        LedgerEntry first = await ledger.AppendAsync(fact, CancellationToken.None);
        LedgerEntry second = await ledger.AppendAsync(Make("run.started", "api"), CancellationToken.None);

        first.Sequence.ShouldBe(1);
        first.Previous.ShouldBe(new string('0', 64));
        second.Previous.ShouldBe(first.Hash);
        first.Canonical.ShouldBe(
            """{"actor":"ada","application":"web","at":"2026-03-01T12:00:00.123Z","data":{"a":["ü",null,1.5],"m":{"b":null,"y":true},"z":1},"environment":"prod","namespace":"shop","previous":"0000000000000000000000000000000000000000000000000000000000000000","release":"web-1","sequence":1,"subject":"Release/web-1","type":"release.created"}""");
        ledger.Head.ShouldBe(new LedgerHead(2, second.Hash));

        LedgerEntry[] read = await ReadAsync(ledger, LedgerQuery.All);
        read.Select(entry => entry.Canonical).ShouldBe([first.Canonical, second.Canonical]);
        read[0].Fact.Data!["a"]![0]!.GetValue<string>().ShouldBe("ü");
        (await ledger.VerifyAsync(CancellationToken.None)).ShouldBe(new LedgerVerification(2, ledger.Head, null, null));
    }

    public static async Task AppendsConcurrentlyAsync(Ledger one, Ledger other)
    {
        Task appending = Task.WhenAll(Enumerable.Range(0, 60).Select(index =>
            (index % 2 == 0 ? one : other).AppendAsync(Make("sync.applied", Number(index)), CancellationToken.None)));
        while (!appending.IsCompleted)
        {
            (await one.VerifyAsync(CancellationToken.None)).Problem.ShouldBeNull("entries that come while it is verified are no damage");
        }

        await appending;
        LedgerVerification verification = await one.VerifyAsync(CancellationToken.None);
        verification.Problem.ShouldBeNull();
        verification.Entries.ShouldBe(60);
        (await ReadAsync(other, LedgerQuery.All)).Select(entry => entry.Fact.Application!).Order().ShouldBe(Enumerable.Range(0, 60).Select(Number).Order());
    }

    public static async Task AnswersQueriesAsync(Ledger ledger)
    {
        for (int index = 0; index < 12; index++)
        {
            await ledger.AppendAsync(
                Make(index % 3 == 0 ? "run.started" : "run.finished", index % 2 == 0 ? "web" : "api") with
                {
                    At = Start.AddMinutes(index),
                    Environment = index < 6 ? "dev" : null,
                    Release = "r" + Number(index),
                },
                CancellationToken.None);
        }

        await ExpectAsync(new LedgerQuery { Application = "web" }, 1, 3, 5, 7, 9, 11);
        await ExpectAsync(new LedgerQuery { Application = "web", Environment = "dev" }, 1, 3, 5);
        await ExpectAsync(new LedgerQuery { Types = ["run.started"] }, 1, 4, 7, 10);
        await ExpectAsync(new LedgerQuery { Types = ["run.started", "other"], AfterSequence = 4 }, 7, 10);
        await ExpectAsync(new LedgerQuery { Since = Start.AddMinutes(3), Until = Start.AddMinutes(5) }, 4, 5);
        await ExpectAsync(new LedgerQuery { Limit = 2 }, 1, 2);
        await ExpectAsync(new LedgerQuery { Limit = 3, Descending = true, BeforeSequence = 11 }, 10, 9, 8);
        await ExpectAsync(new LedgerQuery { Release = "r7" }, 8);
        await ExpectAsync(new LedgerQuery { Namespace = "elsewhere" });
        await ExpectAsync(new LedgerQuery { Application = "x' OR '1'='1" });

        async Task ExpectAsync(LedgerQuery query, params long[] sequences)
            => (await ReadAsync(ledger, query)).Select(entry => entry.Sequence).ShouldBe(sequences);
    }

    public static async Task FollowsAsync(Ledger ledger)
    {
        await ledger.AppendAsync(Make("a", "web"), CancellationToken.None);
        await ledger.AppendAsync(Make("b", "web"), CancellationToken.None);
        var seen = new List<string>();
        Task watching = Task.Run(async () =>
        {
            await foreach (LedgerEntry entry in ledger.WatchAsync(new LedgerQuery { Application = "web", AfterSequence = 1 }, CancellationToken.None))
            {
                seen.Add(entry.Fact.Type);
                if (seen.Count == 3)
                {
                    break;
                }
            }
        });
        await ledger.AppendAsync(Make("no", "api"), CancellationToken.None);
        await ledger.AppendAsync(Make("c", "web"), CancellationToken.None);
        await ledger.AppendAsync(Make("d", "web"), CancellationToken.None);
        await watching;
        seen.ShouldBe(["b", "c", "d"]);
    }

    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, 123, TimeSpan.Zero);

    public static Fact Make(string type, string application) => new()
    {
        Type = type,
        At = Start,
        Actor = "ada",
        Namespace = "shop",
        Application = application,
        Environment = "prod",
        Release = "web-1",
        Subject = "Release/web-1",
    };

    public static async Task<LedgerEntry[]> ReadAsync(Ledger ledger, LedgerQuery query)
    {
        var entries = new List<LedgerEntry>();
        await foreach (LedgerEntry entry in ledger.ReadAsync(query, CancellationToken.None))
        {
            entries.Add(entry);
        }

        return [.. entries];
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}

public sealed class SqliteLedgerTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Append_Facts_AreKeptInOrder()
    {
        await using Ledger ledger = await OpenAsync();
        await LedgerConformance.KeepsFactsInOrderAsync(ledger);
    }

    [Fact]
    public async Task Append_FromTwoConnectionsAtOnce_KeepsOneChain()
    {
        await using Ledger one = await OpenAsync();
        await using Ledger other = await OpenAsync();
        await LedgerConformance.AppendsConcurrentlyAsync(one, other);
    }

    [Fact]
    public async Task Read_Queries_AreAnswered()
    {
        await using Ledger ledger = await OpenAsync();
        await LedgerConformance.AnswersQueriesAsync(ledger);
    }

    [Fact]
    public async Task Watch_FromASequence_FollowsAppends()
    {
        await using Ledger ledger = await OpenAsync();
        await LedgerConformance.FollowsAsync(ledger);
    }

    [Fact]
    public async Task Reopen_GoesOnWithTheChain()
    {
        await using (Ledger ledger = await OpenAsync())
        {
            await ledger.AppendAsync(LedgerConformance.Make("a", "web"), CancellationToken.None);
        }

        await using Ledger again = await OpenAsync();
        (await again.AppendAsync(LedgerConformance.Make("b", "web"), CancellationToken.None)).Sequence.ShouldBe(2);
        (await again.VerifyAsync(CancellationToken.None)).IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Append_WithoutTime_IsStamped()
    {
        await using Ledger ledger = await OpenAsync();
        LedgerEntry entry = await ledger.AppendAsync(LedgerConformance.Make("a", "web") with { At = default }, CancellationToken.None);
        entry.Fact.At.ShouldBeGreaterThan(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("UPDATE ledger SET entry = replace(entry, 'ada', 'eve') WHERE sequence = 4", 4, "changed")]
    [InlineData("UPDATE ledger SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE sequence = 4", 4, "changed")]
    [InlineData("UPDATE ledger SET application = 'other' WHERE sequence = 4", 4, "changed")]
    [InlineData("UPDATE ledger SET occurred_at = occurred_at + 1 WHERE sequence = 4", 4, "changed")]
    [InlineData("UPDATE ledger SET entry = 'nonsense' WHERE sequence = 4", 4, "cannot be read")]
    [InlineData("DELETE FROM ledger WHERE sequence = 4", 4, "missing")]
    [InlineData("DELETE FROM ledger WHERE sequence = 1", 1, "missing")]
    [InlineData("DELETE FROM ledger WHERE sequence = 8", 8, "ends at entry 7")]
    [InlineData("DELETE FROM ledger WHERE sequence = 8; UPDATE ledger_head SET sequence = 7, hash = (SELECT hash FROM ledger WHERE sequence = 7)", 8, "missing")]
    [InlineData("DELETE FROM ledger", 1, "ends at entry 0")]
    [InlineData("UPDATE ledger SET sequence = 99 WHERE sequence = 4; UPDATE ledger SET sequence = 4 WHERE sequence = 5; UPDATE ledger SET sequence = 5 WHERE sequence = 99", 4, "put in place")]
    [InlineData("INSERT INTO ledger SELECT 0, hash, entry, occurred_at, type, namespace, application, environment, release_name FROM ledger WHERE sequence = 3", 1, "does not belong")]
    [InlineData("INSERT INTO ledger SELECT 9, hash, entry, occurred_at, type, namespace, application, environment, release_name FROM ledger WHERE sequence = 8", 9, "put in place")]
    public async Task Verify_TamperedWith_NamesThePlace(string tampering, long sequence, string problem)
    {
        await using Ledger ledger = await FilledAsync();
        Tamper(tampering);
        LedgerVerification verification = await ledger.VerifyAsync(CancellationToken.None);

        verification.IsIntact.ShouldBeFalse();
        verification.BrokenAt.ShouldBe(sequence);
        verification.Problem!.ShouldContain(problem);
        verification.Entries.ShouldBe(sequence - 1);
    }

    [Fact]
    public async Task Verify_ChainRewrittenFromTheMiddle_IsFoundByAHeadKeptElsewhere()
    {
        LedgerHead kept;
        await using (Ledger ledger = await FilledAsync())
        {
            kept = ledger.Head;
            Tamper("DELETE FROM ledger WHERE sequence > 5; UPDATE ledger_head SET sequence = 5, hash = (SELECT hash FROM ledger WHERE sequence = 5)");
        }

        await using Ledger again = await OpenAsync();
        for (int index = 0; index < 5; index++)
        {
            await again.AppendAsync(LedgerConformance.Make("forged", "web"), CancellationToken.None);
        }

        (await again.VerifyAsync(CancellationToken.None)).IsIntact.ShouldBeTrue();
        LedgerVerification verification = await again.VerifyAsync(CancellationToken.None, kept);
        verification.BrokenAt.ShouldBe(8);
        verification.Problem!.ShouldContain("rewritten");
    }

    [Fact]
    public async Task Verify_AnyByteOfAnyEntryChanged_IsFound()
    {
        await using Ledger ledger = await FilledAsync();
        LedgerEntry[] entries = await LedgerConformance.ReadAsync(ledger, LedgerQuery.All);
        var random = new Random(20260301);
        for (int round = 0; round < 60; round++)
        {
            LedgerEntry entry = entries[random.Next(entries.Length)];
            byte[] text = Encoding.UTF8.GetBytes(entry.Canonical);
            text[random.Next(text.Length)] ^= (byte)(1 << random.Next(5));
            Tamper("UPDATE ledger SET entry = @text WHERE sequence = @sequence", Encoding.UTF8.GetString(text), entry.Sequence);
            (await ledger.VerifyAsync(CancellationToken.None)).BrokenAt.ShouldBe(entry.Sequence, Encoding.UTF8.GetString(text));
            Tamper("UPDATE ledger SET entry = @text WHERE sequence = @sequence", entry.Canonical, entry.Sequence);
        }

        (await ledger.VerifyAsync(CancellationToken.None)).IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Append_DatabaseGone_IsRefusedWithItsName()
    {
        await using Ledger ledger = await FilledAsync();
        Tamper("DROP TABLE ledger_head");
        StatusException refusal = await ledger.AppendAsync(LedgerConformance.Make("a", "web"), CancellationToken.None).ShouldThrowAsync<StatusException>();
        refusal.Code.ShouldBe(500);
        refusal.Message.ShouldContain("ledger.db");
    }

    private Task<Ledger> OpenAsync() => Ledger.OpenSqliteAsync(_directory["ledger.db"], TimeProvider.System, CancellationToken.None);

    private async Task<Ledger> FilledAsync()
    {
        Ledger ledger = await OpenAsync();
        for (int index = 0; index < 8; index++)
        {
            await ledger.AppendAsync(LedgerConformance.Make("run.started", "web"), CancellationToken.None);
        }

        return ledger;
    }

    private void Tamper(string sql, string? text = null, long sequence = 0)
    {
        using var connection = new SqliteConnection($"Data Source={_directory["ledger.db"]};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        if (text is not null)
        {
            command.Parameters.AddWithValue("text", text);
            command.Parameters.AddWithValue("sequence", sequence);
        }

        command.ExecuteNonQuery();
    }
}

public sealed class PostgresLedgerTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [PostgresFact]
    public async Task Append_Facts_AreKeptInOrder()
    {
        await using Ledger ledger = await OpenAsync("facts");
        await LedgerConformance.KeepsFactsInOrderAsync(ledger);
    }

    [PostgresFact]
    public async Task Append_FromTwoProgramsAtOnce_KeepsOneChain()
    {
        Ledger[] both = await Task.WhenAll(OpenAsync("concurrent"), OpenAsync("concurrent"));
        await using Ledger one = both[0];
        await using Ledger other = both[1];
        await LedgerConformance.AppendsConcurrentlyAsync(one, other);
    }

    [PostgresFact]
    public async Task Read_Queries_AreAnswered()
    {
        await using Ledger ledger = await OpenAsync("queries");
        await LedgerConformance.AnswersQueriesAsync(ledger);
    }

    [PostgresFact]
    public async Task Watch_FromASequence_FollowsAppends()
    {
        await using Ledger ledger = await OpenAsync("watch");
        await LedgerConformance.FollowsAsync(ledger);
    }

    [PostgresFact]
    public async Task Verify_TamperedWith_NamesThePlace()
    {
        await using Ledger ledger = await OpenAsync("tampered");
        for (int index = 0; index < 5; index++)
        {
            await ledger.AppendAsync(LedgerConformance.Make("run.started", "web"), CancellationToken.None);
        }

        await using var source = NpgsqlDataSource.Create($"{server.ConnectionString};Search Path=tampered");
        await using NpgsqlCommand command = source.CreateCommand("UPDATE ledger SET entry = replace(entry, 'ada', 'eve') WHERE sequence = 3");
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
        (await ledger.VerifyAsync(CancellationToken.None)).BrokenAt.ShouldBe(3);
    }

    [PostgresFact]
    public async Task Open_ServerNotThere_SaysSo()
    {
        DataDirectoryException failure = await Ledger.OpenPostgresAsync("Host=/nowhere;Username=x;Timeout=2", TimeProvider.System, CancellationToken.None)
            .ShouldThrowAsync<DataDirectoryException>();
        failure.Message.ShouldContain("/nowhere");
    }

    /// <summary>A ledger in a schema of its own.</summary>
    private async Task<Ledger> OpenAsync(string schema)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using NpgsqlCommand command = source.CreateCommand($"SELECT pg_advisory_xact_lock(1); CREATE SCHEMA IF NOT EXISTS {schema}");
        await command.ExecuteNonQueryAsync();
        return await Ledger.OpenPostgresAsync($"{server.ConnectionString};Search Path={schema}", TimeProvider.System, CancellationToken.None);
    }
}

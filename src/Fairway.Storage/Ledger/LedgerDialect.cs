using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Fairway.Storage;

/// <summary>
/// All that differs between the databases that can hold the ledger, as data: how to connect, and the statements that are not
/// plain SQL. Everything else is written once, in <see cref="Ledger"/>.
/// </summary>
/// <param name="Name">For messages.</param>
/// <param name="Connect">Makes a connection, not yet open.</param>
/// <param name="Schema">Creates what is missing; harmless when it is all there.</param>
/// <param name="Begin">Begins the transaction of an append.</param>
/// <param name="BeginSnapshot">Begins a reading transaction that sees one moment, whatever is appended meanwhile.</param>
/// <param name="LockedHead">Reads the head and holds it against every other writer until the transaction ends.</param>
internal sealed record LedgerDialect(string Name, Func<DbConnection> Connect, string Schema, string Begin, string BeginSnapshot, string LockedHead)
{
    private const string Tables = """
        CREATE TABLE IF NOT EXISTS ledger (
          sequence BIGINT PRIMARY KEY,
          hash TEXT NOT NULL,
          entry TEXT NOT NULL,
          occurred_at BIGINT NOT NULL,
          type TEXT NOT NULL,
          namespace TEXT NOT NULL,
          application TEXT NULL,
          environment TEXT NULL,
          release_name TEXT NULL);
        CREATE INDEX IF NOT EXISTS ledger_by_application ON ledger (application, sequence);
        CREATE INDEX IF NOT EXISTS ledger_by_type ON ledger (type, sequence);
        CREATE TABLE IF NOT EXISTS ledger_head (id BIGINT PRIMARY KEY, sequence BIGINT NOT NULL, hash TEXT NOT NULL);
        INSERT INTO ledger_head (id, sequence, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000') ON CONFLICT DO NOTHING;
        """;

    public static LedgerDialect Sqlite(string path)
    {
        string settings = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = 5 }.ToString();
        return new LedgerDialect(
            $"the ledger {path}",
            () => new SqliteConnection(settings),
            "PRAGMA journal_mode=WAL; " + Tables,
            "PRAGMA synchronous=FULL; BEGIN IMMEDIATE",
            "BEGIN DEFERRED",
            "SELECT sequence, hash FROM ledger_head WHERE id = 1");
    }

    public static LedgerDialect Postgres(NpgsqlDataSource source) => new(
        $"the ledger in PostgreSQL at {new NpgsqlConnectionStringBuilder(source.ConnectionString).Host}",
        source.CreateConnection,
        // Two programs that create the tables at the same moment would trip over each other; the statements are one transaction.
        "SELECT pg_advisory_xact_lock(7210365); " + Tables,
        "BEGIN",
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        "SELECT sequence, hash FROM ledger_head WHERE id = 1 FOR UPDATE");
}

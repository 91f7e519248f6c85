using System.Data.Common;
using System.Runtime.CompilerServices;
using Fairway.Resources;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Fairway.Storage;

/// <summary>
/// What happened, for ever: an append-only chain of facts in which every entry carries the hash of the one before, so that no
/// past entry can be changed, removed, moved or added without being found.
/// </summary>
/// <remarks>
/// An append has reached the disk when it completes, and is one transaction. Safe for concurrent use, also by several programs on
/// one PostgreSQL database. Who can write the database file can rewrite the whole chain; keep <see cref="Head"/> elsewhere and
/// pass it to <see cref="VerifyAsync"/> to find that too.
/// </remarks>
public sealed class Ledger : IAsyncDisposable
{
    private readonly LedgerDialect _dialect;
    private readonly TimeProvider _time;
    private readonly IAsyncDisposable? _source;
    private readonly SemaphoreSlim _appending = new(1, 1); // one append at a time from this process
    private readonly Lock _gate = new(); // guards _head
    private LedgerHead _head;
    private TaskCompletionSource _changed = NewSignal();

    private Ledger(LedgerDialect dialect, TimeProvider time, IAsyncDisposable? source)
    {
        _dialect = dialect;
        _time = time;
        _source = source;
    }

    /// <summary>The end of the chain as this process last saw it.</summary>
    public LedgerHead Head
    {
        get
        {
            lock (_gate)
            {
                return _head;
            }
        }
    }

    /// <summary>Opens or makes a ledger in a SQLite file of its own.</summary>
    public static Task<Ledger> OpenSqliteAsync(string path, TimeProvider time, CancellationToken cancellation)
        => OpenAsync(LedgerDialect.Sqlite(path), time, null, cancellation);

    /// <summary>Opens or makes a ledger in a PostgreSQL database.</summary>
    public static Task<Ledger> OpenPostgresAsync(string connectionString, TimeProvider time, CancellationToken cancellation)
    {
        NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        return OpenAsync(LedgerDialect.Postgres(source), time, source, cancellation);
    }

    /// <summary>Adds a fact to the end of the chain.</summary>
    /// <returns>The entry, durable.</returns>
    /// <exception cref="StatusException">The database refused (5xx): nothing was added.</exception>
    public async Task<LedgerEntry> AppendAsync(Fact fact, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(fact);
        Fact stamped = fact.At == default ? fact with { At = _time.GetUtcNow() } : fact;
        await _appending.WaitAsync(cancellation);
        try
        {
            LedgerEntry entry = await AppendOnceAsync(stamped, cancellation);
            Advance(new LedgerHead(entry.Sequence, entry.Hash));
            return entry;
        }
        catch (DbException failure)
        {
            throw Explain(failure);
        }
        finally
        {
            _appending.Release();
        }
    }

    /// <summary>Reads entries. What is appended while reading may or may not be seen.</summary>
    public async IAsyncEnumerable<LedgerEntry> ReadAsync(LedgerQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        await using DbConnection connection = await ConnectAsync(cancellation);
        await using DbCommand command = LedgerSql.Select(connection, query);
        await using DbDataReader rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            yield return CanonicalEntry.Read(rows.GetString(0));
        }
    }

    /// <summary>
    /// Entries as they are appended, beginning with those after <see cref="LedgerQuery.AfterSequence"/>, until cancelled. Appends
    /// of other programs on the same database are seen together with the next one of this program.
    /// </summary>
    public async IAsyncEnumerable<LedgerEntry> WatchAsync(LedgerQuery query, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(query);
        long seen = query.AfterSequence;
        while (true)
        {
            Task changed = Volatile.Read(ref _changed).Task;
            long upTo = Head.Sequence;
            await foreach (LedgerEntry entry in ReadAsync(query with { AfterSequence = seen, BeforeSequence = upTo + 1, Descending = false, Limit = null }, cancellation))
            {
                yield return entry;
            }

            seen = Math.Max(seen, upTo);
            await changed.WaitAsync(cancellation);
        }
    }

    /// <summary>Checks the whole chain, entry by entry. Linear.</summary>
    /// <param name="cancellation">Ends the check.</param>
    /// <param name="expected">A head that was kept elsewhere: the chain must still contain it.</param>
    public async Task<LedgerVerification> VerifyAsync(CancellationToken cancellation, LedgerHead? expected = null)
    {
        LedgerHead[] anchors = expected is { } kept ? [Head, kept] : [Head];
        var chain = new ChainCheck(anchors);
        try
        {
            // Entries and recorded head must be of one moment: an append in between is no damage.
            await using DbConnection connection = await ConnectAsync(cancellation);
            await LedgerSql.RunAsync(connection, _dialect.BeginSnapshot, cancellation);
            await using (DbCommand command = LedgerSql.Everything(connection))
            {
                await using DbDataReader rows = await command.ExecuteReaderAsync(cancellation);
                while (await rows.ReadAsync(cancellation) && chain.Take(rows))
                {
                }
            }

            LedgerHead recorded = await LedgerSql.ReadHeadAsync(connection, "SELECT sequence, hash FROM ledger_head WHERE id = 1", cancellation);
            await LedgerSql.TryRollbackAsync(connection);
            return chain.Finish(recorded);
        }
        catch (DbException damaged)
        {
            return chain.Unreadable(damaged.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _appending.Dispose();
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }
        else
        {
            await using DbConnection connection = _dialect.Connect();
            SqliteConnection.ClearPool((SqliteConnection)connection);
        }
    }

    private static async Task<Ledger> OpenAsync(LedgerDialect dialect, TimeProvider time, IAsyncDisposable? source, CancellationToken cancellation)
    {
        var ledger = new Ledger(dialect, time, source);
        try
        {
            await using DbConnection connection = await ledger.ConnectAsync(cancellation);
            await LedgerSql.RunAsync(connection, dialect.Schema, cancellation);
            ledger._head = await LedgerSql.ReadHeadAsync(connection, "SELECT sequence, hash FROM ledger_head WHERE id = 1", cancellation);
            return ledger;
        }
        catch (DbException failure)
        {
            await ledger.DisposeAsync();
            throw new DataDirectoryException($"{dialect.Name} cannot be opened: {failure.Message}", failure);
        }
    }

    private async Task<LedgerEntry> AppendOnceAsync(Fact fact, CancellationToken cancellation)
    {
        await using DbConnection connection = await ConnectAsync(cancellation);
        await LedgerSql.RunAsync(connection, _dialect.Begin, cancellation);
        try
        {
            LedgerHead head = await LedgerSql.ReadHeadAsync(connection, _dialect.LockedHead, cancellation);
            LedgerEntry entry = CanonicalEntry.Make(head.Sequence + 1, head.Hash, fact);
            await LedgerSql.InsertAsync(connection, entry, cancellation);
            await LedgerSql.RunAsync(connection, "COMMIT", cancellation);
            return entry;
        }
        catch
        {
            await LedgerSql.TryRollbackAsync(connection);
            throw;
        }
    }

    private async Task<DbConnection> ConnectAsync(CancellationToken cancellation)
    {
        DbConnection connection = _dialect.Connect();
        try
        {
            await connection.OpenAsync(cancellation);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private void Advance(LedgerHead head)
    {
        lock (_gate)
        {
            _head = head;
        }

        Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
    }

    private StatusException Explain(DbException failure)
    {
        if (failure is SqliteException sqlite)
        {
            var (code, reason, message) = SqliteFiles.Explain(sqlite, _dialect.Name);
            return new StatusException(code, reason, message);
        }

        return new StatusException(503, "ServiceUnavailable", $"{_dialect.Name} did not take the entry: {failure.Message}");
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

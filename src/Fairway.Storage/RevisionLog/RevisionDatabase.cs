using System.Globalization;
using Fairway.Resources;
using Microsoft.Data.Sqlite;

namespace Fairway.Storage;

/// <summary>One change as it stands in the database.</summary>
internal readonly record struct RevisionRow(long Revision, StorageKey Key, bool Deleted, DateTimeOffset At, Document Document);

/// <summary>The writer's side of the SQLite file. Belongs to one thread at a time.</summary>
internal sealed class RevisionDatabase : IDisposable
{
    private readonly string _path;
    private readonly RevisionLogOptions _options;
    private readonly RowCodec _codec;
    private SqliteConnection _connection = null!;
    private Statement _begin = null!;
    private Statement _insert = null!;
    private Statement _commit = null!;

    public RevisionDatabase(string path, RevisionLogOptions options, RowCodec codec, SecretBox secrets)
    {
        _path = path;
        _options = options;
        _codec = codec;
        Connect();
        RevisionSchema.Ensure(_connection, path, secrets);
        Prepare();
        Compacted = long.Parse(RevisionSchema.Read(_connection, "compacted"), CultureInfo.InvariantCulture);
    }

    /// <summary>History up to here has been thinned out to the latest rows.</summary>
    public long Compacted { get; private set; }

    /// <summary>Makes the rows durable in one transaction: all or none.</summary>
    public void Append(List<RevisionRow> rows)
    {
        _begin.Run();
        try
        {
            foreach (RevisionRow row in rows)
            {
                string key = row.Key.ToString();
                bool isSealed = _codec.Seals(row.Key);
                _insert.Bind(1, row.Revision).Bind(2, key).Bind(3, row.Deleted ? 1 : 0).Bind(4, isSealed ? 1 : 0).Bind(5, row.At.ToUnixTimeMilliseconds());
                _insert.Bind(6, isSealed ? _codec.Seal(key, row.Document) : row.Document.Json.Span).Run();
            }

            _commit.Run();
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <summary>The highest revision that was ever used, also when its row has been compacted away.</summary>
    public long LastRevision() => Math.Max(Compacted, SqliteFiles.Scalar(_connection, "SELECT max(revision) FROM revisions"));

    /// <summary>The latest row of every object that exists.</summary>
    public IEnumerable<RevisionRow> Latest()
        => Rows("""
            SELECT r.revision, r.key, r.deleted, r.sealed, r.at, r.value
            FROM (SELECT max(revision) AS revision FROM revisions GROUP BY key) AS l JOIN revisions AS r ON r.revision = l.revision
            WHERE r.deleted = 0
            """);

    /// <summary>Rows after a revision, in order.</summary>
    public IEnumerable<RevisionRow> After(long revision)
        => Rows("SELECT revision, key, deleted, sealed, at, value FROM revisions WHERE revision > ? ORDER BY revision", revision);

    /// <summary>The state of an object before a revision, or null when it did not exist.</summary>
    public Document? Before(StorageKey key, long revision)
    {
        using var statement = new Statement(
            _connection, "SELECT revision, key, deleted, sealed, at, value FROM revisions WHERE key = ? AND revision < ? ORDER BY revision DESC LIMIT 1");
        return statement.Bind(1, key.ToString()).Bind(2, revision).Step() && _codec.Read(statement) is { Deleted: false } row ? row.Document : null;
    }

    /// <summary>
    /// One bounded step of compaction: looks at the next rows after <see cref="Compacted"/> that may be forgotten, removes what
    /// they supersede and the tombstones among them, and moves on, in one transaction.
    /// </summary>
    /// <returns>false when there was nothing left to do.</returns>
    public bool CompactStep(long keepAfterRevision, DateTimeOffset keepAfterTime)
    {
        long upTo = Compacted;
        bool any = false;
        using (var scan = new Statement(_connection, "SELECT revision, at FROM revisions WHERE revision > ? ORDER BY revision LIMIT ?"))
        {
            scan.Bind(1, Compacted).Bind(2, _options.CompactionChunk);
            while (scan.Step() && (scan.Int64(0) <= keepAfterRevision || scan.Int64(1) < keepAfterTime.ToUnixTimeMilliseconds()))
            {
                upTo = scan.Int64(0);
                any = true;
            }

            scan.Reset();
        }

        if (any)
        {
            Forget(Compacted, upTo);
            Compacted = upTo;
        }

        return any;
    }

    /// <summary>Empties the write-ahead log into the database when it has grown large, and gives free pages back.</summary>
    public void Tidy()
    {
        var log = new FileInfo(_path + "-wal");
        if (log.Exists && log.Length > _options.MaxWalBytes)
        {
            SqliteFiles.Execute(_connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        }

        SqliteFiles.Execute(_connection, "PRAGMA incremental_vacuum(1000)");
    }

    /// <summary>Starts over with a fresh connection after a failure of the old one.</summary>
    public void Reconnect()
    {
        Close();
        Connect();
        Prepare();
    }

    /// <summary>Runs a statement on the writer's connection: how tests make a disk look full.</summary>
    internal void Execute(string sql) => SqliteFiles.Execute(_connection, sql);

    public void Dispose() => Close();

    private IEnumerable<RevisionRow> Rows(string sql, long? argument = null)
    {
        using var statement = new Statement(_connection, sql);
        if (argument is { } value)
        {
            statement.Bind(1, value);
        }

        while (statement.Step())
        {
            yield return _codec.Read(statement);
        }
    }

    private void Forget(long after, long upTo)
    {
        _begin.Run();
        try
        {
            using (var superseded = new Statement(
                _connection,
                """
                DELETE FROM revisions WHERE revision IN (
                  SELECT older.revision FROM revisions AS newer JOIN revisions AS older ON older.key = newer.key AND older.revision < newer.revision
                  WHERE newer.revision > ?1 AND newer.revision <= ?2)
                """))
            {
                superseded.Bind(1, after).Bind(2, upTo).Run();
            }

            using (var tombstones = new Statement(_connection, "DELETE FROM revisions WHERE revision > ?1 AND revision <= ?2 AND deleted = 1"))
            {
                tombstones.Bind(1, after).Bind(2, upTo).Run();
            }

            RevisionSchema.Write(_connection, "compacted", upTo.ToString(CultureInfo.InvariantCulture));
            _commit.Run();
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    private void Connect() => _connection = SqliteFiles.OpenWriter(_path, _options.LockTimeout);

    private void Prepare()
    {
        _begin = new Statement(_connection, "BEGIN IMMEDIATE");
        _insert = new Statement(_connection, "INSERT INTO revisions (revision, key, deleted, sealed, at, value) VALUES (?, ?, ?, ?, ?, ?)");
        _commit = new Statement(_connection, "COMMIT");
    }

    private void Rollback()
    {
        // SQLite has often rolled back by itself; a failure here is answered by the reconnect that follows.
        _ = SQLitePCL.raw.sqlite3_exec(_connection.Handle!, "ROLLBACK");
    }

    private void Close()
    {
        _begin?.Dispose();
        _insert?.Dispose();
        _commit?.Dispose();
        _connection.Dispose();
    }
}

/// <summary>How a document stands in its row: as it is, or sealed.</summary>
internal sealed class RowCodec(SecretBox secrets, IReadOnlySet<string> sealedResources)
{
    public bool Seals(StorageKey key) => sealedResources.Contains(key.GroupResource);

    public byte[] Seal(string key, Document document) => secrets.Seal(key, document.Json.Span);

    /// <summary>Reads a row of the columns revision, key, deleted, sealed, at, value.</summary>
    public RevisionRow Read(Statement row)
    {
        string key = row.Text(1);
        byte[] value = row.Blob(5);
        return new RevisionRow(
            row.Int64(0),
            StorageKey.Parse(key),
            row.Int64(2) != 0,
            DateTimeOffset.FromUnixTimeMilliseconds(row.Int64(4)),
            Document.FromTrusted(row.Int64(3) != 0 ? secrets.Unseal(key, value) : value));
    }
}

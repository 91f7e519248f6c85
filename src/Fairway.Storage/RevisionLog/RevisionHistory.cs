using System.Globalization;
using Fairway.Resources;
using Microsoft.Data.Sqlite;

namespace Fairway.Storage;

/// <summary>
/// Reads the past from the database on a connection of its own, beside the writer. One read at a time; each sees one state of
/// the database.
/// </summary>
internal sealed class RevisionHistory(string path, TimeSpan lockTimeout, RowCodec codec) : IDisposable
{
    private readonly Lock _gate = new(); // guards the connection
    private readonly SqliteConnection _connection = SqliteFiles.OpenReader(path, lockTimeout);

    public Document? Get(StorageKey key, long revision) => Read(revision, () =>
    {
        using var statement = new Statement(
            _connection, "SELECT revision, key, deleted, sealed, at, value FROM revisions WHERE key = ? AND revision <= ? ORDER BY revision DESC LIMIT 1");
        return statement.Bind(1, key.ToString()).Bind(2, revision).Step() && codec.Read(statement) is { Deleted: false } row ? row.Document : null;
    });

    public Snapshot List(CollectionKey collection, string? @namespace, long revision) => Read(revision, () =>
    {
        string prefix = collection.Prefix(@namespace);
        using var statement = new Statement(
            _connection,
            """
            SELECT r.revision, r.key, r.deleted, r.sealed, r.at, r.value
            FROM (SELECT max(revision) AS revision FROM revisions WHERE key >= ?1 AND key < ?2 AND revision <= ?3 GROUP BY key) AS l
            JOIN revisions AS r ON r.revision = l.revision
            WHERE r.deleted = 0
            """);

        // '0' is the character after the slash that ends every prefix.
        statement.Bind(1, prefix).Bind(2, prefix[..^1] + '0').Bind(3, revision);
        var draft = new StateDraft(StoreState.Empty);
        while (statement.Step())
        {
            RevisionRow row = codec.Read(statement);
            draft.Put(row.Key, row.Document);
        }

        return new Snapshot(revision, draft.Finish(revision).Namespaces(collection));
    });

    /// <summary>The last revision made at or before a moment; 0 when there is none left.</summary>
    public long RevisionAt(DateTimeOffset moment)
    {
        lock (_gate)
        {
            using var statement = new Statement(_connection, "SELECT revision FROM revisions WHERE at <= ? ORDER BY revision DESC LIMIT 1");
            return statement.Bind(1, moment.ToUnixTimeMilliseconds()).Step() ? statement.Int64(0) : 0;
        }
    }

    /// <summary>The writes of a resource since a moment, oldest first, without deletions; at most so many.</summary>
    public IReadOnlyList<StoredRevision> Since(CollectionKey collection, DateTimeOffset since, int limit)
    {
        lock (_gate)
        {
            string prefix = collection.Prefix(null);
            using var statement = new Statement(
                _connection,
                "SELECT revision, key, deleted, sealed, at, value FROM revisions WHERE key >= ? AND key < ? AND at >= ? AND deleted = 0 ORDER BY revision LIMIT ?");
            statement.Bind(1, prefix).Bind(2, prefix[..^1] + '0').Bind(3, since.ToUnixTimeMilliseconds()).Bind(4, limit);
            var found = new List<StoredRevision>();
            while (statement.Step())
            {
                RevisionRow row = codec.Read(statement);
                found.Add(new StoredRevision(row.Revision, row.At, row.Key, row.Document));
            }

            return found;
        }
    }

    public void Dispose() => _connection.Dispose();

    private T Read<T>(long revision, Func<T> read)
    {
        lock (_gate)
        {
            SqliteFiles.Execute(_connection, "BEGIN");
            try
            {
                long compacted = long.Parse(RevisionSchema.Read(_connection, "compacted"), CultureInfo.InvariantCulture);
                return revision >= compacted ? read() : throw Refusals.TooOld(revision, compacted);
            }
            finally
            {
                SqliteFiles.Execute(_connection, "ROLLBACK");
            }
        }
    }
}

/// <summary>How the log refuses, in the words of kube-apiserver where it has some.</summary>
internal static class Refusals
{
    public static StatusException TooOld(long asked, long oldest) => new(410, "Expired", $"too old resource version: {asked} ({oldest})");

    public static StatusException TooNew(long asked, long current)
        => new(504, "Timeout", $"Timeout: Too large resource version: {asked}, current: {current}") { Details = new StatusDetails { RetryAfterSeconds = 1 } };

    public static StatusException Closed() => new(503, "ServiceUnavailable", "The platform is shutting down.");
}

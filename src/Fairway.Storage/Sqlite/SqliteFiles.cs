using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Fairway.Storage;

/// <summary>Opens SQLite databases the way this program uses them, and says what went wrong in words.</summary>
internal static class SqliteFiles
{
    /// <summary>A durable writer: a commit has reached the disk when it returns.</summary>
    public static SqliteConnection OpenWriter(string path, TimeSpan lockTimeout)
    {
        SqliteConnection connection = Open(path, SqliteOpenMode.ReadWriteCreate, lockTimeout);
        Execute(
            connection,
            "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-16000;");
        return connection;
    }

    public static SqliteConnection OpenReader(string path, TimeSpan lockTimeout) => Open(path, SqliteOpenMode.ReadOnly, lockTimeout);

    public static void Execute(SqliteConnection connection, string sql)
        => SqliteException.ThrowExceptionForRC(raw.sqlite3_exec(connection.Handle!, sql), connection.Handle!);

    public static long Scalar(SqliteConnection connection, string sql)
    {
        using var statement = new Statement(connection, sql);
        return statement.Step() ? statement.Int64(0) : 0;
    }

    /// <summary>What a failure of the database means to the caller of a commit.</summary>
    public static (int Code, string Reason, string Message) Explain(SqliteException failure, string directory) => failure.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => (503, "InsufficientStorage", $"The disk that holds {directory} is full, so nothing was written. Writes work again when there is space."),
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => (503, "ServiceUnavailable", $"Another program holds a lock on the database in {directory}, so nothing was written. Try again."),
        raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_PERM => (503, "ServiceUnavailable", $"The database in {directory} cannot be written: {failure.Message}"),
        _ => (500, "InternalError", $"The database in {directory} failed, so nothing was written: {failure.Message}"),
    };

    private static SqliteConnection Open(string path, SqliteOpenMode mode, TimeSpan lockTimeout)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = (int)lockTimeout.TotalSeconds,
        }.ToString());
        try
        {
            connection.Open();
            raw.sqlite3_busy_timeout(connection.Handle!, (int)lockTimeout.TotalMilliseconds);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}

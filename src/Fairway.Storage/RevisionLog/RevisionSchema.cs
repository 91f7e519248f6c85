using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Fairway.Storage;

/// <summary>
/// The tables of the revision log. <c>revisions</c> is append-only but for compaction: one row for each change, with the whole
/// document. <c>meta</c> holds the schema's version, the compacted revision and the fingerprint of the key.
/// </summary>
internal static class RevisionSchema
{
    public const int Version = 1;

    private const string Tables = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE revisions (
          revision INTEGER PRIMARY KEY,
          key TEXT NOT NULL,
          deleted INTEGER NOT NULL,
          sealed INTEGER NOT NULL,
          at INTEGER NOT NULL,
          value BLOB NOT NULL);
        CREATE INDEX revisions_by_key ON revisions (key, revision);
        """;

    /// <summary>Creates the tables in a new database, or checks that this program understands the ones it finds.</summary>
    /// <exception cref="DataDirectoryException">A newer version of the program wrote the database, or the key does not belong to it.</exception>
    public static void Ensure(SqliteConnection connection, string path, SecretBox secrets)
    {
        if (SqliteFiles.Scalar(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'meta'") == 0)
        {
            SqliteFiles.Execute(connection, "BEGIN IMMEDIATE; " + Tables);
            Write(connection, "schema", Version.ToString(CultureInfo.InvariantCulture));
            Write(connection, "compacted", "0");
            Write(connection, "key", secrets.Fingerprint);
            SqliteFiles.Execute(connection, "COMMIT");
            return;
        }

        long found = long.Parse(Read(connection, "schema"), CultureInfo.InvariantCulture);
        if (found > Version)
        {
            throw new DataDirectoryException(
                $"{path} was written by a newer version of Fairway (schema {found}; this version knows {Version}). Run that version, or choose another data directory.");
        }

        if (Read(connection, "key") != secrets.Fingerprint)
        {
            throw new DataDirectoryException(
                $"The key file beside {path} is not the one that its secrets were encrypted with. Restore it from a backup.");
        }
    }

    public static string Read(SqliteConnection connection, string name)
    {
        using var statement = new Statement(connection, "SELECT value FROM meta WHERE name = ?");
        return statement.Bind(1, name).Step()
            ? statement.Text(0)
            : throw new DataDirectoryException($"The database is damaged: it does not say its {name}.");
    }

    public static void Write(SqliteConnection connection, string name, string value)
    {
        using var statement = new Statement(connection, "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        statement.Bind(1, name).Bind(2, value).Run();
    }
}

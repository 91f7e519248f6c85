using System.Data.Common;
using System.Globalization;

namespace Fairway.Storage;

/// <summary>The ledger's statements that are the same in every dialect.</summary>
internal static class LedgerSql
{
    public static async Task RunAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(cancellation);
    }

    public static async Task TryRollbackAsync(DbConnection connection)
    {
        try
        {
            await RunAsync(connection, "ROLLBACK", CancellationToken.None);
        }
        catch (DbException)
        {
            // The database has rolled back by itself, or the connection is gone and with it the transaction.
        }
    }

    public static async Task<LedgerHead> ReadHeadAsync(DbConnection connection, string sql, CancellationToken cancellation)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        await using DbDataReader rows = await command.ExecuteReaderAsync(cancellation);
        return await rows.ReadAsync(cancellation) ? new LedgerHead(rows.GetInt64(0), rows.GetString(1)) : LedgerHead.Empty;
    }

    public static async Task InsertAsync(DbConnection connection, LedgerEntry entry, CancellationToken cancellation)
    {
        await using DbCommand insert = connection.CreateCommand();
        insert.CommandText = """
            INSERT INTO ledger (sequence, hash, entry, occurred_at, type, namespace, application, environment, release_name)
            VALUES (@sequence, @hash, @entry, @at, @type, @namespace, @application, @environment, @release);
            """;
        Add(insert, "sequence", entry.Sequence);
        Add(insert, "hash", entry.Hash);
        Add(insert, "entry", entry.Canonical);
        Add(insert, "at", entry.Fact.At.ToUnixTimeMilliseconds());
        Add(insert, "type", entry.Fact.Type);
        Add(insert, "namespace", entry.Fact.Namespace);
        Add(insert, "application", entry.Fact.Application);
        Add(insert, "environment", entry.Fact.Environment);
        Add(insert, "release", entry.Fact.Release);
        await insert.ExecuteNonQueryAsync(cancellation);

        await using DbCommand advance = connection.CreateCommand();
        advance.CommandText = "UPDATE ledger_head SET sequence = @sequence, hash = @hash WHERE id = 1";
        Add(advance, "sequence", entry.Sequence);
        Add(advance, "hash", entry.Hash);
        await advance.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The texts of the entries that a query asks for.</summary>
    public static DbCommand Select(DbConnection connection, LedgerQuery query)
    {
        DbCommand command = connection.CreateCommand();
        var conditions = new List<string> { "sequence > @after" };
        Add(command, "after", query.AfterSequence);
        Where("sequence <", "before", query.BeforeSequence);
        Where("namespace =", "namespace", query.Namespace);
        Where("application =", "application", query.Application);
        Where("environment =", "environment", query.Environment);
        Where("release_name =", "release", query.Release);
        Where("occurred_at >=", "since", query.Since?.ToUnixTimeMilliseconds());
        Where("occurred_at <", "until", query.Until?.ToUnixTimeMilliseconds());
        if (query.Types is { Count: > 0 } types)
        {
            string[] names = [.. types.Select((_, index) => string.Create(CultureInfo.InvariantCulture, $"type{index}"))];
            conditions.Add($"type IN ({string.Join(", ", names.Select(name => '@' + name))})");
            foreach (var (name, type) in names.Zip(types))
            {
                Add(command, name, type);
            }
        }

        string order = query.Descending ? "DESC" : "ASC";
        string limit = query.Limit is null ? "" : " LIMIT @limit";
        if (query.Limit is { } count)
        {
            Add(command, "limit", (long)count);
        }

        command.CommandText = $"SELECT entry FROM ledger WHERE {string.Join(" AND ", conditions)} ORDER BY sequence {order}{limit}";
        return command;

        void Where(string condition, string name, object? value)
        {
            if (value is not null)
            {
                conditions.Add($"{condition} @{name}");
                Add(command, name, value);
            }
        }
    }

    /// <summary>Every column of every row, in order: what a verification looks at.</summary>
    public static DbCommand Everything(DbConnection connection)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT sequence, hash, entry, occurred_at, type, namespace, application, environment, release_name FROM ledger ORDER BY sequence";
        return command;
    }

    private static void Add(DbCommand command, string name, object? value)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
    }
}

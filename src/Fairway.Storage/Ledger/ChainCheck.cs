using System.Data.Common;

namespace Fairway.Storage;

/// <summary>Walks the rows of a ledger in order and stops at the first that is not what the chain says it must be.</summary>
internal sealed class ChainCheck(IReadOnlyList<LedgerHead> anchors)
{
    private LedgerHead _head = LedgerHead.Empty;
    private (long Sequence, string Problem)? _broken;

    /// <summary>Checks the next row.</summary>
    /// <returns>false when the chain is broken here.</returns>
    public bool Take(DbDataReader row)
    {
        long expected = _head.Sequence + 1;
        string? problem;
        try
        {
            problem = Check(row, expected);
        }
        catch (Exception unreadable) when (unreadable is FormatException or InvalidCastException or InvalidOperationException)
        {
            problem = $"entry {expected} cannot be read: {unreadable.Message}";
        }

        if (problem is not null)
        {
            _broken = (expected, problem);
            return false;
        }

        return true;
    }

    public LedgerVerification Finish(LedgerHead recorded)
    {
        if (_broken is null && recorded != _head)
        {
            _broken = (Math.Min(recorded.Sequence, _head.Sequence) + 1, $"the ledger ends at entry {_head.Sequence}, but {recorded.Sequence} entries were recorded");
        }

        if (_broken is null && anchors.FirstOrDefault(anchor => anchor.Sequence > _head.Sequence) is { Sequence: > 0 } missing)
        {
            _broken = (_head.Sequence + 1, $"entries after {_head.Sequence} are missing: entry {missing.Sequence} is known to have been there");
        }

        return new LedgerVerification(_head.Sequence, _head, _broken?.Sequence, _broken?.Problem);
    }

    /// <summary>The database itself could not go on.</summary>
    public LedgerVerification Unreadable(string message)
        => new(_head.Sequence, _head, _head.Sequence + 1, $"entry {_head.Sequence + 1} cannot be read: {message}");

    private string? Check(DbDataReader row, long expected)
    {
        long sequence = row.GetInt64(0);
        if (sequence != expected)
        {
            return sequence > expected
                ? $"entry {expected} is missing: entry {sequence} follows entry {_head.Sequence}"
                : $"entry {sequence} does not belong before entry {expected}";
        }

        LedgerEntry entry = CanonicalEntry.Read(row.GetString(2));
        if (entry.Hash != row.GetString(1))
        {
            return $"entry {sequence} was changed: its content does not have its hash";
        }

        if (entry.Sequence != sequence)
        {
            return $"entry {sequence} was put in place of another: it says that it is entry {entry.Sequence}";
        }

        if (entry.Previous != _head.Hash)
        {
            return $"entry {sequence} does not follow entry {_head.Sequence}: it carries another hash of the entry before";
        }

        if (!ColumnsAgree(row, entry.Fact))
        {
            return $"entry {sequence} was changed: what it is found by differs from its content";
        }

        if (anchors.Any(anchor => anchor.Sequence == sequence && anchor.Hash != entry.Hash))
        {
            return $"entry {sequence} was rewritten: it is known to have had another hash";
        }

        _head = new LedgerHead(sequence, entry.Hash);
        return null;
    }

    private static bool ColumnsAgree(DbDataReader row, Fact fact)
        => row.GetInt64(3) == fact.At.ToUnixTimeMilliseconds()
            && row.GetString(4) == fact.Type
            && row.GetString(5) == fact.Namespace
            && Text(row, 6) == fact.Application
            && Text(row, 7) == fact.Environment
            && Text(row, 8) == fact.Release;

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}

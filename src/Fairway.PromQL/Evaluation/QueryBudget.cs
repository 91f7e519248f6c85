namespace Fairway.PromQL.Evaluation;

/// <summary>Counts what a query holds and looks at, and stops it at its limit.</summary>
internal sealed class QueryBudget(int most)
{
    public int Most => most;

    public long Current { get; set; }

    public long Peak { get; private set; }

    public long Total { get; set; }

    /// <exception cref="PromQLException">More samples than the query may hold.</exception>
    public void Hold(long samples)
    {
        Current += samples;
        Peak = Math.Max(Peak, Current);
        if (Current > most)
        {
            throw PromQLException.TooManySamples();
        }
    }

    /// <summary>Ends the holding of what was held on the way to a result, but for the result.</summary>
    public List<Column> Settle(long before, List<Column> result)
    {
        Current = before;
        long cells = 0;
        foreach (Column column in result)
        {
            cells += column.CountCells();
        }

        Hold(cells);
        return result;
    }
}

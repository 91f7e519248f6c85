namespace Fairway.Telemetry.Metrics.Head;

/// <summary>
/// Series by their id. Ids rise, so a page of them is an array and looking one up costs two steps and no lock; a page without
/// series is given back. Writers hold the head's lock.
/// </summary>
internal sealed class SeriesTable
{
    private const int Bits = 12;
    private const int PageSize = 1 << Bits;

    private Page?[] _pages = new Page?[4];

    public MemorySeries? this[int id]
    {
        get
        {
            Page?[] pages = Volatile.Read(ref _pages);
            int page = id >> Bits;
            return page >= 0 && page < pages.Length && Volatile.Read(ref pages[page]) is { } found ? Volatile.Read(ref found.Series[id & (PageSize - 1)]) : null;
        }
    }

    /// <summary>All series at about this moment, in order of their ids.</summary>
    public IEnumerable<MemorySeries> All
    {
        get
        {
            foreach (Page? page in Volatile.Read(ref _pages))
            {
                if (page is null)
                {
                    continue;
                }

                for (int index = 0; index < PageSize; index++)
                {
                    if (Volatile.Read(ref page.Series[index]) is { } series)
                    {
                        yield return series;
                    }
                }
            }
        }
    }

    public void Add(MemorySeries series)
    {
        int number = series.Id >> Bits;
        if (number >= _pages.Length)
        {
            Page?[] grown = new Page?[Math.Max(number + 1, _pages.Length * 2)];
            _pages.CopyTo(grown, 0);
            Volatile.Write(ref _pages, grown);
        }

        Page page = _pages[number] ?? new Page();
        page.Count++;
        Volatile.Write(ref page.Series[series.Id & (PageSize - 1)], series);
        Volatile.Write(ref _pages[number], page);
    }

    public void Remove(int id)
    {
        Page? page = _pages[id >> Bits];
        if (page?.Series[id & (PageSize - 1)] is null)
        {
            return;
        }

        Volatile.Write(ref page.Series[id & (PageSize - 1)], null);
        if (--page.Count == 0)
        {
            Volatile.Write(ref _pages[id >> Bits], null);
        }
    }

    private sealed class Page
    {
        public readonly MemorySeries?[] Series = new MemorySeries?[PageSize];
        public int Count;
    }
}

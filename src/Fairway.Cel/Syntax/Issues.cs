namespace Fairway.Cel.Syntax;

/// <summary>Collects what is wrong with a text.</summary>
internal sealed class Issues(string source)
{
    private readonly List<CelIssue> _list = [];

    public bool Any => _list.Count > 0;

    public int Count => _list.Count;

    /// <summary>In the order of the text.</summary>
    public IReadOnlyList<CelIssue> All => [.. _list.OrderBy(issue => issue.Offset)];

    public void Add(int offset, int length, string message)
    {
        if (_list.Count < 100)
        {
            _list.Add(CelIssue.At(source, offset, length, message));
        }
    }
}

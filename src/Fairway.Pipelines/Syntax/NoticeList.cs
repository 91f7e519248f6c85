using Fairway.Resources.Kinds.Pipelines;

namespace Fairway.Pipelines.Syntax;

/// <summary>Collects what is wrong or without effect in one file, in the order found.</summary>
internal sealed class NoticeList(string file)
{
    // One mistake repeated a thousand times is told often enough.
    private const int Max = 100;

    private readonly List<WorkflowNotice> _all = [];

    public string File => file;

    public IReadOnlyList<WorkflowNotice> All => _all;

    public bool HasErrors { get; private set; }

    public void Error(YamlTree at, string message) => Error(at.Line, at.Column, message);

    public void Warn(YamlTree at, string message) => Add("Warning", at.Line, at.Column, message);

    public void Error(int line, int column, string message)
    {
        HasErrors = true;
        Add("Error", line, column, message);
    }

    public void Warn(int line, int column, string message) => Add("Warning", line, column, message);

    private void Add(string severity, int line, int column, string message)
    {
        WorkflowNotice notice = new() { Severity = severity, File = file, Line = Math.Max(1, line), Column = Math.Max(1, column), Message = message };
        if (_all.Count < Max && !_all.Contains(notice))
        {
            _all.Add(notice);
        }
    }
}

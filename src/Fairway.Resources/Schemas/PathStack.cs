using System.Globalization;
using System.Text;

namespace Fairway.Resources.Schemas;

/// <summary>
/// Where a walk over a document stands. Pushing and popping cost nothing but a list slot; text is made only when something
/// is to be reported. Not for concurrent use.
/// </summary>
internal sealed class PathStack
{
    private readonly List<Step> _steps = [];

    public int Depth => _steps.Count;

    public void Push(string member) => _steps.Add(new Step(member, -1, IsKey: false));

    public void PushKey(string key) => _steps.Add(new Step(key, -1, IsKey: true));

    public void Push(int index) => _steps.Add(new Step("", index, IsKey: false));

    public void Pop() => _steps.RemoveAt(_steps.Count - 1);

    /// <summary><c>spec.containers[0].name</c>; map keys in brackets: <c>metadata.labels[app]</c>.</summary>
    public override string ToString() => Text(keysInBrackets: true);

    /// <summary>As decoding errors write it: map keys after a dot.</summary>
    public string Dotted() => Text(keysInBrackets: false);

    public string With(string member)
    {
        string path = ToString();
        return path.Length == 0 ? member : $"{path}.{member}";
    }

    private string Text(bool keysInBrackets)
    {
        var text = new StringBuilder();
        foreach (Step step in _steps)
        {
            if (step.Index >= 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"[{step.Index}]");
            }
            else if (step.IsKey && keysInBrackets)
            {
                text.Append('[').Append(step.Member).Append(']');
            }
            else
            {
                text.Append(text.Length == 0 ? "" : ".").Append(step.Member);
            }
        }

        return text.ToString();
    }

    private readonly record struct Step(string Member, int Index, bool IsKey);
}

using System.Text;

namespace Fairway.Client;

/// <summary>Builds a URL's query, escaped; members without a value are left out.</summary>
internal sealed class QueryText
{
    private readonly StringBuilder _text = new();

    public void Add(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _text.Append(_text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
    }

    public override string ToString() => _text.ToString();
}

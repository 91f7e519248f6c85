using System.Globalization;
using System.Text;

namespace Fairway.Cel.Libraries;

/// <summary>Text addressed by code points. Text without surrogates, nearly all of it, is used as it is.</summary>
internal readonly struct CodePoints
{
    private readonly int[]? _starts;

    public CodePoints(string text)
    {
        Text = text;
        if (text.AsSpan().ContainsAnyInRange('\ud800', '\udfff'))
        {
            var starts = new List<int>(text.Length);
            for (int i = 0; i < text.Length; i += char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1)
            {
                starts.Add(i);
            }

            starts.Add(text.Length);
            _starts = [.. starts];
        }
        else
        {
            _starts = null;
        }
    }

    public string Text { get; }

    public int Count => _starts is null ? Text.Length : _starts.Length - 1;

    public int ToUnit(long index) => _starts is null ? (int)index : _starts[index];

    public long FromUnit(int unit) => _starts is null || unit < 0 ? unit : Array.BinarySearch(_starts, unit);

    public string Slice(long start, long end) => Text[ToUnit(start)..ToUnit(end)];

    public static CelValue OutOfRange(long index) => CelValue.Fail(string.Create(CultureInfo.InvariantCulture, $"index out of range: {index}"));
}

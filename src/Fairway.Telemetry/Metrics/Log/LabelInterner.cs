using System.Security.Cryptography;
using System.Text;
using Fairway.PromQL;
using Fairway.Telemetry.Metrics.Head;

namespace Fairway.Telemetry.Metrics.Log;

/// <summary>
/// Labels of records without a new text for each: a label is known again by its bytes, name and value at once, and brings its list of
/// the index along. Used while the log is replayed, by one thread.
/// </summary>
internal sealed class LabelInterner(Postings postings)
{
    private readonly Dictionary<RawKey, (string Name, string Value, Postings.IdList List)> _known = [];
    private Postings.IdList[] _lists = new Postings.IdList[16];

    /// <summary>Nobody can send a label that is taken for another's.</summary>
    private readonly ulong _seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    /// <summary>Reads the labels of a series' record.</summary>
    /// <param name="reader">Before their count.</param>
    /// <param name="lists">The index' lists of the labels, valid until the next call.</param>
    public Labels Read(ref RecordReader reader, out ReadOnlySpan<Postings.IdList> lists)
    {
        int count = reader.Count();
        string[] pairs = new string[count * 2];
        if (_lists.Length < count)
        {
            _lists = new Postings.IdList[count];
        }

        for (int index = 0; index < count; index++)
        {
            ReadOnlySpan<byte> name = reader.Bytes();
            ReadOnlySpan<byte> value = reader.Bytes();
            RawKey first = RawKey.Of(name, _seed);
            RawKey key = RawKey.Of(value, first.High ^ (first.Low << 1));
            if (!_known.TryGetValue(key, out (string Name, string Value, Postings.IdList List) label))
            {
                string nameText = postings.Shared(Encoding.UTF8.GetString(name));
                Postings.IdList list = postings.ListOf(nameText, Encoding.UTF8.GetString(value));
                _known[key] = label = (nameText, list.Value!, list);
            }

            pairs[index * 2] = label.Name;
            pairs[(index * 2) + 1] = label.Value;
            _lists[index] = label.List;
        }

        lists = _lists.AsSpan(0, count);
        return Labels.FromSortedPairs(pairs);
    }
}

using Fairway.Cel;

namespace Fairway.Admission.Evaluation;

/// <summary>
/// Remembers which field of the object was looked at last: an evaluation of a failed validation stops at the value that decided, so
/// that is where the fault is. Used for the second evaluation, of what has failed. A loop fetches an element before it notices that it
/// has ended, so an element that nobody looked into is not the one.
/// </summary>
internal sealed class FieldTrace
{
    private FieldPath? _last;
    private FieldPath? _before;

    /// <summary>A list whose last element is hidden, to tell whether it or the one before decided.</summary>
    public FieldPath? HideLastOf { get; init; }

    /// <summary>The element of this list that was fetched last may be one too far.</summary>
    public FieldPath? AmbiguousList { get; private set; }

    public FieldPath Place => (AmbiguousList is null ? _before : null) ?? _last ?? FieldPath.Root;

    /// <summary>The element before the ambiguous one.</summary>
    public FieldPath Earlier => _before ?? Place;

    public void Saw(FieldPath path)
    {
        _last = path;
        _before = null;
        AmbiguousList = null;
    }

    public void SawItem(FieldPath list, int index, int count, bool isScalar)
    {
        FieldPath? previous = _before ?? _last;
        FieldPath item = list.Item(index);
        if (isScalar)
        {
            _before = index > 0 ? _last : null;
            AmbiguousList = index > 0 && index == count - 1 ? list : null;
        }
        else
        {
            _before = previous;
            AmbiguousList = null;
        }

        _last = item;
    }

    public CelValue Wrap(CelValue value, FieldPath path) => value.Kind switch
    {
        CelKind.Map => CelValue.Of(new TracedMap(value.MapValue, path, this)),
        CelKind.List => CelValue.Of(new TracedList(value.ListValue, path, this)),
        _ => value,
    };
}

internal sealed class TracedMap(CelMap inner, FieldPath path, FieldTrace trace) : CelMap
{
    public override int Count => inner.Count;

    public override IEnumerable<CelValue> Keys => inner.Keys;

    public override bool TryGet(CelValue key, out CelValue value)
    {
        if (key.Kind == CelKind.String)
        {
            return TryGet(key.StringValue, out value);
        }

        return inner.TryGet(key, out value);
    }

    public override bool TryGet(string key, out CelValue value)
    {
        FieldPath below = path.Field(key);
        trace.Saw(below);
        bool found = inner.TryGet(key, out value);
        value = found ? trace.Wrap(value, below) : value;
        return found;
    }
}

internal sealed class TracedList(CelList inner, FieldPath path, FieldTrace trace) : CelList
{
    public override int Count => inner.Count - (path.Equals(trace.HideLastOf) && inner.Count > 0 ? 1 : 0);

    public override CelValue this[int index]
    {
        get
        {
            CelValue value = inner[index];
            trace.SawItem(path, index, inner.Count, value.Kind is not (CelKind.Map or CelKind.List));
            return trace.Wrap(value, path.Item(index));
        }
    }
}

namespace Fairway.Resources.Schemas;

/// <summary>Where a field is in an object. Put into words only when an error names it, so that checking a good object makes no text.</summary>
internal sealed class FieldPath
{
    private readonly FieldPath? _parent;
    private readonly string _text;
    private readonly int _index;

    private FieldPath(FieldPath? parent, string text, int index)
    {
        _parent = parent;
        _text = text;
        _index = index;
    }

    public static FieldPath Spec { get; } = Root("spec");

    public static FieldPath Metadata { get; } = Root("metadata");

    public static FieldPath Status { get; } = Root("status");

    public static implicit operator string(FieldPath path) => path.ToString();

    public static FieldPath Root(string name) => new(null, name, -1);

    /// <summary>A member: <c>spec.replicas</c>.</summary>
    public FieldPath At(string member) => new(this, member, -1);

    /// <summary>An item: <c>spec.containers[0]</c>.</summary>
    public FieldPath At(int item) => new(this, "", item);

    /// <summary>A value of a map: <c>limits[cpu]</c>.</summary>
    public FieldPath Key(string key) => new(this, $"[{key}]", -1);

    public override string ToString() => _parent is null ? _text
        : _index >= 0 ? $"{_parent}[{_index}]"
        : _text.StartsWith('[') ? $"{_parent}{_text}"
        : $"{_parent}.{_text}";
}

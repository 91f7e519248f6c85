using System.Globalization;
using System.Text;

namespace Fairway.Admission;

/// <summary>Where a value stands in an object. Immutable; a child shares its parent, so walking an object costs one small node a step.</summary>
public sealed class FieldPath : IEquatable<FieldPath>
{
    /// <summary>The object itself.</summary>
    public static FieldPath Root { get; } = new(null, null, -1);

    private readonly FieldPath? _parent;
    private readonly string? _name;
    private readonly int _index;

    private FieldPath(FieldPath? parent, string? name, int index)
    {
        _parent = parent;
        _name = name;
        _index = index;
        Depth = parent is null ? 0 : parent.Depth + 1;
    }

    public FieldPath? Parent => _parent;

    /// <summary>The member's name; null for an element of a list and for the root.</summary>
    public string? Name => _name;

    /// <summary>The element's position; -1 for a member.</summary>
    public int Index => _index;

    public int Depth { get; }

    public bool IsRoot => _parent is null;

    public FieldPath Field(string name) => new(this, name, -1);

    public FieldPath Item(int index) => new(this, null, index);

    /// <summary>The steps from the root down.</summary>
    public IReadOnlyList<FieldPath> Steps()
    {
        var steps = new FieldPath[Depth];
        FieldPath at = this;
        for (int i = Depth - 1; i >= 0; i--)
        {
            steps[i] = at;
            at = at._parent!;
        }

        return steps;
    }

    /// <summary>This path below another root.</summary>
    public FieldPath Below(FieldPath prefix)
    {
        FieldPath at = prefix;
        foreach (FieldPath step in Steps())
        {
            at = step._name is { } name ? at.Field(name) : at.Item(step._index);
        }

        return at;
    }

    /// <summary>A JSON pointer (RFC 6901).</summary>
    public string ToPointer()
    {
        var text = new StringBuilder();
        foreach (FieldPath step in Steps())
        {
            text.Append('/').Append(step._name is { } name
                ? name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)
                : step._index.ToString(CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }

    /// <summary>As Kubernetes writes field paths: <c>spec.containers[0].image</c>, <c>metadata.labels[app.kubernetes.io/name]</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (FieldPath step in Steps())
        {
            if (step._name is null)
            {
                text.Append('[').Append(step._index).Append(']');
            }
            else if (IsPlain(step._name))
            {
                text.Append(text.Length == 0 ? "" : ".").Append(step._name);
            }
            else
            {
                text.Append('[').Append(step._name).Append(']');
            }
        }

        return text.ToString();
    }

    public bool Equals(FieldPath? other)
        => other is not null && Depth == other.Depth && (ReferenceEquals(this, other)
            || (_index == other._index && _name == other._name && (_parent?.Equals(other._parent) ?? other._parent is null)));

    public override bool Equals(object? obj) => Equals(obj as FieldPath);

    public override int GetHashCode() => HashCode.Combine(_parent, _name, _index);

    private static bool IsPlain(string name) => name.Length > 0 && name.All(one => char.IsAsciiLetterOrDigit(one) || one is '_' or '-' or '$');
}

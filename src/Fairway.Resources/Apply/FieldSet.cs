using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Apply;

/// <summary>
/// A set of field paths as a trie, and its FieldsV1 JSON form. A step is a path element in its JSON spelling: <c>f:name</c>,
/// <c>k:{"name":"web"}</c>, <c>v:"x"</c>, <c>i:0</c>. A path can be in the set itself, be on the way to others, or both.
/// </summary>
/// <remarks>Set operations give new sets that may share parts with their operands; <see cref="Insert"/> is only for fresh ones.</remarks>
public sealed class FieldSet : IEquatable<FieldSet>
{
    private readonly Dictionary<string, Branch> _branches = new(StringComparer.Ordinal);

    public bool IsEmpty => _branches.Count == 0;

    /// <summary>How many paths are in the set.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            foreach (Branch branch in _branches.Values)
            {
                count += (branch.IsMember ? 1 : 0) + (branch.Below?.Count ?? 0);
            }

            return count;
        }
    }

    /// <summary>Reads FieldsV1 JSON; elements of unknown spelling are skipped.</summary>
    public static FieldSet FromJson(JsonNode? fieldsV1)
    {
        var set = new FieldSet();
        if (fieldsV1 is JsonObject members)
        {
            foreach ((string name, JsonNode? value) in members)
            {
                if (name != "." && PathElements.Canonical(name) is { } element && value is JsonObject child)
                {
                    FieldSet below = FromJson(child);
                    bool member = child.Count == 0 || child.ContainsKey(".");
                    set._branches[element] = new Branch(member, below.IsEmpty ? null : below);
                }
            }
        }

        return set;
    }

    /// <summary>FieldsV1 JSON, sorted.</summary>
    public JsonObject ToJson() => ToJson(includeSelf: false);

    public void Insert(IReadOnlyList<string> path)
    {
        ArgumentNullException.ThrowIfNull(path);
        FieldSet set = this;
        for (int i = 0; i < path.Count - 1; i++)
        {
            set = set.Descend(path[i]);
        }

        if (path.Count > 0)
        {
            set.InsertMember(path[^1]);
        }
    }

    internal void InsertMember(string element)
    {
        _branches.TryGetValue(element, out Branch branch);
        _branches[element] = branch with { IsMember = true };
    }

    internal FieldSet Descend(string element)
    {
        _branches.TryGetValue(element, out Branch branch);
        if (branch.Below is not { } below)
        {
            below = new FieldSet();
            _branches[element] = branch with { Below = below };
        }

        return below;
    }

    /// <summary>The element itself is in the set.</summary>
    public bool Has(string element) => _branches.TryGetValue(element, out Branch branch) && branch.IsMember;

    /// <summary>What the set holds below an element, or null.</summary>
    public FieldSet? Below(string element) => _branches.TryGetValue(element, out Branch branch) ? branch.Below : null;

    public bool Contains(IReadOnlyList<string> path)
    {
        ArgumentNullException.ThrowIfNull(path);
        FieldSet? set = this;
        for (int i = 0; i < path.Count - 1 && set is not null; i++)
        {
            set = set.Below(path[i]);
        }

        return path.Count > 0 && set is not null && set.Has(path[^1]);
    }

    public FieldSet Union(FieldSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.IsEmpty)
        {
            return this;
        }

        var result = new FieldSet();
        foreach ((string element, Branch mine) in _branches)
        {
            result._branches[element] = mine;
        }

        foreach ((string element, Branch theirs) in other._branches)
        {
            result._branches[element] = !result._branches.TryGetValue(element, out Branch mine)
                ? theirs
                : new Branch(
                    mine.IsMember || theirs.IsMember,
                    mine.Below is null ? theirs.Below : theirs.Below is null ? mine.Below : mine.Below.Union(theirs.Below));
        }

        return result;
    }

    public FieldSet Intersection(FieldSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var result = new FieldSet();
        foreach ((string element, Branch mine) in _branches)
        {
            if (other._branches.TryGetValue(element, out Branch theirs))
            {
                result.Put(element, mine.IsMember && theirs.IsMember, mine.Below is null || theirs.Below is null ? null : mine.Below.Intersection(theirs.Below));
            }
        }

        return result;
    }

    /// <summary>The paths that are not, as they are, in the other set.</summary>
    public FieldSet Difference(FieldSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.IsEmpty)
        {
            return this;
        }

        var result = new FieldSet();
        foreach ((string element, Branch mine) in _branches)
        {
            if (!other._branches.TryGetValue(element, out Branch theirs))
            {
                result._branches[element] = mine;
            }
            else
            {
                result.Put(element, mine.IsMember && !theirs.IsMember, theirs.Below is null ? mine.Below : mine.Below?.Difference(theirs.Below));
            }
        }

        return result;
    }

    /// <summary>Adds declared members that are only on the way to other paths, so that whole structures can be removed.</summary>
    internal FieldSet WithNamedFields(ResourceSchema schema)
    {
        var result = new FieldSet();
        foreach ((string element, Branch branch) in _branches)
        {
            string name = element.StartsWith("f:", StringComparison.Ordinal) ? element[2..] : "";
            ResourceSchema below = name.Length > 0
                ? schema.Member(name) ?? ResourceSchema.FreeForm
                : schema.Items ?? ResourceSchema.FreeForm;
            bool named = branch.Below is not null && name.Length > 0 && schema.Declares(name);
            result._branches[element] = new Branch(branch.IsMember || named, branch.Below?.WithNamedFields(below));
        }

        return result;
    }

    /// <summary>Every path, sorted.</summary>
    public IEnumerable<IReadOnlyList<string>> Paths()
    {
        foreach ((string element, Branch branch) in Sorted())
        {
            if (branch.IsMember)
            {
                yield return [element];
            }

            foreach (IReadOnlyList<string> path in branch.Below?.Paths() ?? [])
            {
                yield return [element, .. path];
            }
        }
    }

    public bool Equals(FieldSet? other)
        => other is not null
            && _branches.Count == other._branches.Count
            && _branches.All(pair => other._branches.TryGetValue(pair.Key, out Branch theirs)
                && pair.Value.IsMember == theirs.IsMember
                && (pair.Value.Below is null ? theirs.Below is null : pair.Value.Below.Equals(theirs.Below)));

    public override bool Equals(object? obj) => Equals(obj as FieldSet);

    public override int GetHashCode() => _branches.Count;

    public override string ToString() => string.Join(' ', Paths().Select(PathElements.Text));

    private JsonObject ToJson(bool includeSelf)
    {
        var json = new JsonObject();
        if (includeSelf)
        {
            json["."] = new JsonObject();
        }

        foreach ((string element, Branch branch) in Sorted())
        {
            json[element] = branch.Below is null ? [] : branch.Below.ToJson(branch.IsMember);
        }

        return json;
    }

    private void Put(string element, bool member, FieldSet? below)
    {
        below = below is { IsEmpty: false } ? below : null;
        if (member || below is not null)
        {
            _branches[element] = new Branch(member, below);
        }
    }

    private KeyValuePair<string, Branch>[] Sorted()
    {
        KeyValuePair<string, Branch>[] sorted = [.. _branches];
        Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        return sorted;
    }

    private readonly record struct Branch(bool IsMember, FieldSet? Below);
}

using Fairway.Pipelines.Expressions;
using static Fairway.Pipelines.Expressions.ExpressionValue;

namespace Fairway.Pipelines.Planning;

/// <summary>Makes the combinations of a matrix: the product of its lists, less <c>exclude</c>, plus <c>include</c>.</summary>
internal static class Matrix
{
    /// <summary>The most jobs that one matrix may make.</summary>
    public const int MaxJobs = 256;

    /// <exception cref="ExpressionException">The value is no matrix, or makes no job or too many.</exception>
    public static IReadOnlyList<ObjectValue> Expand(ExpressionValue matrix)
    {
        if (matrix is not ObjectValue entries)
        {
            throw new ExpressionException("The matrix is not an object", 0);
        }

        List<ObjectValue> originals = Product(entries);
        foreach (ObjectValue exclusion in Objects(entries, "exclude"))
        {
            originals.RemoveAll(combination => exclusion.Entries.All(entry => combination.Find(entry.Key) is { } value && Matches(entry.Value, value)));
        }

        List<ObjectValue> combinations = Include(originals, Objects(entries, "include"));
        return combinations.Count switch
        {
            0 => throw new ExpressionException("The matrix makes no job", 0),
            > MaxJobs => throw new ExpressionException($"The matrix makes {combinations.Count} jobs; at most {MaxJobs} are taken", 0),
            _ => combinations,
        };
    }

    /// <summary>The values that tell one combination from another, for names: <c>ubuntu, 20</c>.</summary>
    public static string Label(ObjectValue combination) => string.Join(", ", combination.Entries.SelectMany(entry => Leaves(entry.Value)));

    private static List<ObjectValue> Product(ObjectValue entries)
    {
        List<ObjectValue> combinations = [];
        foreach ((string name, ExpressionValue values) in entries.Entries)
        {
            if (IsSpecial(name))
            {
                continue;
            }

            if (values is not ArrayValue { Items.Count: > 0 } list)
            {
                throw new ExpressionException($"The matrix vector '{name}' does not contain any values", 0);
            }

            IReadOnlyList<ObjectValue> before = combinations.Count == 0 ? [new ObjectValue([])] : combinations;
            if ((long)before.Count * list.Items.Count > MaxJobs * 16)
            {
                throw new ExpressionException($"The matrix makes more than {MaxJobs} jobs", 0);
            }

            combinations = [.. before.SelectMany(combination => list.Items.Select(value => With(combination, name, value)))];
        }

        return combinations;
    }

    /// <summary>
    /// An entry is added to each original combination whose own values it does not change; an entry that fits none is a
    /// combination of its own, which later entries do not touch.
    /// </summary>
    private static List<ObjectValue> Include(List<ObjectValue> originals, IEnumerable<ObjectValue> inclusions)
    {
        ObjectValue[] extended = [.. originals];
        List<ObjectValue> added = [];
        foreach (ObjectValue inclusion in inclusions)
        {
            bool fits = false;
            for (int i = 0; i < extended.Length; i++)
            {
                ObjectValue original = originals[i];
                if (inclusion.Entries.All(entry => original.Find(entry.Key) is not { } own || Same(own, entry.Value)))
                {
                    extended[i] = new ObjectValue([.. extended[i].Entries, .. inclusion.Entries]);
                    fits = true;
                }
            }

            if (!fits)
            {
                added.Add(inclusion);
            }
        }

        return [.. extended, .. added];
    }

    private static IEnumerable<ObjectValue> Objects(ObjectValue matrix, string name)
    {
        switch (matrix.Find(name))
        {
            case null or NullValue:
                return [];
            case ArrayValue list when list.Items.All(item => item is ObjectValue):
                return list.Items.Cast<ObjectValue>();
            default:
                throw new ExpressionException($"'{name}' of the matrix must be a list of objects", 0);
        }
    }

    private static ObjectValue With(ObjectValue combination, string name, ExpressionValue value)
        => new([.. combination.Entries, KeyValuePair.Create(name, value)]);

    private static bool IsSpecial(string name)
        => name.Equals("include", StringComparison.OrdinalIgnoreCase) || name.Equals("exclude", StringComparison.OrdinalIgnoreCase);

    /// <summary>Equal all the way down.</summary>
    private static bool Same(ExpressionValue left, ExpressionValue right) => (left, right) switch
    {
        (ArrayValue l, ArrayValue r) => l.Items.Count == r.Items.Count && l.Items.Zip(r.Items).All(pair => Same(pair.First, pair.Second)),
        (ObjectValue l, ObjectValue r) => l.Entries.Count == r.Entries.Count && Matches(l, r),
        _ => Coercion.AreEqual(left, right),
    };

    /// <summary>Equal in all that the pattern names.</summary>
    private static bool Matches(ExpressionValue pattern, ExpressionValue value) => (pattern, value) switch
    {
        (ObjectValue wanted, ObjectValue actual) => wanted.Entries.All(entry => actual.Find(entry.Key) is { } found && Matches(entry.Value, found)),
        _ => Same(pattern, value),
    };

    private static IEnumerable<string> Leaves(ExpressionValue value) => value switch
    {
        ArrayValue list => list.Items.SelectMany(Leaves),
        ObjectValue entries => entries.Entries.SelectMany(entry => Leaves(entry.Value)),
        _ => [value.AsText()],
    };
}

using Fairway.PromQL;
using Fairway.Telemetry.Logs.Query.Syntax;

namespace Fairway.Telemetry.Logs.Query.Evaluation;

/// <summary>Aggregations over series, at every step. Pure.</summary>
internal static class VectorEvaluation
{
    public static List<NumberSeries> Of(LogQuery.Vector vector, List<NumberSeries> inner, int count)
    {
        string[] names = [.. vector.Grouping.Labels.Order(StringComparer.Ordinal)];
        IEnumerable<IGrouping<Labels, NumberSeries>> groups = inner.GroupBy(series => vector.Grouping.Without ? Filled(series.Labels).WithoutName().Drop(names) : series.Labels.Keep(names));
        return vector.Function switch
        {
            "topk" or "bottomk" or "approx_topk" => [.. groups.SelectMany(group => Best([.. group], vector.Parameter, vector.Function != "bottomk", count))],
            "sort" or "sort_desc" => [.. groups.SelectMany(group => Sorted([.. group], vector.Function == "sort_desc", count))],
            _ => [.. groups.Select(group => new NumberSeries(group.Key, Reduced(vector.Function, [.. group], count)))],
        };
    }

    /// <summary>Without labels whose value is empty.</summary>
    public static Labels Filled(Labels labels) => labels.Pairs.All(pair => pair.Value.Length > 0) ? labels : Labels.From(labels.Pairs);

    private static double?[] Reduced(string function, NumberSeries[] members, int count)
    {
        var values = new double?[count];
        for (int index = 0; index < count; index++)
        {
            int present = 0;
            double value = 0;
            double mean = 0;
            foreach (NumberSeries member in members)
            {
                if (member.Values[index] is not { } number)
                {
                    continue;
                }

                present++;
                if (present == 1)
                {
                    mean = number;
                    value = function is "stddev" or "stdvar" ? 0 : number;
                    continue;
                }

                Add(function, number, present, ref value, ref mean);
            }

            values[index] = present == 0 ? null : function switch
            {
                "avg" => mean,
                "count" => present,
                "stddev" => Math.Sqrt(value / present),
                "stdvar" => value / present,
                _ => value,
            };
        }

        return values;
    }

    private static void Add(string function, double number, int present, ref double value, ref double mean)
    {
        switch (function)
        {
            case "sum":
                value += number;
                break;
            case "max" when value < number || double.IsNaN(value):
            case "min" when value > number || double.IsNaN(value):
                value = number;
                break;
            case "avg":
                if (double.IsInfinity(mean) && (double.IsInfinity(number) ? mean > 0 == number > 0 : !double.IsNaN(number)))
                {
                    break;
                }

                mean += (number - mean) / present;
                break;
            case "stddev" or "stdvar":
                double delta = number - mean;
                mean += delta / present;
                value += delta * (number - mean);
                break;
        }
    }

    private static IEnumerable<NumberSeries> Best(NumberSeries[] members, int most, bool largest, int count)
    {
        var kept = new double?[members.Length][];
        for (int index = 0; index < count; index++)
        {
            foreach (int member in Ranked(members, index, largest).Take(most))
            {
                (kept[member] ??= new double?[count])[index] = members[member].Values[index];
            }
        }

        return members.Select((member, at) => (member, values: kept[at])).Where(one => one.values is not null).Select(one => one.member with { Values = one.values });
    }

    /// <summary>In the order of the only step; of several, the order means nothing and stays.</summary>
    private static IEnumerable<NumberSeries> Sorted(NumberSeries[] members, bool largest, int count)
        => count == 1 ? Ranked(members, 0, largest).Select(member => members[member]) : members;

    /// <summary>Members that have a value, what is no number last.</summary>
    private static IEnumerable<int> Ranked(NumberSeries[] members, int index, bool largest)
    {
        IEnumerable<(int Member, double Value)> present = Enumerable.Range(0, members.Length).Where(member => members[member].Values[index] is not null).Select(member => (member, members[member].Values[index]!.Value));
        IOrderedEnumerable<(int Member, double Value)> numbers = present.OrderBy(one => double.IsNaN(one.Value));
        return (largest ? numbers.ThenByDescending(one => one.Value) : numbers.ThenBy(one => one.Value)).Select(one => one.Member);
    }
}

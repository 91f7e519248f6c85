using System.Globalization;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Rules;

/// <summary>What the rules of one definition may cost together, as kube-apiserver limits it when a definition is written.</summary>
internal sealed class DefinitionBudget
{
    private const ulong PerRule = 10_000_000;
    private const ulong PerDefinition = 100_000_000;
    private const int Named = 4;

    private readonly List<(string Path, ulong Cost)> _costly = [];
    private ulong _total;

    /// <summary>Counts a rule, and says when it costs too much alone.</summary>
    /// <param name="path">The field of the expression.</param>
    /// <param name="what"><c>estimated rule cost</c>, <c>estimated messageExpression cost</c>.</param>
    /// <param name="cost">Of one evaluation, times how often it may be made.</param>
    /// <param name="errors">Gets the error.</param>
    public void Add(string path, string what, ulong cost, FieldErrors errors)
    {
        if (cost > PerRule)
        {
            errors.Forbidden(path, Exceeds(what, cost, PerRule));
        }

        _total = cost > ulong.MaxValue - _total ? ulong.MaxValue : _total + cost;
        if (cost >= PerDefinition / 100)
        {
            _costly.Add((path, cost));
        }
    }

    /// <summary>Says when all rules together cost too much, and which most of it.</summary>
    public void Close(string path, FieldErrors errors)
    {
        if (_total <= PerDefinition)
        {
            return;
        }

        foreach ((string costly, ulong _) in _costly.OrderByDescending(one => one.Cost).Take(Named))
        {
            errors.Forbidden(costly, "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema");
        }

        errors.Forbidden(path, Exceeds("x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema", _total, PerDefinition));
    }

    /// <summary>A cost as often as it may come.</summary>
    public static ulong Times(ulong cost, ulong count) => cost == 0 ? 0 : count > ulong.MaxValue / cost ? ulong.MaxValue : cost * count;

    private static string Exceeds(string what, ulong cost, ulong limit)
    {
        double factor = cost / (double)limit;
        string shown = factor > 100 ? "more than 100x"
            : factor < 1.5 ? string.Create(CultureInfo.InvariantCulture, $"{factor:F6}x")
            : string.Create(CultureInfo.InvariantCulture, $"{factor:F1}x");
        return $"{what} exceeds budget by factor of {shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
    }
}

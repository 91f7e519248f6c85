using Fairway.Resources;

namespace Fairway.Workloads.Scheduling;

/// <summary>Amounts by resource as whole numbers: CPU in thousandths, everything else in its unit. Adding costs no parsing.</summary>
internal sealed class ResourceAmounts
{
    private readonly Dictionary<string, long> _amounts = new(StringComparer.Ordinal);

    public long this[string resource]
    {
        get => _amounts.GetValueOrDefault(resource);
        set => _amounts[resource] = value;
    }

    public IEnumerable<KeyValuePair<string, long>> All => _amounts;

    public bool Knows(string resource) => _amounts.ContainsKey(resource);

    public static ResourceAmounts Of(IReadOnlyDictionary<string, Quantity>? quantities)
    {
        var result = new ResourceAmounts();
        if (quantities is not null)
        {
            foreach ((string resource, Quantity amount) in quantities)
            {
                result[resource] = resource == "cpu" ? amount.MilliValue : amount.Value;
            }
        }

        return result;
    }

    public void Add(ResourceAmounts other, int times = 1)
    {
        foreach ((string resource, long amount) in other._amounts)
        {
            _amounts[resource] = _amounts.GetValueOrDefault(resource) + (times * amount);
        }
    }
}

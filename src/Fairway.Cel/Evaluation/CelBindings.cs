namespace Fairway.Cel;

/// <summary>The values of an environment's variables for one evaluation. Asked at each use, so answers must be cheap and stay the same.</summary>
public abstract class CelBindings
{
    public static CelBindings Empty { get; } = new CelVariables();

    /// <summary>The variable's value (which may be an error value), or false when it has none.</summary>
    public abstract bool TryGet(string name, out CelValue value);
}

/// <summary>Bindings from a dictionary; values may be made on first use.</summary>
public sealed class CelVariables : CelBindings
{
    private readonly Dictionary<string, CelValue> _values = new(StringComparer.Ordinal);

    public CelVariables()
    {
    }

    public CelVariables(IEnumerable<KeyValuePair<string, CelValue>> values)
    {
        foreach ((string name, CelValue value) in values)
        {
            _values[name] = value;
        }
    }

    public CelValue this[string name]
    {
        set => _values[name] = value;
    }

    public override bool TryGet(string name, out CelValue value) => _values.TryGetValue(name, out value);
}

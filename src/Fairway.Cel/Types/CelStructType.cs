namespace Fairway.Cel;

/// <summary>
/// The fields of a named object type: a protobuf message or a JSON object with a schema. Given to an environment so that
/// the checker knows the fields, and so that <c>Name{field: value}</c> can construct one.
/// </summary>
public abstract class CelStructType
{
    /// <summary>The full name, as expressions write it.</summary>
    public abstract string Name { get; }

    public abstract IEnumerable<string> FieldNames { get; }

    /// <summary>The declared type of a field, or null when there is no such field.</summary>
    public abstract CelType? FieldType(string field);

    /// <summary>True when literals of the type may be written.</summary>
    public virtual bool CanConstruct => true;

    /// <summary>Builds a value from a literal's fields, or an error value that names the field at fault.</summary>
    public abstract CelValue Construct(IReadOnlyList<KeyValuePair<string, CelValue>> fields);
}

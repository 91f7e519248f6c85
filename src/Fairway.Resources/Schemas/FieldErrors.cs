using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Collects field errors in kube-apiserver's words; validation reports all of them at once.</summary>
public sealed class FieldErrors
{
    private readonly List<StatusCause> _causes = [];

    public IReadOnlyList<StatusCause> Causes => _causes;

    public bool IsEmpty => _causes.Count == 0;

    public int Count => _causes.Count;

    /// <summary><c>Invalid value: -1: must be greater than or equal to 0</c>.</summary>
    public void Invalid(string field, JsonNode? value, string detail)
        => Add("FieldValueInvalid", field, $"Invalid value: {KubeJson.Show(value)}: {detail}");

    /// <summary>The same with a value that is shown as it is given.</summary>
    public void InvalidShown(string field, string shown, string detail)
        => Add("FieldValueInvalid", field, $"Invalid value: {shown}: {detail}");

    /// <summary>One error for each sentence about the value.</summary>
    public void InvalidEach(string field, JsonNode? value, IReadOnlyList<string> problems)
    {
        foreach (string problem in problems)
        {
            Invalid(field, value, problem);
        }
    }

    /// <summary>The same for a field whose path is only written down when something is wrong.</summary>
    internal void InvalidEach(FieldPath field, string value, IReadOnlyList<string> problems)
    {
        if (problems.Count > 0)
        {
            InvalidEach(field.ToString(), value, problems);
        }
    }

    /// <summary>Without the value: <c>Invalid value: requires …</c>.</summary>
    public void InvalidOmitted(string field, string detail) => Add("FieldValueInvalid", field, $"Invalid value: {detail}");

    /// <summary>A number that may be absent but not below zero.</summary>
    internal void Nonnegative(JsonNode? owner, string member, FieldPath path)
    {
        if (owner.Long(member) is < 0 and var number)
        {
            Invalid(path.At(member), number, "must be greater than or equal to 0");
        }
    }

    public void Required(string field, string? detail = null)
        => Add("FieldValueRequired", field, string.IsNullOrEmpty(detail) ? "Required value" : $"Required value: {detail}");

    public void Duplicate(string field, JsonNode? value) => Add("FieldValueDuplicate", field, $"Duplicate value: {KubeJson.Show(value)}");

    /// <summary>The same with a value that is shown as it is given.</summary>
    public void DuplicateShown(string field, string shown, string? detail = null)
        => Add("FieldValueDuplicate", field, $"Duplicate value: {shown}{(detail is null ? "" : $": {detail}")}");

    public void NotSupported(string field, JsonNode? value, IEnumerable<string> supported)
        => Add(
            "FieldValueNotSupported",
            field,
            $"Unsupported value: {KubeJson.Show(value)}: supported values: {string.Join(", ", supported.Order(StringComparer.Ordinal).Select(KubeJson.Quote))}");

    /// <summary>The same with the supported values in the order given, as custom resources have it.</summary>
    public void NotSupportedInOrder(string field, JsonNode? value, IEnumerable<string> supported)
        => Add("FieldValueNotSupported", field, $"Unsupported value: {KubeJson.Show(value)}: supported values: {string.Join(", ", supported.Select(KubeJson.Quote))}");

    public void Forbidden(string field, string detail) => Add("FieldValueForbidden", field, $"Forbidden: {detail}");

    public void NotFound(string field, string value) => Add("FieldValueNotFound", field, $"Not found: {KubeJson.Quote(value)}");

    public void TooLong(string field, long limit) => Add("FieldValueTooLong", field, $"Too long: may not be more than {limit} bytes");

    public void TooMany(string field, int actual, int limit)
        => Add("FieldValueTooMany", field, $"Too many: {actual}: must have at most {limit} items");

    public void TypeInvalid(string field, string actual, string expected)
        => Add("FieldValueTypeInvalid", field, $"Invalid value: \"{actual}\": {field} in body must be of type {expected}: \"{actual}\"");

    /// <summary>Adds what others have collected.</summary>
    public void AddAll(IEnumerable<StatusCause> causes) => _causes.AddRange(causes);

    /// <summary>Adds causes before the first one of a kind; at the end when there is none.</summary>
    public void InsertBefore(Predicate<StatusCause> mark, IEnumerable<StatusCause> causes)
    {
        int at = _causes.FindIndex(mark);
        _causes.InsertRange(at < 0 ? _causes.Count : at, causes);
    }

    /// <summary>Throws 422 when anything was collected.</summary>
    /// <exception cref="StatusException">422 with one cause for each error.</exception>
    public void ThrowIfAny(ResourceType type, string name)
    {
        if (!IsEmpty)
        {
            throw StatusException.Invalid(type, name, Causes);
        }
    }

    /// <summary>An error whose words are complete already.</summary>
    public void Add(string reason, string field, string message)
        => _causes.Add(new StatusCause { Reason = reason, Field = field, Message = message });
}

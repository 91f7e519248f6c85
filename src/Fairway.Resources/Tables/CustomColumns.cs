using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>The columns of a custom resource (<c>additionalPrinterColumns</c>); without any, the age is shown.</summary>
internal static class CustomColumns
{
    private const string CreatedDescription =
        "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across "
        + "separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. "
        + "More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

    private static readonly PrinterColumn Age = new("Age", "date", "", CreatedDescription, 0, ".metadata.creationTimestamp");

    public static TableColumn[] Of(CustomKind kind)
        => [TableColumn.Name_, .. (kind.Columns.Count > 0 ? kind.Columns : [Age]).Select(Make)];

    private static TableColumn Make(PrinterColumn column)
    {
        JsonPath? path = JsonPath.TryParse(column.JsonPath);
        string description = column.Description.Length > 0 ? column.Description : $"Custom resource definition column (in JSONPath format): {column.JsonPath}";
        return new TableColumn(column.Name, column.Type, column.Format, column.Priority, description, (target, now) => Cell(path?.First(target), column.Type, now));
    }

    private static JsonNode? Cell(JsonNode? value, string type, DateTimeOffset now)
    {
        if (value is null)
        {
            return null;
        }

        JsonValue? number = value is JsonValue scalar && scalar.GetValueKind() == JsonValueKind.Number ? scalar : null;
        return type switch
        {
            "string" => KubeJson.AsString(value) ?? (number is not null ? GoNumbers.Print(number) : value.ToJsonString(KubeJson.Options)),
            "integer" when number is not null => GoNumbers.AsInteger(number) ?? (long)GoNumbers.AsDouble(number),
            "number" when number is not null => number.DeepClone(),
            "boolean" when KubeJson.AsBool(value) is { } flag => flag,
            "date" when KubeJson.AsString(value) is { } text => Since(text, now),
            _ => null,
        };
    }

    private static string Since(string text, DateTimeOffset now)
        => text.Length == 0 ? "<unknown>"
            : DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)
                ? HumanDuration.Format(now - at)
                : "<invalid>";
}

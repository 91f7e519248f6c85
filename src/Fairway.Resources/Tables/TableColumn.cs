using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>One column: its definition and how to get a cell from an object.</summary>
internal sealed record TableColumn(string Name, string Type, string Format, int Priority, string Description, Func<JsonObject, DateTimeOffset, JsonNode?> Cell)
{
    public static TableColumn Name_ { get; } = new(
        "Name", "string", "name", 0, "Name must be unique within a namespace. Is required when creating resources.", static (target, _) => target["metadata"].Text("name") ?? "");

    public static TableColumn Age { get; } = Text(
        "Age", static (target, now) => HumanDuration.Since(target["metadata"].Text("creationTimestamp"), now));

    public static TableColumn Text(string name, Func<JsonObject, DateTimeOffset, string> cell, int priority = 0)
        => new(name, "string", "", priority, name, (target, now) => cell(target, now));

    public static TableColumn Text(string name, Func<JsonObject, string> cell, int priority = 0)
        => new(name, "string", "", priority, name, (target, _) => cell(target));

    public static TableColumn Number(string name, Func<JsonObject, long> cell, int priority = 0)
        => new(name, "integer", "", priority, name, (target, _) => cell(target));

    /// <summary>A number in a column of text, as Kubernetes has it for some.</summary>
    public static TableColumn Count(string name, Func<JsonObject, long> cell, int priority = 0)
        => new(name, "string", "", priority, name, (target, _) => cell(target));

    public static TableColumn CreatedAt { get; } = new("Created At", "date", "", 0, "When the object was created.", static (target, _) => target["metadata"].Text("creationTimestamp"));

    public JsonObject Definition() => new()
    {
        ["name"] = Name,
        ["type"] = Type,
        ["format"] = Format,
        ["description"] = Description,
        ["priority"] = Priority,
    };
}

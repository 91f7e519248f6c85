using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>The columns of what a cluster says of itself: its parts and the groups that it serves.</summary>
internal static class ComponentCells
{
    public static TableColumn[] Columns { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("Status", target => Healthy(target).Text("status") switch { "True" => "Healthy", "False" => "Unhealthy", _ => "Unknown" }),
        TableColumn.Text("Message", target => Healthy(target).Text("message") ?? ""),
        TableColumn.Text("Error", target => Healthy(target).Text("error") ?? ""),
    ];

    public static TableColumn[] Services { get; } =
    [
        TableColumn.Name_,
        TableColumn.Text("Service", _ => "Local"),
        TableColumn.Text("Available", target => (target["status"].Array("conditions") ?? []).FirstOrDefault(each => each.Text("type") == "Available").Text("status") ?? "Unknown"),
        TableColumn.Age,
    ];

    private static JsonNode? Healthy(JsonObject target) => (target.Array("conditions") ?? []).FirstOrDefault(each => each.Text("type") == "Healthy");
}

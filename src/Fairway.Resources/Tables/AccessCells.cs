using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tables;

/// <summary>The computed cells of quotas: <c>pods: 1/10, requests.cpu: 100m/2</c>.</summary>
internal static class QuotaCells
{
    public static string Show(JsonObject quota, bool isLimit)
    {
        JsonObject? used = quota["status"].Object("used");
        return string.Join(", ", (quota["status"].Object("hard") ?? [])
            .Where(entry => entry.Key.StartsWith("limits.", StringComparison.Ordinal) == isLimit)
            .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => $"{entry.Key}: {used?[entry.Key]?.ToString() ?? "0"}/{entry.Value}"));
    }
}

/// <summary>The columns of certificate signing requests.</summary>
internal static class CertificateCells
{
    public static TableColumn[] Columns { get; } =
    [
        TableColumn.Name_,
        TableColumn.Age,
        TableColumn.Text("SignerName", target => target["spec"].Text("signerName") ?? "<none>"),
        TableColumn.Text("Requestor", target => target["spec"].Text("username") ?? ""),
        TableColumn.Text("RequestedDuration", target => target["spec"].Long("expirationSeconds") is { } seconds ? HumanDuration.Format(TimeSpan.FromSeconds(seconds)) : "<none>"),
        TableColumn.Text("Condition", Condition),
    ];

    private static string Condition(JsonObject target)
    {
        string[] types = [.. (target["status"].Array("conditions") ?? []).Select(condition => condition.Text("type") ?? "")];
        string decided = types.Contains("Denied") ? "Denied" : types.Contains("Approved") ? "Approved" : "Pending";
        string failed = types.Contains("Failed") ? ",Failed" : "";
        return $"{decided}{failed}{(target["status"].Text("certificate") is { Length: > 0 } ? ",Issued" : "")}";
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Admission.Waivers;
using Fairway.Resources;

namespace Fairway.Policy.Auditing;

/// <summary>Pure: verdicts in the shapes of openreports.io/v1alpha1 and wgpolicyk8s.io/v1alpha2, one report an object. Never stored.</summary>
public static class AuditReports
{
    /// <summary>The reports of a cluster.</summary>
    /// <param name="audit">The verdicts.</param>
    /// <param name="apiVersion">Of which of the two groups.</param>
    /// <param name="kind"><c>Report</c>, <c>ClusterReport</c>, <c>PolicyReport</c> or <c>ClusterPolicyReport</c>.</param>
    /// <param name="namespace">Only of this one; null: all.</param>
    public static IReadOnlyList<Document> Of(ClusterAudit audit, string apiVersion, string kind, string? @namespace)
    {
        bool isCluster = kind.StartsWith("Cluster", StringComparison.Ordinal);
        return
        [
            .. audit.Objects
                .Where(one => one.Verdicts.Count > 0 && (one.Identity.NamespaceName.Length == 0) == isCluster && (@namespace is null || one.Identity.NamespaceName == @namespace))
                .OrderBy(one => one.Identity.NamespaceName, StringComparer.Ordinal).ThenBy(one => one.Uid, StringComparer.Ordinal)
                .Select(one => Document.From(Report(one, apiVersion, kind))),
        ];
    }

    private static JsonObject Report(AuditedObject one, string apiVersion, string kind)
    {
        bool isOpen = apiVersion.StartsWith("openreports.io", StringComparison.Ordinal);
        var metadata = new JsonObject
        {
            ["name"] = one.Uid,
            ["uid"] = one.Uid,
            ["resourceVersion"] = one.Version,
            ["creationTimestamp"] = Time(one.At),
            ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = "fairway" },
            ["annotations"] = new JsonObject { ["fairway.dev/team"] = one.Team },
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = one.Identity.ApiVersion,
                ["kind"] = one.Identity.Kind,
                ["name"] = one.Identity.Name,
                ["uid"] = one.Uid,
            }),
        };
        if (one.Identity.NamespaceName.Length > 0)
        {
            metadata["namespace"] = one.Identity.NamespaceName;
        }

        JsonObject[] results = [.. one.Verdicts.Values.OrderBy(verdict => verdict.Policy.Name, StringComparer.Ordinal).Select(verdict => Result(one, verdict, isOpen))];
        var summary = new JsonObject();
        foreach (string outcome in (ReadOnlySpan<string>)["pass", "fail", "warn", "error", "skip"])
        {
            summary[outcome] = results.Count(result => (string?)result["result"] == outcome);
        }

        var report = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = metadata };
        if (isOpen)
        {
            report["source"] = "fairway";
        }

        report["scope"] = Reference(one);
        report["summary"] = summary;
        report["results"] = new JsonArray([.. results]);
        return report;
    }

    private static JsonObject Result(AuditedObject one, AuditedVerdict verdict, bool isOpen)
    {
        Finding? worst = verdict.Verdict.Findings.MaxBy(finding => finding.Outcome);
        var properties = new JsonObject { ["team"] = one.Team };
        Add(properties, "binding", verdict.Binding);
        Add(properties, "path", worst?.Path.ToString());
        Add(properties, "waiver", worst?.Waiver);
        Add(properties, "howToMend", worst is null ? null : verdict.Policy.Text.HowToMend);
        Add(properties, "patch", worst?.Patch?.ToJsonString());
        Add(properties, "controls", string.Join(", ", verdict.Policy.Text.Controls));
        Add(properties, "verdict", verdict.Verdict.Outcome.ToString().ToLowerInvariant());
        var result = new JsonObject
        {
            ["source"] = "fairway",
            ["policy"] = verdict.Policy.Name,
            ["rule"] = worst?.Rule ?? verdict.Policy.Validations.FirstOrDefault()?.Name ?? "",
            ["category"] = verdict.Policy.Text.Category,
            ["severity"] = verdict.Policy.Text.Severity.ToString().ToLowerInvariant(),
            ["result"] = Word(verdict),
            ["scored"] = true,
            [isOpen ? "description" : "message"] = worst?.Message ?? verdict.Policy.Text.Title,
            ["properties"] = properties,
            ["timestamp"] = new JsonObject { ["seconds"] = one.At.ToUnixTimeSeconds(), ["nanos"] = one.At.Millisecond * 1_000_000 },
        };
        return result;
    }

    /// <summary>An unknown verdict is never a pass: it is a warning; a waived one is skipped; a policy that only warns gives warnings.</summary>
    private static string Word(AuditedVerdict verdict) => verdict.Verdict.Outcome switch
    {
        Outcome.Pass => "pass",
        Outcome.Waived => "skip",
        Outcome.Unknown => "warn",
        _ when verdict.Verdict.Findings.Any(finding => finding.IsError) => "error",
        _ when verdict.Actions.Contains("Warn") => "warn",
        _ => "fail",
    };

    private static JsonObject Reference(AuditedObject one)
    {
        var reference = new JsonObject { ["apiVersion"] = one.Identity.ApiVersion, ["kind"] = one.Identity.Kind, ["name"] = one.Identity.Name, ["uid"] = one.Uid, ["resourceVersion"] = one.Version };
        if (one.Identity.NamespaceName.Length > 0)
        {
            reference["namespace"] = one.Identity.NamespaceName;
        }

        return reference;
    }

    private static void Add(JsonObject properties, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            properties[name] = value;
        }
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

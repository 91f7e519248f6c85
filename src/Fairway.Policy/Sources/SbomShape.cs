using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Policy.Sources;

/// <summary>A bill of materials (CycloneDX or SPDX 2.x JSON) as policies see it: one shape for both.</summary>
internal static class SbomShape
{
    public static bool IsSbom(JsonObject root) => root.Text("bomFormat") == "CycloneDX" || root.Text("spdxVersion") is not null;

    public static SourceObject Read(string file, JsonObject root, int line)
    {
        JsonObject spec = root.Text("bomFormat") == "CycloneDX" ? CycloneDx(root) : Spdx(root);
        var @object = new JsonObject
        {
            ["apiVersion"] = $"{KindNames.SourceGroup}/v1",
            ["kind"] = "Sbom",
            ["metadata"] = new JsonObject { ["name"] = file },
            ["spec"] = spec,
        };
        return new SourceObject { File = file, Object = @object, Identity = KindNames.Of(@object), Locate = _ => (line, 1) };
    }

    private static JsonObject CycloneDx(JsonObject root)
    {
        JsonObject? metadata = root.Object("metadata");
        return new JsonObject
        {
            ["format"] = "CycloneDX",
            ["specVersion"] = root.Text("specVersion") ?? "",
            ["serialNumber"] = root.Text("serialNumber") ?? "",
            ["created"] = metadata.Text("timestamp") ?? "",
            ["subject"] = metadata.Object("component") is { } subject ? Component(subject) : null,
            ["components"] = new JsonArray([.. (root.Array("components") ?? []).OfType<JsonObject>().Select(one => (JsonNode)Component(one))]),
            ["dependencyCount"] = root.Array("dependencies")?.Count ?? 0,
        };
    }

    private static JsonObject Component(JsonObject from)
    {
        string[] licenses =
        [
            .. (from.Array("licenses") ?? []).Select(one => one.Text("expression") ?? one.Object("license").Text("id") ?? one.Object("license").Text("name")).OfType<string>(),
        ];
        return Component(
            from.Text("name"), from.Text("version"), from.Text("type") ?? "library", from.Text("purl"), licenses,
            from.Array("hashes")?.Count > 0, from.Object("supplier").Text("name") ?? from.Text("publisher"));
    }

    private static JsonObject Spdx(JsonObject root)
    {
        JsonObject[] packages = [.. (root.Array("packages") ?? []).OfType<JsonObject>()];
        string? described = KubeJson.AsString(root.Array("documentDescribes")?.FirstOrDefault())
            ?? (root.Array("relationships") ?? []).FirstOrDefault(one => one.Text("relationshipType") == "DESCRIBES").Text("relatedSpdxElement");
        JsonObject? subject = Array.Find(packages, one => one.Text("SPDXID") == described);
        return new JsonObject
        {
            ["format"] = "SPDX",
            ["specVersion"] = (root.Text("spdxVersion") ?? "").Replace("SPDX-", "", StringComparison.Ordinal),
            ["serialNumber"] = root.Text("documentNamespace") ?? "",
            ["created"] = root.Object("creationInfo").Text("created") ?? "",
            ["subject"] = subject is null ? null : Package(subject),
            ["components"] = new JsonArray([.. packages.Where(one => one != subject).Select(one => (JsonNode)Package(one))]),
            ["dependencyCount"] = (root.Array("relationships") ?? []).Count(one => one.Text("relationshipType") is "DEPENDS_ON" or "DEPENDENCY_OF" or "CONTAINS"),
        };
    }

    private static JsonObject Package(JsonObject from)
    {
        string? purl = (from.Array("externalRefs") ?? []).FirstOrDefault(one => one.Text("referenceType") == "purl").Text("referenceLocator");
        string? license = from.Text("licenseConcluded") is { } concluded and not "NOASSERTION" ? concluded : from.Text("licenseDeclared");
        string? supplier = from.Text("supplier") is { } named and not "NOASSERTION" ? named : null;
        return Component(
            from.Text("name"), from.Text("versionInfo"), (from.Text("primaryPackagePurpose") ?? "library").ToLowerInvariant(), purl,
            license is null or "NOASSERTION" or "NONE" ? [] : [license], from.Array("checksums")?.Count > 0, supplier);
    }

    private static JsonObject Component(string? name, string? version, string type, string? purl, string[] licenses, bool hashed, string? supplier) => new()
    {
        ["name"] = name ?? "",
        ["version"] = version ?? "",
        ["type"] = type,
        ["purl"] = purl ?? "",
        ["licenses"] = new JsonArray([.. licenses.Select(one => (JsonNode)one)]),
        ["hashed"] = hashed,
        ["supplier"] = supplier ?? "",
    };
}

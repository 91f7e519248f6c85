using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using Fairway.Storage;

namespace Fairway.Pipelines.Actions;

/// <summary>
/// <c>fairway/attach</c>: keeps files about an image with it: a bill of materials, findings of a scanner, a signed statement of
/// provenance, results of tests.
/// </summary>
internal static class Attach
{
    public static BuiltInAction Action { get; } = new(
        new("fairway/attach", ["image", "sbom", "findings", "provenance", "tests"], ["image"], new Dictionary<string, string>(), new Dictionary<string, string>()),
        RunAsync);

    private static readonly Dictionary<string, string> None = [];

    private static async Task RunAsync(ActionCall call, CancellationToken cancellation)
    {
        OciImage image = ImageEvidence.Image(call);
        (string Input, Func<string, byte[], (string Type, string ArtifactType, string MediaType)> Recognise)[] kinds =
        [
            ("sbom", Sbom), ("findings", Findings), ("provenance", Provenance), ("tests", Tests),
        ];
        int attached = 0;
        foreach ((string input, var recognise) in kinds)
        {
            foreach (string path in call.Lines(input))
            {
                string file = call.InWorkspace(path);
                if (!File.Exists(file))
                {
                    throw new ActionFailure($"{input}: there is no file '{path}'.");
                }

                if (new FileInfo(file).Length > ImageReferrers.MaxBytes)
                {
                    throw new ActionFailure($"{input}: '{path}' has more than {ImageReferrers.MaxBytes / 1024 / 1024} MiB.");
                }

                byte[] content = await File.ReadAllBytesAsync(file, cancellation);
                (string type, string artifactType, string mediaType) = recognise(path, content);
                await ImageEvidence.AttachAsync(call, image, type, artifactType, mediaType, content, None, cancellation);
                attached++;
            }
        }

        if (attached == 0)
        {
            throw new ActionFailure("Nothing to attach: give sbom, findings, provenance or tests.");
        }
    }

    private static (string, string, string) Sbom(string path, byte[] content)
    {
        JsonObject root = Json("sbom", path, content);
        string type = root.ContainsKey("bomFormat") ? ArtifactTypes.CycloneDx
            : root.ContainsKey("spdxVersion") ? ArtifactTypes.Spdx
            : throw new ActionFailure($"sbom: '{path}' is no bill of materials: expected CycloneDX (bomFormat) or SPDX (spdxVersion) in JSON.");
        return ("Sbom", type, type);
    }

    private static (string, string, string) Findings(string path, byte[] content)
        => Json("findings", path, content)["runs"] is JsonArray
            ? ("Findings", ArtifactTypes.Sarif, ArtifactTypes.Sarif)
            : throw new ActionFailure($"findings: '{path}' is no SARIF log: expected JSON with runs.");

    private static (string, string, string) Provenance(string path, byte[] content)
        => Json("provenance", path, content) is var root && root["payload"] is JsonValue && root["signatures"] is JsonArray { Count: > 0 }
            ? ("Provenance", ArtifactTypes.InToto, ArtifactTypes.Dsse)
            : throw new ActionFailure($"provenance: '{path}' is no signed statement: expected a DSSE envelope with payload and signatures.");

    private static (string, string, string) Tests(string path, byte[] content)
    {
        try
        {
            using var xml = XmlReader.Create(new MemoryStream(content), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = ImageReferrers.MaxBytes });
            xml.MoveToContent();
            return xml.LocalName is "testsuites" or "testsuite"
                ? ("Tests", ArtifactTypes.Junit, ArtifactTypes.Junit)
                : throw new ActionFailure($"tests: '{path}' begins with <{xml.LocalName}>; expected JUnit's testsuites or testsuite.");
        }
        catch (XmlException bad)
        {
            throw new ActionFailure($"tests: '{path}' is no XML: {bad.Message}");
        }
    }

    private static JsonObject Json(string input, string path, byte[] content)
    {
        try
        {
            return JsonNode.Parse(content) as JsonObject ?? throw new ActionFailure($"{input}: '{path}' is no JSON object.");
        }
        catch (JsonException bad)
        {
            throw new ActionFailure($"{input}: '{path}' is no JSON: {bad.Message}");
        }
    }
}

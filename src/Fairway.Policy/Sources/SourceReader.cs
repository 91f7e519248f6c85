using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;
using Fairway.Resources.Yaml;

namespace Fairway.Policy.Sources;

/// <summary>
/// Pure: from the name and text of a file to the objects that policies see. What a file is follows from its content (apiVersion and
/// kind, a plan's format_version, a bill's bomFormat), for Dockerfiles and workflows also from its name.
/// </summary>
public static class SourceReader
{
    private static readonly YamlOptions Limits = new() { MaxLength = 64 * 1024 * 1024, MaxNodes = 4_000_000 };

    /// <summary>Reads one file.</summary>
    /// <param name="file">Its name, as the user knows it.</param>
    /// <param name="text">Its content.</param>
    /// <param name="defaultNamespace">For objects that name none.</param>
    public static SourceSet Read(string file, string text, string defaultNamespace = "default")
    {
        if (DockerfileReader.IsDockerfile(file))
        {
            return DockerfileReader.Read(file, text);
        }

        bool workflow = WorkflowShape.IsWorkflowPath(file);
        IReadOnlyList<YamlDocument> documents;
        try
        {
            documents = YamlReader.Read(text, file, Limits with { OldBooleans = !workflow });
        }
        catch (YamlException bad)
        {
            string hint = text.Contains("{{", StringComparison.Ordinal) ? "; a chart's template is checked rendered: helm template CHART | fairway policy check -" : "";
            return new SourceSet([], [new SourceProblem(file, bad.Line, bad.Column, bad.Reason + hint, true)]);
        }

        IReadOnlyList<YamlPlaces> places = YamlPlaces.Read(text);
        var objects = new List<SourceObject>();
        var problems = new List<SourceProblem>();
        for (int i = 0; i < documents.Count; i++)
        {
            YamlPlaces? at = i < places.Count ? places[i] : null;
            Document(file, documents[i], i, at, defaultNamespace, objects, problems);
        }

        return new SourceSet(objects, problems);
    }

    private static void Document(
        string file, YamlDocument document, int index, YamlPlaces? places, string defaultNamespace, List<SourceObject> objects, List<SourceProblem> problems)
    {
        if (document.Node is not JsonObject root)
        {
            problems.Add(new SourceProblem(file, document.Line, 1, $"a {KubeJson.TypeOf(document.Node)}; expected an object", true));
            return;
        }

        int line = places?[""]?.Line ?? document.Line;
        if (root.Text("apiVersion") is { Length: > 0 } && root.Text("kind") is { Length: > 0 })
        {
            Manifest(root, "", 0);
        }
        else if (TerraformPlan.IsPlan(root))
        {
            objects.AddRange(TerraformPlan.Read(file, root, places, line));
        }
        else if (SbomShape.IsSbom(root))
        {
            objects.Add(SbomShape.Read(file, root, line));
        }
        else if (WorkflowShape.IsWorkflow(root))
        {
            objects.Add(WorkflowShape.Read(file, root, index, places, line));
        }
        else
        {
            problems.Add(new SourceProblem(file, line, 1, "neither a Kubernetes object (apiVersion and kind), nor a workflow, a Terraform plan (terraform show -json) or a bill of materials", false));
        }

        void Manifest(JsonObject @object, string pointer, int depth)
        {
            if (@object.Text("kind")!.EndsWith("List", StringComparison.Ordinal) && @object["items"] is JsonArray items && depth < 4)
            {
                for (int i = 0; i < items.Count; i++)
                {
                    if (items[i] is JsonObject item && item.Text("kind") is { Length: > 0 } && item.Text("apiVersion") is { Length: > 0 })
                    {
                        Manifest(item, $"{pointer}/items/{i}", depth + 1);
                    }
                    else
                    {
                        problems.Add(new SourceProblem(file, line, 1, $"items[{i}] has no apiVersion and kind", true));
                    }
                }

                return;
            }

            objects.Add(new SourceObject
            {
                File = file,
                Object = @object,
                Identity = KindNames.Of(@object, defaultNamespace),
                IsEditable = true,
                Document = index,
                Pointer = pointer,
                Locate = SourceObject.By(places, pointer, null, places?[pointer]?.Line ?? line),
            });
        }
    }
}

using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.OpenApi;

/// <summary>Writes the paths and operations of a kind.</summary>
internal sealed class OperationWriter(SchemaWriter schemas, bool isV3)
{
    private static readonly (string Name, string Type, string Description)[] ListParameters =
    [
        ("allowWatchBookmarks", "boolean", "The watch may send bookmarks."),
        ("continue", "string", "The token of the next page."),
        ("fieldSelector", "string", "Restricts objects by their fields."),
        ("labelSelector", "string", "Restricts objects by their labels."),
        ("limit", "integer", "The most objects that one response has."),
        ("resourceVersion", "string", "The version to serve from or to watch after."),
        ("resourceVersionMatch", "string", "How resourceVersion is meant."),
        ("sendInitialEvents", "boolean", "The watch begins with the objects that there are."),
        ("timeoutSeconds", "integer", "Ends the watch after this time."),
        ("watch", "boolean", "Watch instead of list."),
    ];

    private static readonly (string Name, string Type, string Description)[] WriteParameters =
    [
        ("dryRun", "string", "All, to change nothing."),
        ("fieldManager", "string", "The name of who makes the change."),
        ("fieldValidation", "string", "What happens to unknown and duplicate fields: Ignore, Warn or Strict."),
    ];

    private static readonly (string Name, string Type, string Description)[] DeleteParameters =
    [
        ("dryRun", "string", "All, to change nothing."),
        ("gracePeriodSeconds", "integer", "Seconds before the object goes."),
        ("propagationPolicy", "string", "Orphan, Background or Foreground."),
    ];

    private static readonly (string Name, string Type, string Description) Force = ("force", "boolean", "Take conflicting fields over (apply only).");

    /// <summary>A group, version and kind as extensions name them.</summary>
    public static JsonArray Identities(string group, string version, string kind) => new(Identity(group, version, kind));

    /// <summary>The component name of a kind.</summary>
    public static string ComponentOf(KindDefinition kind) => kind.Custom is null ? kind.Schema.Shape!.Name! : SchemaNames.OfCustom(kind.Type);

    /// <summary>The component name of a kind's list.</summary>
    public static string ListComponentOf(KindDefinition kind)
    {
        string name = ComponentOf(kind);
        return name[..^kind.Type.Kind.Length] + kind.ListKind;
    }

    public void AddPaths(KindDefinition kind, JsonObject paths)
    {
        string root = "/" + kind.Type.Path(null);
        string collection = kind.Type.Namespaced ? root.Replace("/" + kind.Type.Plural, "/namespaces/{namespace}/" + kind.Type.Plural, StringComparison.Ordinal) : root;
        if (kind.Declared.CreateOnly)
        {
            bool isBelow = kind.Declared.CreatedAt is not null;
            paths[isBelow ? $"/api/v1/namespaces/{{namespace}}/{kind.Declared.CreatedAt}" : collection] = WithParameters(kind, isBelow, new JsonObject
            {
                ["post"] = Operation(kind, "post", $"create{kind.Type.Kind}", WriteParameters, kind.Type.Kind, body: true),
            });
            return;
        }

        if (kind.Type.Namespaced)
        {
            paths[root] = new JsonObject { ["get"] = Operation(kind, "list", $"list{kind.Type.Kind}ForAllNamespaces", ListParameters, kind.ListKind) };
        }

        string item = collection + "/{name}";
        paths[collection] = WithParameters(kind, named: false, new JsonObject
        {
            ["get"] = Operation(kind, "list", $"list{kind.Type.Kind}", ListParameters, kind.ListKind),
            ["post"] = Operation(kind, "post", $"create{kind.Type.Kind}", WriteParameters, kind.Type.Kind, body: true),
            ["delete"] = Operation(kind, "deletecollection", $"deleteCollection{kind.Type.Kind}", [.. ListParameters, .. DeleteParameters], MetaSchemas.Status),
        });
        paths[item] = WithParameters(kind, named: true, Item(kind, ""));
        ((JsonObject)paths[item]!)["delete"] = Operation(kind, "delete", $"delete{kind.Type.Kind}", DeleteParameters, MetaSchemas.Status);
        if (kind.Declared.Status)
        {
            paths[item + "/status"] = WithParameters(kind, named: true, Item(kind, "Status"));
        }
    }

    private JsonObject Item(KindDefinition kind, string suffix) => new()
    {
        ["get"] = Operation(kind, "get", $"read{kind.Type.Kind}{suffix}", [], kind.Type.Kind),
        ["put"] = Operation(kind, "put", $"replace{kind.Type.Kind}{suffix}", WriteParameters, kind.Type.Kind, body: true),
        ["patch"] = Patch(kind, suffix),
    };

    private JsonObject Patch(KindDefinition kind, string suffix)
    {
        JsonObject operation = Operation(kind, "patch", $"patch{kind.Type.Kind}{suffix}", [.. WriteParameters, Force], kind.Type.Kind);
        string[] types =
        [
            "application/json-patch+json",
            "application/merge-patch+json",
            .. kind.IsBuiltIn ? ["application/strategic-merge-patch+json"] : (string[])[],
            "application/apply-patch+yaml",
        ];
        if (isV3)
        {
            var content = new JsonObject();
            foreach (string type in types)
            {
                content[type] = new JsonObject { ["schema"] = schemas.Reference(MetaSchemas.Patch) };
            }

            operation["requestBody"] = new JsonObject { ["content"] = content, ["required"] = true };
        }
        else
        {
            operation["consumes"] = new JsonArray([.. types.Select(type => (JsonNode)type)]);
            operation["parameters"]!.AsArray().Add(BodyParameter(MetaSchemas.Patch));
        }

        return operation;
    }

    private JsonObject Operation(
        KindDefinition kind, string action, string id, (string Name, string Type, string Description)[] parameters, string result, bool body = false)
    {
        string name = ComponentOf(kind);
        string resultName = result.Contains('.', StringComparison.Ordinal) ? result : result == kind.Type.Kind ? name : ListComponentOf(kind);
        var operation = new JsonObject
        {
            ["operationId"] = OperationId(kind, id),
            ["parameters"] = new JsonArray([.. parameters.Select(each => (JsonNode)Parameter(each.Name, each.Type, each.Description, "query"))]),
            ["responses"] = new JsonObject { ["200"] = Response(resultName) },
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = Identity(kind.Type.Group, kind.Type.Version, kind.Type.Kind),
        };
        if (body && isV3)
        {
            operation["requestBody"] = new JsonObject { ["content"] = new JsonObject { ["*/*"] = new JsonObject { ["schema"] = schemas.Reference(name) } }, ["required"] = true };
        }
        else if (body)
        {
            operation["consumes"] = new JsonArray("*/*");
            operation["parameters"]!.AsArray().Add(BodyParameter(name));
        }

        return operation;
    }

    private static string OperationId(KindDefinition kind, string id)
    {
        string group = kind.Type.Group.Length == 0 ? "Core" : string.Concat(kind.Type.Group.Split('.')[..1].Select(Capital));
        string verb = new([.. id.TakeWhile(char.IsLower)]);
        return verb + group + Capital(kind.Type.Version) + id[verb.Length..];
    }

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];

    private JsonObject WithParameters(KindDefinition kind, bool named, JsonObject path)
    {
        var parameters = new JsonArray();
        if (named)
        {
            parameters.Add(Parameter("name", "string", $"name of the {kind.Type.Kind}", "path"));
        }

        if (kind.Type.Namespaced)
        {
            parameters.Add(Parameter("namespace", "string", "object name and auth scope, such as for teams and projects", "path"));
        }

        path["parameters"] = parameters;
        return path;
    }

    private JsonObject Parameter(string name, string type, string description, string place)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = place, ["description"] = description };
        if (place == "path")
        {
            parameter["required"] = true;
        }

        if (isV3)
        {
            parameter["schema"] = new JsonObject { ["type"] = type, ["uniqueItems"] = true };
        }
        else
        {
            parameter["type"] = type;
            parameter["uniqueItems"] = true;
        }

        return parameter;
    }

    private JsonObject BodyParameter(string name) => new() { ["name"] = "body", ["in"] = "body", ["required"] = true, ["schema"] = schemas.Reference(name) };

    private JsonObject Response(string name) => isV3
        ? new JsonObject { ["description"] = "OK", ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = schemas.Reference(name) } } }
        : new JsonObject { ["description"] = "OK", ["schema"] = schemas.Reference(name) };

    private static JsonObject Identity(string group, string version, string kind)
        => new() { ["group"] = group, ["kind"] = kind, ["version"] = version };
}

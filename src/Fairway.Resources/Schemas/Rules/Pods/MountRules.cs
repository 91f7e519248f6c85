using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Where volumes and block devices appear in a container.</summary>
internal static class MountRules
{
    public static void Validate(JsonNode container, IReadOnlyDictionary<string, JsonObject> volumes, FieldPath path, FieldErrors errors)
    {
        JsonArray mounts = container.Array("volumeMounts") ?? [];
        JsonArray devices = container.Array("volumeDevices") ?? [];
        var places = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < mounts.Count; i++)
        {
            Mount(mounts[i], container, volumes, devices, places, path.At("volumeMounts"), i, errors);
        }

        Devices(devices, mounts, volumes, path.At("volumeDevices"), errors);
    }

    private static void Mount(
        JsonNode? mount, JsonNode container, IReadOnlyDictionary<string, JsonObject> volumes, JsonArray devices, HashSet<string> places, FieldPath list, int i, FieldErrors errors)
    {
        FieldPath at = list.At(i);
        string name = mount.Text("name") ?? "";
        string place = mount.Text("mountPath") ?? "";
        if (name.Length == 0)
        {
            errors.Required(at.At("name"));
        }

        if (!volumes.ContainsKey(name))
        {
            errors.NotFound(at.At("name"), name);
        }

        if (place.Length == 0)
        {
            errors.Required(at.At("mountPath"));
        }

        if (!places.Add(place))
        {
            errors.Invalid(at.At("mountPath"), place, "must be unique");
        }

        if (devices.Any(device => (device.Text("name") ?? "") == name))
        {
            errors.Invalid(at.At("name"), name, "must not already exist in volumeDevices");
        }

        if (devices.Any(device => (device.Text("devicePath") ?? "") == place))
        {
            errors.Invalid(at.At("mountPath"), place, "must not already exist as a path in volumeDevices");
        }

        Within(mount, at, list, errors);
        Sharing(mount, container, list, errors);
    }

    // Errors about what is within the volume name the list and not the mount: so does the real server.
    private static void Within(JsonNode? mount, FieldPath at, FieldPath list, FieldErrors errors)
    {
        string below = mount.Text("subPath") ?? "";
        string expression = mount.Text("subPathExpr") ?? "";
        if (below.Length > 0)
        {
            PathRules.Descending(below, list.At("subPath"), errors);
        }

        if (expression.Length > 0)
        {
            if (below.Length > 0)
            {
                errors.Invalid(at.At("subPathExpr"), expression, "subPathExpr and subPath are mutually exclusive");
            }

            PathRules.Descending(expression, list.At("subPathExpr"), errors);
        }
    }

    private static void Sharing(JsonNode? mount, JsonNode container, FieldPath list, FieldErrors errors)
    {
        string? propagation = mount.Text("mountPropagation");
        SelectorRules.AnyOf(mount, "mountPropagation", list, errors, "Bidirectional", "HostToContainer", "None");
        if (propagation == "Bidirectional" && container["securityContext"].Flag("privileged") != true)
        {
            errors.Forbidden(list.At("mountPropagation"), "Bidirectional mount propagation is available only to privileged containers");
        }

        FieldPath path = list.At("recursiveReadOnly");
        switch (mount.Text("recursiveReadOnly"))
        {
            case null or "Disabled":
                break;
            case "Enabled" or "IfPossible":
                if (mount.Flag("readOnly") != true)
                {
                    errors.Forbidden(path, "may only be specified when readOnly is true");
                }

                if (propagation is not (null or "None"))
                {
                    errors.Forbidden(path, "may only be specified when mountPropagation is None or not specified");
                }

                break;
            default:
                errors.NotSupported(path, mount!["recursiveReadOnly"], ["Disabled", "Enabled", "IfPossible"]);
                break;
        }
    }

    private static void Devices(JsonArray devices, JsonArray mounts, IReadOnlyDictionary<string, JsonObject> volumes, FieldPath list, FieldErrors errors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var places = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < devices.Count; i++)
        {
            FieldPath at = list.At(i);
            string name = devices[i].Text("name") ?? "";
            string place = devices[i].Text("devicePath") ?? "";
            Named(name, names, volumes, at, errors);
            if (place.Length == 0)
            {
                errors.Required(at.At("devicePath"));
            }

            if (places.Contains(place))
            {
                errors.Invalid(at.At("devicePath"), place, "must be unique");
            }

            if (PathRules.HasBacksteps(place))
            {
                errors.Invalid(at.At("devicePath"), place, "can not contain backsteps ('..')");
            }
            else
            {
                places.Add(place);
            }

            if (mounts.Any(mount => (mount.Text("name") ?? "") == name))
            {
                errors.Invalid(at.At("name"), name, "must not already exist in volumeMounts");
            }

            if (mounts.Any(mount => (mount.Text("mountPath") ?? "") == place))
            {
                errors.Invalid(at.At("devicePath"), place, "must not already exist as a path in volumeMounts");
            }
        }
    }

    private static void Named(string name, HashSet<string> names, IReadOnlyDictionary<string, JsonObject> volumes, FieldPath at, FieldErrors errors)
    {
        if (name.Length == 0)
        {
            errors.Required(at.At("name"));
        }
        else if (!names.Add(name))
        {
            errors.Invalid(at.At("name"), name, "must be unique");
        }

        if (!volumes.TryGetValue(name, out JsonObject? volume))
        {
            errors.NotFound(at.At("name"), name);
        }
        else if (volume["persistentVolumeClaim"] is null && volume["ephemeral"] is null)
        {
            errors.Invalid(at.At("name"), name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
        }
    }
}

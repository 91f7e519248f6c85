using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources;

/// <summary>JSON patch (RFC 6902): add, remove, replace, move, copy, test, in order, all or nothing.</summary>
public static class JsonPatch
{
    /// <summary>The most operations that one patch may have.</summary>
    public const int MaxOperations = 10_000;

    /// <summary>What copies may add to the document, in bytes of JSON, so that a small patch cannot blow it up.</summary>
    private const int MaxCopied = 3 * 1024 * 1024;

    /// <summary>Applies a patch to a copy of the target.</summary>
    /// <exception cref="StatusException">
    /// 400: the patch is malformed; 413: too many operations; 422: an operation cannot be applied, in kube-apiserver's words.
    /// </exception>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonArray operations)
        {
            throw StatusException.BadRequest("error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp");
        }

        if (operations.Count > MaxOperations)
        {
            throw new StatusException(
                413,
                "RequestEntityTooLarge",
                $"The allowed maximum operations in a JSON patch is {MaxOperations}, got {operations.Count}");
        }

        var run = new Run { Root = target?.DeepClone() };
        foreach (JsonNode? operation in operations)
        {
            run.Do(operation as JsonObject ?? throw StatusException.BadRequest("each operation of a JSON patch must be an object"));
        }

        return run.Root;
    }

    /// <summary>Splits a JSON pointer (RFC 6901) into its unescaped steps.</summary>
    internal static string[] Steps(string pointer)
        => pointer.Length == 0 ? [] : [.. pointer[1..].Split('/').Select(Unescape)];

    private static string Unescape(string step)
        => step.Contains('~', StringComparison.Ordinal)
            ? step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)
            : step;

    // What is wrong is not told: kube-apiserver does not either, and clients match its words.
    private static StatusException Refuse(string why)
        => new(422, "Invalid", "the server rejected our request due to an error in our request") { Details = new StatusDetails(), Data = { ["why"] = why } };

    private sealed class Run
    {
        private int _copied;

        public JsonNode? Root { get; set; }

        public void Do(JsonObject operation)
        {
            string name = operation.Text("op") ?? throw StatusException.BadRequest("JSON patch operation without op");
            string path = Pointer(operation, "path", name);
            switch (name)
            {
                case "add":
                    Add(path, Value(operation, name)?.DeepClone(), "add");
                    break;
                case "remove":
                    Remove(path, "remove");
                    break;
                case "replace":
                    Replace(path, Value(operation, name)?.DeepClone());
                    break;
                case "move":
                    Move(Pointer(operation, "from", name), path);
                    break;
                case "copy":
                    Copy(Pointer(operation, "from", name), path);
                    break;
                case "test":
                    Test(path, Value(operation, name));
                    break;
                default:
                    throw Refuse($"Unexpected kind: {name}");
            }
        }

        private static string Pointer(JsonObject operation, string member, string name)
        {
            string pointer = operation.Text(member) ?? throw Refuse($"{name} operation has no {member}");
            return pointer.Length == 0 || pointer[0] == '/' ? pointer : throw Refuse($"{name} operation does not apply: doc is missing {member}: {pointer}: a pointer begins with '/'");
        }

        private static JsonNode? Value(JsonObject operation, string name)
            => operation.TryGetPropertyValue("value", out JsonNode? value) ? value : throw Refuse($"{name} operation has no value");

        private void Add(string path, JsonNode? value, string name)
        {
            if (path.Length == 0)
            {
                Root = value;
                return;
            }

            (JsonNode parent, string last) = Parent(path, name);
            if (parent is JsonObject members)
            {
                members[last] = value;
                return;
            }

            JsonArray items = parent.AsArray();
            items.Insert(last == "-" ? items.Count : Index(items, last, path, name, forAdd: true), value);
        }

        private JsonNode? Remove(string path, string name)
        {
            if (path.Length == 0)
            {
                JsonNode? all = Root;
                Root = null;
                return all;
            }

            (JsonNode parent, string last) = Parent(path, name);
            if (parent is JsonObject members)
            {
                if (!members.Remove(last, out JsonNode? removed))
                {
                    throw Refuse($"{name} operation does not apply: doc is missing key: {path}: Unable to remove nonexistent key: {last}: missing value");
                }

                return removed;
            }

            JsonArray items = parent.AsArray();
            int index = Index(items, last, path, name, forAdd: false);
            JsonNode? item = items[index];
            items.RemoveAt(index);
            return item;
        }

        private void Replace(string path, JsonNode? value)
        {
            if (path.Length == 0)
            {
                Root = value;
                return;
            }

            (JsonNode parent, string last) = Parent(path, "replace");
            if (parent is JsonArray items)
            {
                items[Index(items, last, path, "replace", forAdd: false)] = value;
            }
            else
            {
                // A member that is not there is made, as by the library that kube-apiserver patches with.
                parent.AsObject()[last] = value;
            }
        }

        private void Move(string from, string path)
        {
            if (path.StartsWith(from + "/", StringComparison.Ordinal))
            {
                throw Refuse($"move operation does not apply: {path} is below {from}");
            }

            JsonNode? value = Remove(from, "move");
            Add(path, value, "move");
        }

        private void Copy(string from, string path)
        {
            JsonNode? value = Find(from, "copy")?.DeepClone();
            _copied += value?.ToJsonString().Length ?? 4;
            if (_copied > MaxCopied)
            {
                throw new StatusException(413, "RequestEntityTooLarge", $"Unable to complete the copy, the accumulated size increase of copy is {_copied}, exceeding the limit {MaxCopied}");
            }

            Add(path, value, "copy");
        }

        private void Test(string path, JsonNode? expected)
        {
            JsonNode? actual;
            try
            {
                actual = Find(path, "test");
            }
            catch (StatusException) when (expected is null)
            {
                return;
            }

            if (!JsonNode.DeepEquals(actual, expected))
            {
                throw Refuse($"testing value {path} failed: test failed");
            }
        }

        private JsonNode? Find(string path, string name)
        {
            if (path.Length == 0)
            {
                return Root;
            }

            (JsonNode parent, string last) = Parent(path, name);
            if (parent is JsonArray items)
            {
                return items[Index(items, last, path, name, forAdd: false)];
            }

            return parent.AsObject().TryGetPropertyValue(last, out JsonNode? value)
                ? value
                : throw Refuse($"{name} operation does not apply: doc is missing key: {path}: missing value");
        }

        private (JsonNode Parent, string Last) Parent(string path, string name)
        {
            string[] steps = Steps(path);
            JsonNode? node = Root;
            foreach (string step in steps.AsSpan(0, steps.Length - 1))
            {
                node = node switch
                {
                    JsonObject members => members[step],
                    JsonArray items => items[Index(items, step, path, name, forAdd: false)],
                    _ => null,
                };
                if (node is null)
                {
                    throw Missing(path, name);
                }
            }

            return node is JsonObject or JsonArray ? (node, steps[^1]) : throw Missing(path, name);
        }

        private static StatusException Missing(string path, string name)
            => Refuse($"{name} operation does not apply: doc is missing path: \"{path}\": missing value");

        private static int Index(JsonArray items, string step, string path, string name, bool forAdd)
        {
            if (!int.TryParse(step, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index)
                || (step.Length > 1 && step[0] == '0') || step.StartsWith('+'))
            {
                throw Refuse($"{name} operation does not apply: doc is missing path: \"{path}\": strconv.Atoi: parsing \"{step}\": invalid syntax");
            }

            int limit = forAdd ? items.Count : items.Count - 1;
            return index >= 0 && index <= limit
                ? index
                : throw Refuse($"{name} operation does not apply: Unable to access invalid index: {index}: invalid index referenced");
        }
    }
}

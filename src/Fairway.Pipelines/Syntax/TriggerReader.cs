namespace Fairway.Pipelines.Syntax;

/// <summary>Reads <c>on</c>.</summary>
internal sealed class TriggerReader(NoticeList notices)
{
    private static readonly string[] OtherEvents =
    [
        "branch_protection_rule", "check_run", "check_suite", "create", "delete", "deployment", "deployment_status", "discussion",
        "discussion_comment", "fork", "gollum", "image_version", "issue_comment", "issues", "label", "merge_group", "milestone",
        "page_build", "project", "project_card", "project_column", "public", "pull_request", "pull_request_comment",
        "pull_request_review", "pull_request_review_comment", "pull_request_target", "registry_package", "release",
        "repository_dispatch", "schedule", "status", "watch", "workflow_call", "workflow_run",
    ];

    private readonly ValueReader _values = new(notices);
    private Triggers _triggers = new();

    public Triggers Read(YamlTree node)
    {
        switch (node)
        {
            case YamlTree.Scalar { IsNull: false } scalar:
                ReadEvent(scalar, null);
                break;
            case YamlTree.Sequence sequence:
                foreach (YamlTree item in sequence.Items)
                {
                    if (item is YamlTree.Scalar name)
                    {
                        ReadEvent(name, null);
                    }
                    else
                    {
                        notices.Error(item, $"An event must be a name, not {item.Describe()}.");
                    }
                }

                break;
            case YamlTree.Mapping mapping:
                foreach ((YamlTree.Scalar key, YamlTree value) in mapping.Entries)
                {
                    ReadEvent(key, value is YamlTree.Scalar { IsNull: true } ? null : value);
                }

                break;
            default:
                notices.Error(node, "'on' names no event.");
                break;
        }

        if (_triggers.Push is null && _triggers.Dispatch is null && !notices.HasErrors)
        {
            notices.Warn(node, "None of these events happens here: only push and workflow_dispatch start workflows.");
        }

        return _triggers;
    }

    private void ReadEvent(YamlTree.Scalar name, YamlTree? settings)
    {
        switch (name.Text)
        {
            case "push":
                _triggers = _triggers with { Push = settings is null ? new PushFilter() : ReadPush(settings) };
                break;
            case "workflow_dispatch":
                _triggers = _triggers with { Dispatch = new DispatchTrigger(settings is null ? [] : ReadInputs(settings)) };
                break;
            case var other when OtherEvents.Contains(other, StringComparer.Ordinal):
                notices.Warn(name, $"The event '{other}' does not happen here and never starts this workflow.");
                break;
            default:
                string near = Nearest.To(name.Text, [.. OtherEvents, "push", "workflow_dispatch"]) is { } found ? $"; did you mean '{found}'?" : ".";
                notices.Error(name, $"'{name.Text}' is not an event{near}");
                break;
        }
    }

    private PushFilter ReadPush(YamlTree node)
    {
        PushFilter filter = new();
        new FieldReader("on.push", notices)
            .On("branches", value => filter = filter with { Branches = Patterns(value, "branches", positive: true) })
            .On("branches-ignore", value => filter = filter with { BranchesIgnore = Patterns(value, "branches-ignore", positive: false) })
            .On("tags", value => filter = filter with { Tags = Patterns(value, "tags", positive: true) })
            .On("tags-ignore", value => filter = filter with { TagsIgnore = Patterns(value, "tags-ignore", positive: false) })
            .On("paths", value => filter = filter with { Paths = Patterns(value, "paths", positive: true) })
            .On("paths-ignore", value => filter = filter with { PathsIgnore = Patterns(value, "paths-ignore", positive: false) })
            .Read(node);
        Exclusive(node, filter.Branches, filter.BranchesIgnore, "branches");
        Exclusive(node, filter.Tags, filter.TagsIgnore, "tags");
        Exclusive(node, filter.Paths, filter.PathsIgnore, "paths");
        return filter;
    }

    private void Exclusive(YamlTree at, GlobList? only, GlobList? ignore, string what)
    {
        if (only is not null && ignore is not null)
        {
            notices.Error(at, $"'{what}' and '{what}-ignore' cannot be used together; take patterns out with '!' in '{what}'.");
        }
    }

    private GlobList? Patterns(YamlTree node, string what, bool positive)
    {
        IReadOnlyList<YamlTree.Scalar> patterns = _values.Texts(node, what);
        foreach (YamlTree.Scalar pattern in patterns)
        {
            try
            {
                GlobList.Of(pattern.Text);
            }
            catch (FormatException wrong)
            {
                notices.Error(pattern, wrong.Message);
                return null;
            }
        }

        if (patterns.Count > 0 && positive && patterns.All(pattern => pattern.Text.StartsWith('!')))
        {
            notices.Error(node, $"'{what}' only takes out: at least one pattern without '!' is needed, or '{what}-ignore'.");
        }

        return patterns.Count == 0 ? null : GlobList.Of(patterns.Select(pattern => pattern.Text));
    }

    private List<DispatchInput> ReadInputs(YamlTree node)
    {
        List<DispatchInput> inputs = [];
        new FieldReader("on.workflow_dispatch", notices)
            .On("inputs", value =>
            {
                if (value is YamlTree.Mapping mapping)
                {
                    inputs.AddRange(mapping.Entries.Select(entry => ReadInput(entry.Key, entry.Value)));
                }
                else if (value is not YamlTree.Scalar { IsNull: true })
                {
                    notices.Error(value, $"'inputs' must be a mapping, not {value.Describe()}.");
                }
            })
            .Read(node);
        return inputs;
    }

    private DispatchInput ReadInput(YamlTree.Scalar name, YamlTree node)
    {
        DispatchInput input = new() { Name = name.Text };
        if (node is YamlTree.Scalar { IsNull: true })
        {
            return input;
        }

        new FieldReader($"the input '{name.Text}'", notices)
            .On("description", value => input = input with { Description = _values.PlainText(value, "description") })
            .On("required", value => input = input with { Required = value is YamlTree.Scalar { Text: "true" } })
            .On("default", value => input = input with { Default = _values.PlainText(value, "default") })
            .On("deprecationMessage", value => _values.PlainText(value, "deprecationMessage"))
            .On("options", value => input = input with { Options = [.. _values.Texts(value, "options").Select(option => option.Text)] })
            .On("type", value => input = input with { Type = InputType(value) })
            .Read(node);
        if (input.Type == "choice" && input.Options.Count == 0)
        {
            notices.Error(node, $"The input '{name.Text}' is a choice and needs 'options'.");
        }

        return input;
    }

    private string InputType(YamlTree node)
    {
        string type = _values.PlainText(node, "type") ?? "string";
        if (type is not ("string" or "boolean" or "choice" or "number" or "environment"))
        {
            notices.Error(node, $"'{type}' is not a type of input: string, boolean, choice, number and environment are.");
        }

        return type;
    }
}

using Fairway.PromQL;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>A label by its name, or only where it matches.</summary>
internal sealed record NamedLabel(string Name, LabelMatcher? Matcher)
{
    public override string ToString() => Matcher?.ToString() ?? Name;
}

/// <summary><c>| drop a, b="x"</c>.</summary>
internal sealed class DropStage(IReadOnlyList<NamedLabel> labels) : LogStage
{
    public override string Text => "| drop " + string.Join(',', labels);

    public override bool Apply(LineState line)
    {
        foreach (NamedLabel label in labels)
        {
            switch (label.Name)
            {
                case LineErrors.Label:
                    line.Error = label.Matcher?.Matches(line.Error) == false ? line.Error : "";
                    break;
                case LineErrors.Details:
                    line.ErrorDetails = label.Matcher?.Matches(line.ErrorDetails) == false ? line.ErrorDetails : "";
                    break;
                default:
                    string? value = line.Get(label.Name);
                    if (label.Matcher is null ? value is not null : label.Matcher.Matches(value ?? ""))
                    {
                        line.Delete(label.Name);
                    }

                    break;
            }
        }

        return true;
    }
}

/// <summary><c>| keep a, b="x"</c>.</summary>
internal sealed class KeepStage(IReadOnlyList<NamedLabel> labels) : LogStage
{
    public override string Text => "| keep " + string.Join(',', labels);

    public override bool Apply(LineState line)
    {
        foreach ((string name, string value) in line.All())
        {
            if (name is not (LineErrors.Label or LineErrors.Details or LineErrors.Preserve)
                && !labels.Any(label => label.Name == name && label.Matcher?.Matches(value) != false))
            {
                line.Delete(name);
            }
        }

        return true;
    }
}

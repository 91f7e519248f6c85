using Fairway.PromQL;
using Fairway.Telemetry.Templates;

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>A template over a line's labels.</summary>
internal sealed class LineTemplate
{
    private readonly CompiledTemplate _template;

    /// <exception cref="TemplateException">It is none.</exception>
    public LineTemplate(string text) => _template = CompiledTemplate.Of(text, LineFunctions.All);

    /// <summary>The labels that it names.</summary>
    public IReadOnlyList<string> Fields => _template.Fields;

    /// <summary>Fills it in.</summary>
    /// <exception cref="TemplateException">It fails.</exception>
    public string Fill(LineState line, IReadOnlyDictionary<string, string> labels) => _template.Expand(labels, line.Functions);

    /// <summary>A line's labels for templates.</summary>
    public static Dictionary<string, string> Labels(LineState line)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string value) in line.All())
        {
            labels[name] = value;
        }

        return labels;
    }
}

/// <summary><c>| line_format</c>: a template becomes the line.</summary>
internal sealed class LineFormatStage : LogStage
{
    private readonly string _source;
    private readonly LineTemplate _template;

    /// <exception cref="LogQueryException">It is no template.</exception>
    public LineFormatStage(string source)
    {
        _source = source;
        try
        {
            _template = new LineTemplate(source);
        }
        catch (TemplateException wrong)
        {
            throw LogQueryException.Stage(Text, $"invalid line template: template: line:1: {wrong.Message}");
        }
    }

    public override string Text => $"| line_format {GoText.Quote(_source)}";

    public override IReadOnlyList<string> Required => _template.Fields;

    public override bool Apply(LineState line)
    {
        try
        {
            line.Line = _template.Fill(line, LineTemplate.Labels(line));
        }
        catch (TemplateException failed)
        {
            line.Error = LineErrors.Template;
            line.ErrorDetails = $"template: line:1: {failed.Message}";
        }

        return true;
    }
}

/// <summary><c>| label_format a=b, c="{{.d}}"</c>: labels get other names, or values from templates.</summary>
internal sealed class LabelFormatStage : LogStage
{
    private readonly IReadOnlyList<(string Name, string Value, LineTemplate? Template)> _formats;

    /// <exception cref="LogQueryException">A template is none, or a label comes twice.</exception>
    public LabelFormatStage(IReadOnlyList<(string Name, string Value, bool IsTemplate)> formats)
    {
        Text = "| label_format " + string.Join(',', formats.Select(format => $"{format.Name}={(format.IsTemplate ? GoText.Quote(format.Value) : format.Value)}"));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, _, _) in formats)
        {
            if (name == LineErrors.Label)
            {
                throw LogQueryException.Stage(Text, $"{name} cannot be formatted");
            }

            if (!seen.Add(name))
            {
                throw LogQueryException.Stage(Text, $"multiple label name '{name}' not allowed in a single format operation");
            }
        }

        _formats = [.. formats.Select(format => (format.Name, format.Value, format.IsTemplate ? Of(format.Name, format.Value) : null))];
    }

    public override string Text { get; }

    public override IReadOnlyList<string> Required => [.. _formats.SelectMany(format => format.Template?.Fields ?? [format.Value])];

    public override bool Apply(LineState line)
    {
        Dictionary<string, string>? labels = null;
        foreach ((string name, string source, LineTemplate? template) in _formats)
        {
            if (template is null)
            {
                if (line.Get(source) is { } value)
                {
                    line.Set(name, value);
                    line.Delete(source);
                }

                continue;
            }

            labels = labels is { Count: > 0 } ? labels : LineTemplate.Labels(line);
            try
            {
                line.Set(name, template.Fill(line, labels));
            }
            catch (TemplateException failed)
            {
                line.Error = LineErrors.Template;
                line.ErrorDetails = $"template: label:1: {failed.Message}";
            }
        }

        return true;
    }

    private LineTemplate Of(string name, string source)
    {
        try
        {
            return new LineTemplate(source);
        }
        catch (TemplateException wrong)
        {
            throw LogQueryException.Stage(Text, $"invalid template for label '{name}': template: label:1: {wrong.Message}");
        }
    }
}

using System.Text;
using YamlDotNet.RepresentationModel;

namespace Fairway.Client;

/// <summary>Reads one mapping of a kubeconfig; every complaint names file and field.</summary>
internal sealed class KubeconfigFields(YamlMappingNode node, string source, string path)
{
    public bool Has(string field) => node.Children.ContainsKey(new YamlScalarNode(field));

    public string? Text(string field)
    {
        if (!node.Children.TryGetValue(new YamlScalarNode(field), out YamlNode? value))
        {
            return null;
        }

        return value is YamlScalarNode scalar
            ? string.IsNullOrEmpty(scalar.Value) ? null : scalar.Value
            : throw Wrong(field, "must be a string");
    }

    public string Required(string field) => Text(field) ?? throw Wrong(field, "is missing");

    public bool Flag(string field) => Text(field) switch
    {
        null or "false" => false,
        "true" => true,
        { } other => throw Wrong(field, $"is \"{other}\": expected true or false"),
    };

    public Uri AbsoluteUrl(string field)
    {
        string text = Required(field);
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "https" or "http"
            ? url
            : throw Wrong(field, $"is \"{text}\": expected an http or https URL");
    }

    /// <summary>The content of the file that the field names; relative names start at the kubeconfig's directory.</summary>
    public string? FileText(string field)
    {
        if (Text(field) is null)
        {
            return null;
        }

        string file = FilePath(field)!;
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Wrong(field, $"{file} cannot be read: {failure.Message}");
        }
    }

    /// <summary>The path of the file that the field names.</summary>
    public string? FilePath(string field)
        => Text(field) is { } name ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(source)) ?? "", name) : null;

    /// <summary>A program: a name that is looked up in PATH, or a path, relative ones from the kubeconfig's directory.</summary>
    public string Command(string field)
    {
        string name = Required(field);
        return name.Contains('/', StringComparison.Ordinal) ? FilePath(field)! : name;
    }

    /// <summary>A mapping below this one, or null.</summary>
    public KubeconfigFields? Mapping(string field) => node.Children.TryGetValue(new YamlScalarNode(field), out YamlNode? value) switch
    {
        false => null,
        _ when value is YamlMappingNode mapping => new KubeconfigFields(mapping, source, $"{path}.{field}"),
        _ when value is YamlScalarNode { Value: null or "" or "null" or "~" } => null,
        _ => throw Wrong(field, "must be a mapping"),
    };

    /// <summary>A list of texts; empty when it is absent.</summary>
    public IReadOnlyList<string> Texts(string field)
        => [.. Sequence(field).Select(item => item is YamlScalarNode scalar ? scalar.Value ?? "" : throw Wrong(field, "must be a list of strings"))];

    /// <summary>A list of mappings; empty when it is absent.</summary>
    public IReadOnlyList<KubeconfigFields> Mappings(string field)
        => [.. Sequence(field).Select(item => item is YamlMappingNode mapping ? new KubeconfigFields(mapping, source, $"{path}.{field}[]") : throw Wrong(field, "must be a list of mappings"))];

    private IEnumerable<YamlNode> Sequence(string field) => node.Children.TryGetValue(new YamlScalarNode(field), out YamlNode? value) switch
    {
        false => [],
        _ when value is YamlSequenceNode list => list.Children,
        _ when value is YamlScalarNode { Value: null or "" or "null" or "~" } => [],
        _ => throw Wrong(field, "must be a list"),
    };

    /// <summary>PEM from base64 data, or from a file.</summary>
    public string? Pem(string dataField, string fileField)
    {
        if (Text(dataField) is not { } data)
        {
            return FileText(fileField);
        }

        string pem;
        try
        {
            pem = Encoding.UTF8.GetString(Convert.FromBase64String(data));
        }
        catch (FormatException)
        {
            throw Wrong(dataField, "is not base64");
        }

        return pem.Contains("-----BEGIN ", StringComparison.Ordinal) ? pem : throw Wrong(dataField, "does not hold PEM");
    }

    public KubeconfigException Wrong(string field, string problem)
        => new(source, path.Length == 0 ? field : $"{path}.{field}", problem);
}

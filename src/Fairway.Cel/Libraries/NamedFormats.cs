using System.Globalization;
using System.Text.RegularExpressions;
using static Fairway.Cel.CelOverload;

namespace Fairway.Cel.Libraries;

/// <summary>Kubernetes' named formats: <c>format.dns1123Label().validate(text)</c> gives none, or a list of what is wrong.</summary>
internal static partial class NamedFormats
{
    internal static readonly CelType Type = CelType.Opaque("kubernetes.NamedFormat");
    private const string Dns1123LabelText = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    private const string Dns1123SubdomainText = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    private const string Dns1035LabelText = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    private const string QualifiedText = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    private const string LabelValueText = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private static readonly (string Name, Func<string, IEnumerable<string>> Check)[] Formats =
    [
        ("dns1123Label", text => Dns(text, 63, Label(), Dns1123LabelText)),
        ("dns1123Subdomain", text => Dns(text, 253, Subdomain(), Dns1123SubdomainText)),
        ("dns1035Label", text => Dns(text, 63, Label1035(), Dns1035LabelText)),
        ("qualifiedName", QualifiedName),
        ("dns1123LabelPrefix", text => Dns(Masked(text), 63, Label(), Dns1123LabelText)),
        ("dns1123SubdomainPrefix", text => Dns(Masked(text), 253, Subdomain(), Dns1123SubdomainText)),
        ("dns1035LabelPrefix", text => Dns(Masked(text), 63, Label1035(), Dns1035LabelText)),
        ("labelValue", text => Dns(text, 63, LabelValue(), LabelValueText)),
        ("uri", text => UrlValue.TryParse(text, out string problem) is null ? [UrlLibrary.Problem(text, problem)] : []),
        ("uuid", text => Uuid().IsMatch(text) ? [] : ["does not match the UUID format"]),
        ("byte", text => IsBase64(text) ? [] : ["invalid base64"]),
        ("date", text => DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _) ? [] : ["invalid date"]),
        ("datetime", text => TimeText.Parse(text) is null ? ["invalid datetime"] : []),
    ];

    public static readonly CelLibrary Instance = new(
        "k8s.format",
        [
            .. Formats.Select(format => new CelFunction("format." + format.Name, CelOverload.Of("format-" + format.Name, Type, () => CelValue.Of(new NamedFormat(format.Name, format.Check))))),
            new CelFunction("format.named", CelOverload.Of("format-named", CelType.String, CelType.OptionalOf(Type), Named)),
            new CelFunction("validate", Member("format-validate", Type, CelType.String, CelType.OptionalOf(CelType.ListOf(CelType.String)), Validate)),
        ])
    {
        Constants = new Dictionary<string, CelValue>(StringComparer.Ordinal) { ["kubernetes.NamedFormat"] = CelValue.Of(Type) },
    };

    private static CelValue Named(CelValue name)
    {
        foreach ((string known, Func<string, IEnumerable<string>> check) in Formats)
        {
            if (known == name.StringValue)
            {
                return CelValue.OptionalOf(CelValue.Of(new NamedFormat(known, check)));
            }
        }

        return CelValue.OptionalNone;
    }

    private static CelValue Validate(CelValue format, CelValue text)
    {
        CelValue[] wrong = [.. ((NamedFormat)format.OpaqueValue).Check(text.StringValue).Select(message => CelValue.Of(message))];
        return wrong.Length == 0 ? CelValue.OptionalNone : CelValue.OptionalOf(CelValue.Of(wrong));
    }

    private static IEnumerable<string> Dns(string text, int max, Regex pattern, string message)
    {
        if (text.Length > max)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"must be no more than {max} bytes");
        }

        if (!pattern.IsMatch(text))
        {
            yield return message;
        }
    }

    private static string Masked(string text) => text.EndsWith('-') ? text[..^1] + "a" : text;

    private static IEnumerable<string> QualifiedName(string text)
    {
        string[] parts = text.Split('/');
        string name = parts[^1];
        if (parts.Length > 2)
        {
            return [$"a qualified {QualifiedText[5..]} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"];
        }

        var wrong = new List<string>();
        if (parts.Length == 2)
        {
            if (parts[0].Length == 0)
            {
                wrong.Add("prefix part must be non-empty");
            }
            else
            {
                wrong.AddRange(Dns(parts[0], 253, Subdomain(), Dns1123SubdomainText).Select(message => "prefix part " + message));
            }
        }

        if (name.Length == 0)
        {
            wrong.Add("name part must be non-empty");
        }
        else if (name.Length > 63)
        {
            wrong.Add("name part must be no more than 63 bytes");
        }

        if (name.Length == 0 || !LabelValue().IsMatch(name))
        {
            wrong.Add(QualifiedText);
        }

        return wrong;
    }

    private static bool IsBase64(string text) => Convert.TryFromBase64String(text, new byte[text.Length], out _);

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Label();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A[a-z]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Label1035();

    [GeneratedRegex(@"\A(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex LabelValue();

    [GeneratedRegex(@"\A[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Uuid();
}

internal sealed class NamedFormat(string name, Func<string, IEnumerable<string>> check) : CelOpaque
{
    public override CelType Type => NamedFormats.Type;

    public Func<string, IEnumerable<string>> Check { get; } = check;

    public override bool IsEqualTo(CelOpaque other) => other is NamedFormat format && format.ToString() == name;

    public override string ToString() => name;
}

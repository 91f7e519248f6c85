using System.Text.RegularExpressions;

namespace Fairway.Resources.Schemas;

/// <summary>The shapes of names in Kubernetes; each check gives the sentence that the API server would, or null.</summary>
public static partial class Names
{
    private const string SubdomainMessage =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string LabelMessage =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
        + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    private const string Label1035Message =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an "
        + "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

    private const string QualifiedMessage =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const string LabelValueMessage =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string ConfigKeyMessage =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
        + "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

    private const string EnvironmentMessage =
        "a valid environment variable name must consist only of printable ASCII characters other than '='";

    /// <summary>A DNS-1123 subdomain of at most 253 characters: the names of most kinds.</summary>
    public static string? SubdomainProblem(string name)
        => name.Length > 253 ? "must be no more than 253 characters" : Subdomain().IsMatch(name) ? null : SubdomainMessage;

    /// <summary>A DNS-1123 label of at most 63 characters: namespaces, containers, ports.</summary>
    public static string? LabelProblem(string name)
        => name.Length > 63 ? "must be no more than 63 characters" : Label().IsMatch(name) ? null : LabelMessage;

    /// <summary>A DNS-1035 label: the names of Services.</summary>
    public static string? Label1035Problem(string name)
        => name.Length > 63 ? "must be no more than 63 characters" : Label1035().IsMatch(name) ? null : Label1035Message;

    /// <summary>An optional DNS prefix and a name: label keys, annotation keys, finalizers.</summary>
    public static string? QualifiedNameProblem(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            if (slash == 0)
            {
                return "prefix part must be non-empty";
            }

            if (name.IndexOf('/', slash + 1) > 0)
            {
                return "a qualified " + QualifiedMessage + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            }

            if (SubdomainProblem(name[..slash]) is { } problem)
            {
                return "prefix part " + problem;
            }
        }

        string local = name[(slash + 1)..];
        return local.Length == 0 ? "name part must be non-empty"
            : local.Length > 63 ? "name part must be no more than 63 characters"
            : Qualified().IsMatch(local) ? null
            : QualifiedMessage;
    }

    public static string? LabelValueProblem(string value)
        => value.Length > 63 ? "must be no more than 63 characters" : value.Length == 0 || Qualified().IsMatch(value) ? null : LabelValueMessage;

    /// <summary>Keys of ConfigMaps and Secrets.</summary>
    public static string? ConfigKeyProblem(string key)
        => key.Length > 253 ? "must be no more than 253 characters"
            : !ConfigKey().IsMatch(key) ? ConfigKeyMessage
            : key == "." ? "must not be '.'"
            : key.StartsWith("..", StringComparison.Ordinal) ? "must not be '..'"
            : null;

    public static string? EnvironmentProblem(string name)
        => name.Length > 0 && !name.AsSpan().ContainsAnyExceptInRange(' ', '~') && !name.Contains('=', StringComparison.Ordinal) ? null : EnvironmentMessage;

    /// <summary>An IANA service name: at most 15 characters, a letter among them.</summary>
    public static IEnumerable<string> PortNameProblems(string name)
    {
        if (name.Length > 15)
        {
            yield return "must be no more than 15 characters";
        }

        if (!PortName().IsMatch(name))
        {
            yield return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        }

        if (!name.AsSpan().ContainsAnyInRange('a', 'z'))
        {
            yield return "must contain at least one letter (a-z)";
        }

        if (name.Contains("--", StringComparison.Ordinal))
        {
            yield return "must not contain consecutive hyphens";
        }

        if (name.StartsWith('-') || name.EndsWith('-'))
        {
            yield return "must not begin or end with a hyphen";
        }
    }

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label();

    [GeneratedRegex(@"\A[a-z]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Label1035();

    [GeneratedRegex(@"\A([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Qualified();

    [GeneratedRegex(@"\A[-._a-zA-Z0-9]+\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ConfigKey();

    [GeneratedRegex(@"\A[-a-z0-9]+\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PortName();
}

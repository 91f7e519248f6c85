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
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

    private const string WildcardMessage =
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' "
        + "and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

    private const string LabelValueMessage =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
        + "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

    private const string ConfigKeyMessage =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
        + "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

    private const string EnvironmentMessage =
        "a valid environment variable name must consist only of printable ASCII characters other than '='";

    /// <summary>A DNS-1123 subdomain of at most 253 characters: the names of most kinds.</summary>
    public static string? SubdomainProblem(string name) => First(SubdomainProblems(name));

    /// <summary>Every sentence about a name that is no DNS-1123 subdomain.</summary>
    public static IReadOnlyList<string> SubdomainProblems(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Both(name.Length > 253 ? "must be no more than 253 characters" : null, Subdomain().IsMatch(name) ? null : SubdomainMessage);
    }

    /// <summary>A DNS-1123 label of at most 63 characters: namespaces, containers, ports.</summary>
    public static string? LabelProblem(string name) => First(LabelProblems(name));

    /// <summary>Every sentence about a name that is no DNS-1123 label.</summary>
    public static IReadOnlyList<string> LabelProblems(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Both(
            name.Length > 63 ? "must be no more than 63 characters" : null,
            Label().IsMatch(name) ? null : Subdomain().IsMatch(name) ? "must not contain dots" : LabelMessage);
    }

    /// <summary>A DNS-1035 label: the names of Services.</summary>
    public static string? Label1035Problem(string name) => First(Label1035Problems(name));

    /// <summary>Every sentence about a name that is no DNS-1035 label.</summary>
    public static IReadOnlyList<string> Label1035Problems(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Both(name.Length > 63 ? "must be no more than 63 characters" : null, Label1035().IsMatch(name) ? null : Label1035Message);
    }

    /// <summary>A DNS-1123 subdomain after <c>*.</c>.</summary>
    public static IReadOnlyList<string> WildcardProblems(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        bool good = name.StartsWith("*.", StringComparison.Ordinal) && Subdomain().IsMatch(name[2..]);
        return Both(name.Length > 253 ? "must be no more than 253 characters" : null, good ? null : WildcardMessage);
    }

    /// <summary>An optional DNS prefix and a name: label keys, annotation keys, finalizers.</summary>
    public static string? QualifiedNameProblem(string name) => First(QualifiedNameProblems(name));

    /// <summary>Every sentence about a name that is not qualified.</summary>
    public static IReadOnlyList<string> QualifiedNameProblems(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string[] parts = name.Split('/');
        if (parts.Length > 2)
        {
            return ["a qualified name " + QualifiedMessage + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"];
        }

        string local = parts[^1];
        string? prefix = parts.Length < 2 ? null : parts[0].Length == 0 ? "must be non-empty" : null;
        IReadOnlyList<string> inPrefix = prefix is not null ? [prefix] : parts.Length < 2 ? [] : SubdomainProblems(parts[0]);
        string? size = local.Length == 0 ? "name part must be non-empty" : local.Length > 63 ? "name part must be no more than 63 characters" : null;
        IReadOnlyList<string> inName = Both(size, Qualified().IsMatch(local) ? null : "name part " + QualifiedMessage);
        return inPrefix.Count == 0 ? inName : [.. inPrefix.Select(problem => "prefix part " + problem), .. inName];
    }

    public static string? LabelValueProblem(string value) => First(LabelValueProblems(value));

    /// <summary>Every sentence about a text that no label can have.</summary>
    public static IReadOnlyList<string> LabelValueProblems(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Both(value.Length > 63 ? "must be no more than 63 characters" : null, value.Length == 0 || Qualified().IsMatch(value) ? null : LabelValueMessage);
    }

    /// <summary>Keys of ConfigMaps and Secrets.</summary>
    public static string? ConfigKeyProblem(string key) => First(ConfigKeyProblems(key));

    /// <summary>Every sentence about a text that is no key of a ConfigMap.</summary>
    public static IReadOnlyList<string> ConfigKeyProblems(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        string? directory = key == "." ? "must not be '.'" : key == ".." ? "must not be '..'" : key.StartsWith("..", StringComparison.Ordinal) ? "must not start with '..'" : null;
        IReadOnlyList<string> form = Both(key.Length > 253 ? "must be no more than 253 characters" : null, ConfigKey().IsMatch(key) ? null : ConfigKeyMessage);
        return directory is null ? form : [.. form, directory];
    }

    /// <summary>A name that stands as one part of a URL: the names of roles, what autoscalers refer to.</summary>
    public static IReadOnlyList<string> PathSegmentProblems(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name is "." or ".." ? [$"may not be '{name}'"]
            : Both(name.Contains('/', StringComparison.Ordinal) ? "may not contain '/'" : null, name.Contains('%', StringComparison.Ordinal) ? "may not contain '%'" : null);
    }

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

    private static string? First(IReadOnlyList<string> problems) => problems.Count == 0 ? null : problems[0];

    private static IReadOnlyList<string> Both(string? one, string? other)
        => one is null ? other is null ? [] : [other] : other is null ? [one] : [one, other];

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

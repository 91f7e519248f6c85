using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Fairway.Client;

/// <summary>
/// A kubeconfig file. Read for its contexts, and written by adding contexts to what is there: entries and fields that
/// Fairway does not know stay as they are (comments do not survive).
/// </summary>
/// <remarks>Not safe for concurrent use.</remarks>
public sealed class Kubeconfig
{
    /// <summary>The largest file that is read, in characters.</summary>
    public const int MaxLength = 4 * 1024 * 1024;

    private readonly YamlMappingNode _root;

    private Kubeconfig(YamlMappingNode root, string source)
    {
        _root = root;
        Source = source;
    }

    /// <summary>The file's name, as errors give it.</summary>
    public string Source { get; }

    public string? CurrentContext => Fields(_root, "").Text("current-context");

    /// <summary>The contexts' names in file order.</summary>
    public IReadOnlyList<string> ContextNames => [.. Entries("contexts").Select(entry => entry.Name)];

    /// <summary>A config without contexts.</summary>
    public static Kubeconfig Empty(string source)
    {
        var root = new YamlMappingNode();
        root.Add("apiVersion", "v1");
        root.Add("kind", "Config");
        return new Kubeconfig(root, source);
    }

    /// <summary>Reads YAML (or JSON).</summary>
    /// <exception cref="KubeconfigException">The text is no kubeconfig; the message names file and field or line.</exception>
    public static Kubeconfig Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            throw new KubeconfigException(source, null, $"is longer than {MaxLength} characters");
        }

        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count == 0)
            {
                return Empty(source);
            }

            return stream.Documents[0].RootNode is YamlMappingNode root
                ? new Kubeconfig(root, source)
                : throw new KubeconfigException(source, null, "must be a mapping with clusters, users and contexts");
        }
        catch (YamlException broken)
        {
            throw new KubeconfigException(source, null, string.Create(CultureInfo.InvariantCulture, $"is not YAML: line {broken.Start.Line}, column {broken.Start.Column}: {broken.Message}"));
        }
    }

    /// <summary>Reads a file; one that does not exist is empty.</summary>
    public static async Task<Kubeconfig> LoadAsync(string path, CancellationToken cancellation)
        => File.Exists(path) ? Parse(await File.ReadAllTextAsync(path, cancellation), path) : Empty(path);

    /// <summary>Resolves a context (the current one when no name is given), reading the files that it points to.</summary>
    /// <exception cref="KubeconfigException">There is no such context, or a field of it is missing or wrong.</exception>
    public KubeconfigContext Context(string? name)
    {
        string wanted = name ?? CurrentContext
            ?? throw new KubeconfigException(Source, "current-context", "is not set, and no context was named");
        KubeconfigFields context = Find("contexts", wanted, "context");
        KubeconfigFields cluster = Find("clusters", context.Required("cluster"), "cluster");
        string? userName = context.Text("user");
        KubeconfigFields user = userName is null ? Fields(new YamlMappingNode(), "users") : Find("users", userName, "user");
        if (user.Has("auth-provider"))
        {
            throw user.Wrong("auth-provider", "is not supported any more, by Kubernetes neither: expected exec, token, tokenFile or a client certificate");
        }

        return new KubeconfigContext
        {
            Name = wanted,
            Server = cluster.AbsoluteUrl("server"),
            CertificateAuthority = cluster.Pem("certificate-authority-data", "certificate-authority"),
            InsecureSkipTlsVerify = cluster.Flag("insecure-skip-tls-verify"),
            TlsServerName = cluster.Text("tls-server-name"),
            Namespace = context.Text("namespace"),
            User = userName ?? wanted,
            Token = user.Text("token"),
            TokenFile = user.Text("token") is null ? user.FilePath("tokenFile") : null,
            Exec = user.Mapping("exec") is { } exec ? Plugin(exec) : null,
            ClientCertificate = user.Pem("client-certificate-data", "client-certificate"),
            ClientKey = user.Pem("client-key-data", "client-key"),
        };
    }

    /// <summary>Adds a context with its cluster and user, replacing entries of the same names.</summary>
    public void Set(KubeconfigContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var cluster = new YamlMappingNode();
        cluster.Add("server", context.Server.AbsoluteUri.TrimEnd('/'));
        AddPem(cluster, "certificate-authority-data", context.CertificateAuthority);
        AddText(cluster, "tls-server-name", context.TlsServerName);
        if (context.InsecureSkipTlsVerify)
        {
            cluster.Add("insecure-skip-tls-verify", "true");
        }

        var user = new YamlMappingNode();
        AddText(user, "token", context.Token);
        AddText(user, "tokenFile", context.TokenFile is { } file ? Path.GetFullPath(file) : null);
        if (context.Exec is { } exec)
        {
            user.Add("exec", Plugin(exec));
        }

        AddPem(user, "client-certificate-data", context.ClientCertificate);
        AddPem(user, "client-key-data", context.ClientKey);
        var link = new YamlMappingNode();
        link.Add("cluster", context.Name);
        link.Add("user", context.User);
        AddText(link, "namespace", context.Namespace);
        Put("clusters", context.Name, "cluster", cluster);
        Put("contexts", context.Name, "context", link);
        Put("users", context.User, "user", user);
    }

    /// <summary>Makes a context the current one.</summary>
    public void Use(string context) => _root.Children[new YamlScalarNode("current-context")] = new YamlScalarNode(context);

    public string ToYaml()
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        new YamlStream(new YamlDocument(_root)).Save(writer, assignAnchors: false);
        string text = writer.ToString();
        return text.EndsWith("...\n", StringComparison.Ordinal) ? text[..^4] : text;
    }

    private static YamlMappingNode Plugin(ExecPlugin exec)
    {
        var node = new YamlMappingNode();
        node.Add("apiVersion", exec.ApiVersion);
        node.Add("command", exec.Command);
        node.Add("args", new YamlSequenceNode(exec.Arguments.Select(argument => new YamlScalarNode(argument) { Style = ScalarStyle.DoubleQuoted })));
        node.Add("env", new YamlSequenceNode(exec.Environment.Select(variable => new YamlMappingNode
        {
            { "name", variable.Key },
            { "value", new YamlScalarNode(variable.Value) { Style = ScalarStyle.DoubleQuoted } },
        })));
        AddText(node, "installHint", exec.InstallHint);
        node.Add("provideClusterInfo", exec.ProvideClusterInfo ? "true" : "false");
        node.Add("interactiveMode", "Never");
        return node;
    }

    private static ExecPlugin Plugin(KubeconfigFields exec)
    {
        string version = exec.Required("apiVersion");
        if (version is not ("client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1"))
        {
            throw exec.Wrong("apiVersion", $"is \"{version}\": expected client.authentication.k8s.io/v1 or v1beta1");
        }

        return new ExecPlugin
        {
            ApiVersion = version,
            Command = exec.Command("command"),
            Arguments = exec.Texts("args"),
            Environment = [.. exec.Mappings("env").Select(variable => KeyValuePair.Create(variable.Required("name"), variable.Text("value") ?? ""))],
            InstallHint = exec.Text("installHint"),
            ProvideClusterInfo = exec.Flag("provideClusterInfo"),
        };
    }

    private static void AddText(YamlMappingNode node, string field, string? value)
    {
        if (value is not null)
        {
            node.Add(field, new YamlScalarNode(value));
        }
    }

    private static void AddPem(YamlMappingNode node, string field, string? pem)
        => AddText(node, field, pem is null ? null : Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(pem)));

    private void Put(string list, string name, string member, YamlMappingNode value)
    {
        var key = new YamlScalarNode(list);
        if (!_root.Children.TryGetValue(key, out YamlNode? node) || node is not YamlSequenceNode entries)
        {
            entries = [];
            _root.Children[key] = entries;
        }

        var entry = new YamlMappingNode();
        entry.Add(member, value);
        entry.Add("name", new YamlScalarNode(name));
        foreach (YamlNode old in entries.Children.ToArray())
        {
            if (old is YamlMappingNode mapping && Fields(mapping, list).Text("name") == name)
            {
                entries.Children.Remove(old);
            }
        }

        entries.Add(entry);
    }

    private KubeconfigFields Find(string list, string name, string member)
    {
        foreach ((string entryName, YamlMappingNode entry, string path) in Entries(list))
        {
            if (entryName == name)
            {
                return entry.Children.TryGetValue(new YamlScalarNode(member), out YamlNode? node) && node is YamlMappingNode mapping
                    ? Fields(mapping, $"{path}.{member}")
                    : throw new KubeconfigException(Source, $"{path}.{member}", "is missing or no mapping");
            }
        }

        string known = string.Join(", ", Entries(list).Select(entry => entry.Name));
        throw new KubeconfigException(Source, list, $"has no entry named \"{name}\"{(known.Length == 0 ? "" : $"; there are {known}")}");
    }

    private IEnumerable<(string Name, YamlMappingNode Entry, string Path)> Entries(string list)
    {
        if (!_root.Children.TryGetValue(new YamlScalarNode(list), out YamlNode? node) || node is YamlScalarNode)
        {
            yield break;
        }

        if (node is not YamlSequenceNode entries)
        {
            throw new KubeconfigException(Source, list, "must be a list");
        }

        for (int index = 0; index < entries.Children.Count; index++)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"{list}[{index}]");
            YamlMappingNode entry = entries.Children[index] as YamlMappingNode
                ?? throw new KubeconfigException(Source, path, "must be a mapping");
            yield return (Fields(entry, path).Required("name"), entry, path);
        }
    }

    private KubeconfigFields Fields(YamlMappingNode node, string path) => new(node, Source, path);
}

/// <summary>A kubeconfig that cannot be used, with the file and the field.</summary>
public sealed class KubeconfigException(string file, string? field, string problem)
    : Exception(field is null ? $"{file}: {problem}" : $"{file}: {field}: {problem}")
{
    public string File { get; } = file;

    public string? Field { get; } = field;
}

/// <summary>How to reach one cluster as one user.</summary>
public sealed record KubeconfigContext
{
    public required string Name { get; init; }

    public required Uri Server { get; init; }

    /// <summary>PEM of the only authorities to trust; null: those of the system.</summary>
    public string? CertificateAuthority { get; init; }

    public bool InsecureSkipTlsVerify { get; init; }

    /// <summary>The name to expect in the server's certificate, where it is not the host.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>The namespace that commands use when none is given.</summary>
    public string? Namespace { get; init; }

    /// <summary>The user entry's name.</summary>
    public required string User { get; init; }

    /// <summary>A bearer token.</summary>
    public string? Token { get; init; }

    /// <summary>A file with a bearer token that someone else renews; read again every minute.</summary>
    public string? TokenFile { get; init; }

    /// <summary>A program that gives credentials.</summary>
    public ExecPlugin? Exec { get; init; }

    /// <summary>PEM.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>PEM.</summary>
    public string? ClientKey { get; init; }

    /// <summary>Without secrets.</summary>
    public override string ToString() => $"{Name} ({Server})";
}

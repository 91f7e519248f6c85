using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Fairway.Git;

/// <summary>The name of a hosted repository. Valid by construction: neither part can leave the root or collide with git's own files.</summary>
public sealed partial record RepositoryName
{
    private RepositoryName(string @namespace, string name)
    {
        Namespace = @namespace;
        Name = name;
    }

    public string Namespace { get; }

    public string Name { get; }

    /// <summary>The path below the root: <c>shop/web.git</c>.</summary>
    public string RelativePath => $"{Namespace}/{Name}.git";

    /// <summary>Takes names as Kubernetes has them: lower-case letters, digits, <c>-</c> and (in the name) single dots, starting and ending with a letter or digit.</summary>
    /// <exception cref="ArgumentException">The name is not valid; the message says why.</exception>
    public static RepositoryName Of(string @namespace, string name)
        => TryOf(@namespace, name, out RepositoryName? valid)
            ? valid
            : throw new ArgumentException($"'{@namespace}/{name}' is not a repository name: lower-case letters, digits, '-' and '.' are allowed.", nameof(name));

    public static bool TryOf(string? @namespace, string? name, [NotNullWhen(true)] out RepositoryName? valid)
    {
        valid = @namespace is { Length: <= 63 } && name is { Length: <= 200 }
            && NamespacePattern().IsMatch(@namespace) && NamePattern().IsMatch(name) && !name.EndsWith(".git", StringComparison.Ordinal)
            ? new RepositoryName(@namespace, name)
            : null;
        return valid is not null;
    }

    public override string ToString() => $"{Namespace}/{Name}";

    [GeneratedRegex(@"\A[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NamespacePattern();

    [GeneratedRegex(@"\A[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex NamePattern();
}

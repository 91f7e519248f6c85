using System.Security.Cryptography;
using System.Text;

namespace Fairway.Delivery;

/// <summary>Labels and annotations that delivery puts on what it brings to a cluster.</summary>
public static class Labels
{
    public const string Application = "fairway.dev/application";

    /// <summary>The hub namespace of the application: two teams may each have one of the same name.</summary>
    public const string ApplicationNamespace = "fairway.dev/application-namespace";

    public const string Environment = "fairway.dev/environment";

    /// <summary>On workloads and their pod templates: which release they run.</summary>
    public const string Release = "fairway.dev/release";

    /// <summary><c>canary</c> on everything that a rollout makes.</summary>
    public const string Track = "fairway.dev/track";

    /// <summary>On what a rollout makes: the rollout.</summary>
    public const string Rollout = "fairway.dev/rollout";

    /// <summary>On what a rollout makes: a digest of what it was made from.</summary>
    public const string Digest = "fairway.dev/digest";

    private const int MaxValue = 63;

    /// <summary>A text as a label value or name part: cut to 63 characters, with a hash in place of what is lost.</summary>
    public static string Value(string text)
    {
        if (text.Length <= MaxValue)
        {
            return text;
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
        return $"{text[..(MaxValue - 9)].TrimEnd('-', '.', '_')}-{hash}";
    }

    /// <summary>The name of a canary object: the name with <c>-canary</c>, never longer than a label may be.</summary>
    public static string Canary(string name)
    {
        const string suffix = "-canary";
        if (name.Length + suffix.Length <= MaxValue)
        {
            return name + suffix;
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..6];
        return $"{name[..(MaxValue - suffix.Length - 7)].TrimEnd('-', '.', '_')}-{hash}{suffix}";
    }
}

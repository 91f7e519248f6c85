namespace Fairway.Pipelines.Execution;

/// <summary>Replaces secrets in whatever is shown. Safe for concurrent use; costs nothing as long as there are none.</summary>
internal sealed class Masker
{
    private const string Mask = "***";
    private readonly Lock _gate = new();

    // Longest first, so that a secret within another does not leave the rest of it readable. Replaced as a whole under the lock.
    private string[] _secrets = [];

    /// <summary>From now on this text, and each line of it, is not shown.</summary>
    public void Add(string secret)
    {
        string[] lines = secret.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        lock (_gate)
        {
            _secrets = [.. _secrets.Union(lines, StringComparer.Ordinal).OrderByDescending(text => text.Length)];
        }
    }

    public string Apply(string text)
    {
        foreach (string secret in _secrets)
        {
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        return text;
    }

    public bool Hides(string text) => Array.Exists(_secrets, secret => text.Contains(secret, StringComparison.Ordinal));
}

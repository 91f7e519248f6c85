namespace Fairway.Pipelines.Execution;

/// <summary>How a shell is called: the arguments and the script file's ending and content.</summary>
internal sealed record Script(IReadOnlyList<string> Arguments, string Extension, string Content)
{
    private const string Place = "{0}";

    /// <param name="shell">As in the workflow; null for the default.</param>
    /// <param name="text">The script.</param>
    /// <param name="search">The PATH in which programs are looked for.</param>
    public static Script For(string? shell, string text, string search)
    {
        string unix = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        string content = unix.EndsWith('\n') ? unix : unix + "\n";
        return shell switch
        {
            null when IsThere("bash", search) => new(["bash", "-e", Place], ".sh", content),
            null => new(["sh", "-e", Place], ".sh", content),
            "bash" => new(["bash", "--noprofile", "--norc", "-eo", "pipefail", Place], ".sh", content),
            "sh" => new(["sh", "-e", Place], ".sh", content),
            "python" => new([IsThere("python", search) ? "python" : "python3", Place], ".py", content),
            "pwsh" => new(["pwsh", "-command", $". '{Place}'"], ".ps1", $"$ErrorActionPreference = 'stop'\n{content}if ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) {{ exit $LASTEXITCODE }}\n"),
            _ => new(shell.Split(' ', StringSplitOptions.RemoveEmptyEntries), "", content),
        };
    }

    public IReadOnlyList<string> ArgumentsWith(string file) => [.. Arguments.Select(argument => argument.Replace(Place, file, StringComparison.Ordinal))];

    public static bool IsThere(string program, string search)
        => search.Split(':', StringSplitOptions.RemoveEmptyEntries).Any(directory => File.Exists(Path.Combine(directory, program)));
}

namespace Fairway.Cli;

/// <summary>What the program's exit codes mean. Scripts rely on them.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The command ran and what it was asked for did not come true.</summary>
    public const int Failed = 1;

    /// <summary>The command line does not make sense.</summary>
    public const int Usage = 2;

    /// <summary>No platform runs in the data directory.</summary>
    public const int NotRunning = 3;

    /// <summary>The platform refused: not found, forbidden, conflict, invalid.</summary>
    public const int Refused = 4;

    /// <summary>Ended by Ctrl-C.</summary>
    public const int Interrupted = 130;
}

/// <summary>An expected end of a command: one sentence for the person, one code for the script.</summary>
internal sealed class CommandFailure(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

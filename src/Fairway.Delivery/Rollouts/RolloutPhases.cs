namespace Fairway.Delivery.Rollouts;

/// <summary>The values of a rollout's status.phase.</summary>
internal static class RolloutPhases
{
    public const string Pending = "Pending";
    public const string Starting = "Starting";
    public const string Progressing = "Progressing";
    public const string Paused = "Paused";
    public const string Analyzing = "Analyzing";
    public const string Finishing = "Finishing";
    public const string Succeeded = "Succeeded";
    public const string Aborting = "Aborting";
    public const string Aborted = "Aborted";

    public static bool HasEnded(string? phase) => phase is Succeeded or Aborted;

    /// <summary>From here on the stable workloads are to have the new release.</summary>
    public static bool StableFollows(string? phase) => phase is Finishing or Succeeded;
}

namespace Fairway.Delivery.Promotions;

/// <summary>The values of a promotion's status.phase.</summary>
internal static class PromotionPhases
{
    public const string Pending = "Pending";
    public const string AwaitingApproval = "AwaitingApproval";
    public const string Writing = "Writing";
    public const string Syncing = "Syncing";
    public const string RollingOut = "RollingOut";
    public const string Verifying = "Verifying";
    public const string Reverting = "Reverting";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";
    public const string Aborted = "Aborted";
    public const string Superseded = "Superseded";

    public static bool HasEnded(string? phase) => phase is Succeeded or Failed or Aborted or Superseded;

    /// <summary>Has passed its gate: from here on it writes to the environment or has written.</summary>
    public static bool IsUnderWay(string? phase) => phase is Writing or Syncing or RollingOut or Verifying or Reverting;
}

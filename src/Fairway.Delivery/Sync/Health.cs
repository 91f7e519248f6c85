namespace Fairway.Delivery.Sync;

/// <summary>How an object, an environment or an application is. The words are Argo CD's; the order is from best to worst.</summary>
internal sealed record Health(string Status, string? Message = null)
{
    public const string Healthy = "Healthy";
    public const string Suspended = "Suspended";
    public const string Progressing = "Progressing";
    public const string Missing = "Missing";
    public const string Degraded = "Degraded";
    public const string Unknown = "Unknown";

    private static readonly string[] Order = [Healthy, Suspended, Progressing, Missing, Degraded, Unknown];

    public static Health Good { get; } = new(Healthy);

    /// <summary>The worst of several; nothing at all is Healthy.</summary>
    public static Health Worst(IEnumerable<Health> all) => all.DefaultIfEmpty(Good).MaxBy(health => Array.IndexOf(Order, health.Status))!;
}

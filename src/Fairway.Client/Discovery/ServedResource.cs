using Fairway.Resources;

namespace Fairway.Client;

/// <summary>A resource that a cluster serves, by its own word.</summary>
/// <param name="Type">Where it is served.</param>
/// <param name="Verbs">What may be asked of it: <c>get</c>, <c>list</c>, <c>patch</c>, …</param>
public sealed record ServedResource(ResourceType Type, IReadOnlyList<string> Verbs)
{
    /// <summary>Whether the cluster takes this verb for it.</summary>
    public bool Takes(string verb) => Verbs.Contains(verb);
}

using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>A change of the cache.</summary>
/// <param name="Before">The object before; null when it is new to the cache.</param>
/// <param name="After">The object now; null when it is gone.</param>
public readonly record struct InformerChange(Document? Before, Document? After)
{
    public ObjectKey Key => ObjectKey.Of(After ?? Before!);
}

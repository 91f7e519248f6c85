namespace Fairway.Delivery.Rendering;

/// <summary>Manifests that cannot be delivered; the message names file, line or field, the value and what was expected.</summary>
public sealed class RenderException : Exception
{
    public RenderException(string message)
        : base(message)
    {
    }

    public RenderException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

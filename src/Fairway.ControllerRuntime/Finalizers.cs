using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>Names of those who must act before an object is removed.</summary>
public static class Finalizers
{
    public static bool HasFinalizer(this ObjectMeta metadata, string name) => metadata.Finalizers?.Contains(name, StringComparer.Ordinal) == true;

    public static ObjectMeta WithFinalizer(this ObjectMeta metadata, string name)
        => metadata.HasFinalizer(name) ? metadata : metadata with { Finalizers = [.. metadata.Finalizers ?? [], name] };

    public static ObjectMeta WithoutFinalizer(this ObjectMeta metadata, string name)
        => metadata.HasFinalizer(name) ? metadata with { Finalizers = [.. metadata.Finalizers!.Where(finalizer => finalizer != name)] } : metadata;
}

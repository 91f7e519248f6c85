using System.Text.Json;

namespace Fairway.Resources.Kinds.Apps;

/// <summary>ControllerRevision keeps a past template of a StatefulSet or DaemonSet, so that one can go back to it. Its data never changes.</summary>
[Kind("apps/v1", "controllerrevisions")]
public sealed record ControllerRevision : IResource
{
    public string ApiVersion => "apps/v1";

    public string Kind => "ControllerRevision";

    public ObjectMeta Metadata { get; init; } = new();

    /// <summary>A patch that sets the object back to this revision.</summary>
    [FreeForm]
    public JsonElement? Data { get; init; }

    /// <summary>Grows with each revision of the owner.</summary>
    public required long Revision { get; init; }
}

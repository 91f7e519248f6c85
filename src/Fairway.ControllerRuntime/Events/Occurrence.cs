using Fairway.Resources.Kinds.Core;

namespace Fairway.ControllerRuntime;

/// <summary>Something that happened to an object, as told to an <see cref="EventRecorder"/>.</summary>
internal sealed record Occurrence(ObjectReference About, string Type, string Reason, string Message, string? Host, DateTimeOffset At)
{
    /// <summary>What makes two occurrences the same one.</summary>
    public Sameness Sameness => new(Subject, About.FieldPath, Type, Reason, Message);

    /// <summary>What makes two occurrences alike: everything but the words.</summary>
    public Sameness Likeness => new(Subject, null, Type, Reason, null);

    /// <summary>Who tells about what: the unit in which floods are held back.</summary>
    public Subject Subject => new(Host, About.ApiVersion, About.Kind, About.Namespace, About.Name, About.Uid);
}

/// <summary>An object as one node or controller tells about it.</summary>
internal readonly record struct Subject(string? Host, string? ApiVersion, string? Kind, string? Namespace, string? Name, string? Uid);

/// <summary>What is equal in occurrences that are counted together; no message when only their reason is.</summary>
internal readonly record struct Sameness(Subject Subject, string? FieldPath, string Type, string Reason, string? Message);

namespace Fairway.Telemetry.Logs.Query.Stages;

/// <summary>One stage of a query: it reads, changes or leaves out a line. Stages keep nothing between lines and serve several queries at once.</summary>
internal abstract class LogStage
{
    /// <summary>The stage as a query has it, with the pipe before it.</summary>
    public abstract string Text { get; }

    /// <summary>The labels that it looks at.</summary>
    public virtual IReadOnlyList<string> Required => [];

    /// <summary>False leaves the line out.</summary>
    public abstract bool Apply(LineState line);

    public override string ToString() => Text;
}

namespace Fairway.Pipelines;

/// <summary>A line that a step printed, with secrets masked.</summary>
/// <param name="Namespace">The run's.</param>
/// <param name="Run">The run's name.</param>
/// <param name="Job">The job's id.</param>
/// <param name="Step">The step's number, from 1.</param>
/// <param name="At">When it was printed.</param>
public sealed record StepLine(string Namespace, string Run, string Job, int Step, DateTimeOffset At, string Text);

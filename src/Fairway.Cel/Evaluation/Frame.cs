using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Fairway.Cel.Evaluation;

internal delegate CelValue Evaluator(Frame frame);

/// <summary>The state of one evaluation.</summary>
internal sealed class Frame(CelBindings bindings, int locals, CelLimits limits, CancellationToken cancellationToken)
{
    /// <summary>How many steps of loops go by between looks at the cancellation token.</summary>
    private const int InterruptInterval = 100;

    private readonly long _maxCost = limits.MaxCost;
    private int _steps;

    public CelBindings Bindings { get; } = bindings;

    public CelValue[] Locals { get; } = locals == 0 ? [] : new CelValue[locals];

    public long Cost { get; private set; }

    /// <summary>Gets the nodes' values as they become known; null unless someone traces.</summary>
    public Action<Syntax.Expr, CelValue>? Observer { get; init; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Charge(long cost)
    {
        if ((Cost += cost) > _maxCost)
        {
            Stop(CelErrorKind.Limit, "operation cancelled: actual cost limit exceeded");
        }
    }

    public void CheckSize(long elements)
    {
        if (elements > limits.MaxElements)
        {
            Stop(CelErrorKind.Limit, "operation cancelled: size limit exceeded");
        }
    }

    /// <summary>Called at each turn of a loop.</summary>
    public void Step()
    {
        if (++_steps % InterruptInterval == 0 && cancellationToken.IsCancellationRequested)
        {
            Stop(CelErrorKind.Cancelled, "operation interrupted");
        }
    }

    [DoesNotReturn]
    private static void Stop(CelErrorKind kind, string message) => throw new EvaluationStopped(new CelError(message, kind));
}

/// <summary>Ends an evaluation at once: limits are not absorbed by logic operators.</summary>
internal sealed class EvaluationStopped(CelError error) : Exception(error.Message)
{
    public CelError Error { get; } = error;
}

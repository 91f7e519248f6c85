namespace Fairway.Cel;

/// <summary>Why an evaluation failed.</summary>
public enum CelErrorKind
{
    /// <summary>The expression's own failure: a missing key, an overflow, a type without such an operation.</summary>
    Evaluation,

    /// <summary>A limit of the host: cost, depth, size.</summary>
    Limit,

    /// <summary>The host's cancellation.</summary>
    Cancelled,

    /// <summary>Not known yet: the host bound a variable or a part of it as unknown (<see cref="CelValue.Unknown"/>).</summary>
    Unknown,
}

/// <summary>A failure as a value. Logic operators absorb <see cref="CelErrorKind.Evaluation"/> and <see cref="CelErrorKind.Unknown"/>.</summary>
public sealed class CelError : CelObject
{
    internal CelError(string message, CelErrorKind kind = CelErrorKind.Evaluation, int offset = -1)
        : base(CelKind.Error)
    {
        Message = message;
        Reason = kind;
        Offset = offset;
    }

    public string Message { get; }

    public CelErrorKind Reason { get; }

    /// <summary>Where in the expression's text, in UTF-16 units from its start; -1 when not tied to a place.</summary>
    public int Offset { get; }

    internal CelError At(int offset) => Offset >= 0 ? this : new CelError(Message, Reason, offset);

    public override string ToString() => Message;
}

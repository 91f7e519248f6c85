namespace Fairway.ControllerRuntime;

/// <summary>
/// Decides what of the things told becomes an event, so that an object in trouble does not flood its cluster. Follows the
/// correlation of Kubernetes' client library:
/// <list type="number">
/// <item>Ten different messages of one reason within ten minutes are told as one from then on, with a prefix that says so.</item>
/// <item>What was told already raises the count of its event.</item>
/// <item>About one object 25 may be told in a burst, and one in five minutes after that; the others only count.</item>
/// </list>
/// </summary>
/// <remarks>Not for concurrent use. Remembers 4096 of each, so that memory is bounded; every step costs O(1).</remarks>
internal sealed class EventCorrelator
{
    private const int Remembered = 4096;
    private const int AlikeBeforeCombining = 10;
    private const int Burst = 25;
    private const string Combined = "(combined from similar events): ";

    private static readonly TimeSpan CombiningWindow = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan TokenPeriod = TimeSpan.FromMinutes(5);

    private readonly RecentlyUsed<Sameness, Alike> _alike = new(Remembered);
    private readonly RecentlyUsed<Sameness, Written> _written = new(Remembered);
    private readonly RecentlyUsed<Subject, Tokens> _tokens = new(Remembered);

    /// <summary>What to write for an occurrence; null when nothing is to be written.</summary>
    public Correlated? Observe(Occurrence told)
    {
        // 1. Combine what is alike.
        bool isCombined = IsOneOfMany(told);
        Sameness key = isCombined ? told.Likeness : told.Sameness;
        string message = isCombined ? Combined + told.Message : told.Message;

        // 2. Count what is the same.
        Written written = _written.TryGet(key, out Written? before)
            ? before with { Count = before.Count + 1 }
            : new Written(null, 1, told.At);
        _written.Set(key, written);

        // 3. Hold back floods: what is held back has been counted.
        return HasToken(told) ? new Correlated(key, written.Name, message, written.Count, written.First, isCombined) : null;
    }

    /// <summary>Notes the name under which an event was created.</summary>
    public void Created(Correlated correlated, string name)
    {
        if (_written.TryGet(correlated.Key, out Written? written))
        {
            _written.Set(correlated.Key, written with { Name = name });
        }
    }

    private bool IsOneOfMany(Occurrence told)
    {
        Sameness likeness = told.Likeness;
        if (!_alike.TryGet(likeness, out Alike? alike) || told.At - alike.Last > CombiningWindow)
        {
            alike = new Alike();
            _alike.Set(likeness, alike);
        }

        alike.Last = told.At;
        alike.Messages.Add(told.Message);
        if (alike.Messages.Count < AlikeBeforeCombining)
        {
            return false;
        }

        // Which one goes does not matter: the set only has to stay one short of the limit.
        alike.Messages.Remove(told.Message);
        return true;
    }

    private bool HasToken(Occurrence told)
    {
        if (!_tokens.TryGet(told.Subject, out Tokens? tokens))
        {
            tokens = new Tokens { Left = Burst, At = told.At };
            _tokens.Set(told.Subject, tokens);
        }

        double gained = Math.Max(0, (told.At - tokens.At) / TokenPeriod);
        tokens.Left = Math.Min(Burst, tokens.Left + gained);
        tokens.At = told.At > tokens.At ? told.At : tokens.At;
        if (tokens.Left < 1)
        {
            return false;
        }

        tokens.Left--;
        return true;
    }

    private sealed class Alike
    {
        public HashSet<string> Messages { get; } = new(StringComparer.Ordinal);

        public DateTimeOffset Last { get; set; }
    }

    private sealed class Tokens
    {
        public double Left { get; set; }

        public DateTimeOffset At { get; set; }
    }

    private sealed record Written(string? Name, int Count, DateTimeOffset First);
}

/// <summary>An event as it is to stand.</summary>
/// <param name="Key">What it counts.</param>
/// <param name="Name">The event that is there already; null when it must be created.</param>
/// <param name="Message">What it says.</param>
/// <param name="Count">How often it happened.</param>
/// <param name="First">When it happened first.</param>
/// <param name="IsCombined">It stands for many that are alike.</param>
internal sealed record Correlated(Sameness Key, string? Name, string Message, int Count, DateTimeOffset First, bool IsCombined);

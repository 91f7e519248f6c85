using System.Collections.Concurrent;

namespace Fairway.Storage;

/// <summary>What readers and watchers see: the state, replaced by one reference write, and the latest events of each collection.</summary>
internal sealed class PublishedState(StoreState state, long eventsFrom, RevisionLogOptions options)
{
    private readonly ConcurrentDictionary<CollectionKey, EventWindow> _windows = new();
    private readonly EventWindow _any = new(0, 1, TimeSpan.MaxValue); // never holds an event; wakes those who wait for a revision
    private StoreState _state = state;
    private long _announced = state.Revision;

    public StoreState State => Volatile.Read(ref _state);

    /// <summary>Every event up to here is in its window.</summary>
    public long Announced => Volatile.Read(ref _announced);

    public EventWindow Window(CollectionKey collection)
        => _windows.GetOrAdd(collection, static (_, self) => self.NewWindow(), this);

    /// <summary>Completes when the next revision has been announced.</summary>
    public Task NextRevision() => _any.Changed();

    /// <summary>Fills the windows with events from before the program started. Before the first reader.</summary>
    public void Recall(RevisionEvent change, DateTimeOffset at) => Window(change.Key.Collection).Append(change, at);

    /// <summary>
    /// State first, so that whoever hears of an event can read at least its revision; then the events; then the promise that
    /// they are all there; then the wake-up.
    /// </summary>
    public void Publish(StoreState next, List<RevisionEvent> events, DateTimeOffset at)
    {
        Volatile.Write(ref _state, next);
        var touched = new HashSet<EventWindow>();
        foreach (RevisionEvent change in events)
        {
            EventWindow window = Window(change.Key.Collection);
            window.Append(change, at);
            touched.Add(window);
        }

        Volatile.Write(ref _announced, next.Revision);
        foreach (EventWindow window in touched)
        {
            window.Pulse();
        }

        _any.Pulse();
    }

    /// <summary>Lets go of events that are too old.</summary>
    public void Expire(DateTimeOffset now)
    {
        foreach (var (_, window) in _windows)
        {
            window.Expire(now);
        }
    }

    /// <summary>Wakes everybody, to find that the log is closed.</summary>
    public void WakeAll()
    {
        foreach (var (_, window) in _windows)
        {
            window.Pulse();
        }

        _any.Pulse();
    }

    private EventWindow NewWindow() => new(eventsFrom, options.WindowCount, options.WindowAge);
}

using System.Collections.Immutable;

namespace Fairway.Node.Runtimes;

/// <summary>Who wants to hear of changed pods. Telling never blocks on subscribing.</summary>
internal sealed class PodSubscribers
{
    private ImmutableList<Action<string>> _subscribers = [];

    public IDisposable Add(Action<string> subscriber)
    {
        ImmutableInterlocked.Update(ref _subscribers, list => list.Add(subscriber));
        return new Subscription(this, subscriber);
    }

    public void Tell(string podUid)
    {
        foreach (Action<string> subscriber in _subscribers)
        {
            subscriber(podUid);
        }
    }

    private sealed class Subscription(PodSubscribers owner, Action<string> subscriber) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref owner._subscribers, list => list.Remove(subscriber));
    }
}

using Fairway.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.ControllerRuntime.Tests;

public sealed class WorkQueueTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task Add_TheSameKeyTwice_IsHandedOutOnce()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.Add("a");
        queue.Add("a");
        queue.Length.ShouldBe(1);
        (await queue.TakeAsync(default)).ShouldBe("a");
        queue.Done("a");
        queue.Length.ShouldBe(0);
    }

    [Fact]
    public async Task Add_WhileBeingWorkedOn_IsHandedOutAfterDone()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.Add("a");
        await queue.TakeAsync(default);
        queue.Add("a");
        ValueTask<string> next = queue.TakeAsync(default);
        next.IsCompleted.ShouldBeFalse();
        queue.Done("a");
        (await next).ShouldBe("a");
    }

    [Fact]
    public void AddAfter_TwoTimes_TheEarlierCounts()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        queue.AddAfter("a", TimeSpan.FromSeconds(3));
        queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(2.9));
        queue.Length.ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        queue.Length.ShouldBe(1);
        queue.Delayed.ShouldBe(0);
    }

    [Fact]
    public void AddAfterFailure_Repeated_DoublesUpToTheCap()
    {
        using var queue = new WorkQueue<string>(_time);
        double[] waits = [.. Enumerable.Range(0, 15).Select(_ => queue.AddAfterFailure("a").TotalMilliseconds)];
        waits[..4].ShouldBe([5, 10, 20, 40]);
        waits[^1].ShouldBe(30_000);
        queue.Forget("a");
        queue.AddAfterFailure("a").TotalMilliseconds.ShouldBe(5);
    }

    [Fact]
    public async Task Dispose_WhileSomeoneWaits_ReleasesThem()
    {
        var queue = new WorkQueue<string>(_time);
        Task<string> taker = queue.TakeAsync(default).AsTask();
        queue.Dispose();
        await Should.ThrowAsync<System.Threading.Channels.ChannelClosedException>(taker);
    }

    /// <summary>Random adds, delays, takes and dones against a plain model: nothing is lost, doubled or worked on twice at once.</summary>
    [Fact]
    public void Queue_UnderRandomUse_BehavesAsItsModel()
        => Prop.ForAll(ArbMap.Default.ArbFor<(byte Action, byte Key, byte Delay)[]>(), steps =>
        {
            var time = new ManualTime();
            using var queue = new WorkQueue<int>(time);
            var dirty = new HashSet<int>();
            var processing = new HashSet<int>();
            var due = new Dictionary<int, DateTimeOffset>();
            foreach ((byte action, byte rawKey, byte delay) in steps)
            {
                int key = rawKey % 4;
                switch (action % 5)
                {
                    case 0:
                        queue.Add(key);
                        dirty.Add(key);
                        break;
                    case 1:
                        queue.AddAfter(key, TimeSpan.FromSeconds(1 + (delay % 7)));
                        DateTimeOffset at = time.GetUtcNow().AddSeconds(1 + (delay % 7));
                        due[key] = due.TryGetValue(key, out DateTimeOffset known) && known < at ? known : at;
                        break;
                    case 2:
                        int? taken = TryTake(queue);
                        bool any = dirty.Any(candidate => !processing.Contains(candidate));
                        if (taken.HasValue != any)
                        {
                            return false;
                        }

                        if (taken is { } got && (!dirty.Remove(got) || !processing.Add(got)))
                        {
                            return false;
                        }

                        break;
                    case 3 when processing.Remove(key):
                        queue.Done(key);
                        break;
                    case 4:
                        time.Advance(TimeSpan.FromSeconds(delay % 4));
                        foreach (int ready in due.Where(entry => entry.Value <= time.GetUtcNow()).Select(entry => entry.Key).ToArray())
                        {
                            due.Remove(ready);
                            dirty.Add(ready);
                        }

                        break;
                }

                if (queue.Length != dirty.Count || queue.Delayed != due.Count)
                {
                    return false;
                }
            }

            return true;
        }).ShouldHold();

    [Fact]
    public async Task Add_WhileWaitingAfterFailures_EndsTheWaitOnlyWhenSaid()
    {
        using var queue = new WorkQueue<string>(_time);
        await FailAsync(queue, 12);
        queue.Add("a", Wake.WithRetry);
        queue.Length.ShouldBe(0, "what is reported of a failing key is no reason to try again");
        _time.Advance(TimeSpan.FromSeconds(2));
        queue.Length.ShouldBe(0);
        queue.Add("a", Wake.Soon);
        queue.Length.ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(1));
        queue.Length.ShouldBe(1, "what changes around it is a reason, a second later");
        await FailAsync(queue, 1);
        queue.Add("a");
        queue.Length.ShouldBe(1, "what is asked for changed");
    }

    [Fact]
    public async Task Add_WhileTheFailingWorkIsUnderWay_WaitsWithTheRetry()
    {
        using var queue = new WorkQueue<string>(_time);
        await FailAsync(queue, 12);
        queue.Add("a");
        await queue.TakeAsync(default);
        queue.Add("a", Wake.WithRetry);
        queue.AddAfterFailure("a");
        queue.Done("a");
        queue.Length.ShouldBe(0);

        queue.Add("a");
        await queue.TakeAsync(default);
        queue.Add("a", Wake.WithRetry);
        queue.Forget("a");
        queue.Done("a");
        queue.Length.ShouldBe(1, "after a success every change counts");
    }

    /// <summary>Works in vain, again and again as soon as it is handed out; leaves the key waiting.</summary>
    private async Task FailAsync(WorkQueue<string> queue, int times)
    {
        queue.Add("a");
        for (int time = 1; time <= times; time++)
        {
            await queue.TakeAsync(default);
            TimeSpan wait = queue.AddAfterFailure("a");
            queue.Done("a");
            if (time < times)
            {
                _time.Advance(wait);
            }
        }
    }

    private static int? TryTake(WorkQueue<int> queue)
    {
        using var now = new CancellationTokenSource();
        Task<int> taken = queue.TakeAsync(now.Token).AsTask();
        now.Cancel();
        try
        {
            return taken.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}

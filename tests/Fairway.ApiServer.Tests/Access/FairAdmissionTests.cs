namespace Fairway.ApiServer.Tests.Access;

public sealed class FairAdmissionTests
{
    [Fact]
    public async Task Enter_WhileOneUserFillsTheServer_LetsAnotherInNext()
    {
        var fair = new FairAdmission(new FairLimits { InFlight = 2, QueuePerUser = 100 }, TimeProvider.System);
        IDisposable first = (await fair.EnterAsync("noisy", default))!;
        IDisposable second = (await fair.EnterAsync("noisy", default))!;
        var noisy = new List<Task<IDisposable?>>();
        for (int number = 0; number < 50; number++)
        {
            noisy.Add(fair.EnterAsync("noisy", default).AsTask());
        }

        Task<IDisposable?> quiet = fair.EnterAsync("quiet", default).AsTask();
        quiet.IsCompleted.ShouldBeFalse();

        first.Dispose();

        (await quiet.WaitAsync(TimeSpan.FromSeconds(10))).ShouldNotBeNull();
        noisy.ShouldAllBe(task => !task.IsCompleted);
        second.Dispose();
        (await noisy[0].WaitAsync(TimeSpan.FromSeconds(10))).ShouldNotBeNull();
    }

    [Fact]
    public async Task Enter_WithTooManyWaiting_RefusesTheirUserAlone()
    {
        var fair = new FairAdmission(new FairLimits { InFlight = 1, QueuePerUser = 1 }, TimeProvider.System);
        using IDisposable running = (await fair.EnterAsync("noisy", default))!;
        Task<IDisposable?> waiting = fair.EnterAsync("noisy", default).AsTask();

        (await fair.EnterAsync("noisy", default)).ShouldBeNull();

        Task<IDisposable?> quiet = fair.EnterAsync("quiet", default).AsTask();
        quiet.IsCompleted.ShouldBeFalse();
        waiting.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Enter_GivenUp_LeavesNoTrace()
    {
        var fair = new FairAdmission(new FairLimits { InFlight = 1, QueuePerUser = 1 }, TimeProvider.System);
        IDisposable running = (await fair.EnterAsync("a", default))!;
        using var leaving = new CancellationTokenSource();
        Task<IDisposable?> waiting = fair.EnterAsync("b", leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);

        running.Dispose();

        (await fair.EnterAsync("c", default)).ShouldNotBeNull();
    }

    [Fact]
    public void EnterLong_BeyondTheLimit_IsRefusedUntilOneEnds()
    {
        var fair = new FairAdmission(new FairLimits { LongPerUser = 1 }, TimeProvider.System);
        IDisposable watch = fair.EnterLong("a")!;

        fair.EnterLong("a").ShouldBeNull();
        fair.EnterLong("b").ShouldNotBeNull();
        watch.Dispose();
        fair.EnterLong("a").ShouldNotBeNull();
    }
}

using Fairway.Resources;

namespace Fairway.Storage;

/// <summary>What the writer is asked to do: one of the cases below.</summary>
internal abstract class WriterRequest
{
    private WriterRequest()
    {
    }

    public abstract void Fail(Exception reason);

    /// <summary>A commit, from the moment that it is asked for until its caller is answered.</summary>
    internal sealed class Commit(StorageKey key, Func<Document?, long, Mutation> decide) : WriterRequest
    {
        private readonly TaskCompletionSource<CommitResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CommitResult _result;
        private Exception? _refusal;

        public StorageKey Key { get; } = key;

        public Task<CommitResult> Answer => _answer.Task;

        public Mutation Decide(Document? current, long revision) => decide(current, revision);

        public void Decided(CommitResult result) => _result = result;

        public void Refused(Exception refusal) => _refusal = refusal;

        /// <summary>Answers the caller with what was decided: the batch is durable.</summary>
        public void Complete()
        {
            if (_refusal is null)
            {
                _answer.SetResult(_result);
            }
            else
            {
                _answer.SetException(_refusal);
            }
        }

        public override void Fail(Exception reason) => _answer.TrySetException(reason);
    }

    /// <summary>Work on the database between batches.</summary>
    internal sealed class Maintenance(Func<RevisionDatabase, bool> work) : WriterRequest
    {
        private readonly TaskCompletionSource<bool> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<bool> Answer => _answer.Task;

        public void Run(RevisionDatabase database)
        {
            try
            {
                _answer.SetResult(work(database));
            }
            catch (Exception failure)
            {
                _answer.SetException(failure);
            }
        }

        public override void Fail(Exception reason) => _answer.TrySetException(reason);
    }
}

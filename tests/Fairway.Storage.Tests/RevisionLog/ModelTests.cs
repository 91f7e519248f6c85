using Fairway.Resources;
using static Fairway.Storage.Tests.Objects;

namespace Fairway.Storage.Tests;

/// <summary>
/// Random operations against the log and against a model that keeps every state in a list; after each, what can be observed must
/// be the same. A failure prints the seed.
/// </summary>
public sealed class ModelTests
{
    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 12));

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Log_UnderRandomOperations_BehavesLikeTheModel(int seed)
    {
        await using var run = new ModelRun(seed);
        await run.OpenAsync();
        for (int step = 0; step < 150; step++)
        {
            string operation = await run.StepAsync();
            await run.CheckAsync($"seed {seed}, step {step}: {operation}");
        }
    }

    /// <summary>The log, the model beside it and the operations on both.</summary>
    private sealed class ModelRun(int seed) : IAsyncDisposable
    {
        private static readonly string[] Resources = ["configmaps", "secrets", "deployments.apps"];
        private static readonly string[] Namespaces = ["", "alpha", "shop"];

        private const int WindowCount = 30;

        private readonly Random _random = new(seed);

        // The model: the state after every revision, and every event.
        private readonly List<SortedDictionary<string, string>> _states = [new(StringComparer.Ordinal)];
        private readonly List<(long Revision, string Key, string Text)> _events = [];
        private TempDirectory _directory = new();
        private RevisionLog _log = null!;
        private long _oldest;
        private long _recalledFrom;

        private long Revision => _states.Count - 1;

        public async Task OpenAsync()
        {
            _log = await Objects.OpenAsync(_directory, options => options with { HistoryCount = 40, CompactionChunk = 5, WindowCount = WindowCount });
            _recalledFrom = Math.Max(_oldest, Revision - WindowCount);
        }

        public async Task<string> StepAsync()
        {
            StorageKey key = RandomKey();
            switch (_random.Next(20))
            {
                case < 9:
                    await PutAsync(key);
                    return $"put {key}";
                case < 12:
                    await ConditionalPutAsync(key);
                    return $"conditional put {key}";
                case < 15:
                    await RemoveAsync(key);
                    return $"delete {key}";
                case < 17:
                    await TogetherAsync();
                    return "many at once";
                case 17:
                    await _log.CompactAsync(CancellationToken.None);
                    _oldest = Math.Max(_oldest, Revision - 40);
                    return "compact";
                case 18:
                    await _log.DisposeAsync();
                    await OpenAsync();
                    return "close and open";
                default:
                    await CrashAsync();
                    return "crash";
            }
        }

        public async Task CheckAsync(string context)
        {
            _log.Revision.ShouldBe(Revision, context);
            StorageKey key = RandomKey();
            Describe(_log.Get(key)).ShouldBe(_states[^1].GetValueOrDefault(key.ToString(), "-"), context);
            string @namespace = Namespaces[_random.Next(Namespaces.Length)];
            _log.List(key.Cluster, key.GroupResource, @namespace).Select(Describe).ShouldBe(Expected(_states[^1], key, @namespace), context);

            long at = _random.NextInt64(_oldest, Revision + 1);
            Snapshot past = await _log.ListAtAsync(key.Cluster, key.GroupResource, @namespace, at, CancellationToken.None);
            past.Select(Describe).ShouldBe(Expected(_states[(int)at], key, @namespace), $"{context}, list at {at}");
            Describe(await _log.GetAtAsync(key, at, CancellationToken.None)).ShouldBe(_states[(int)at].GetValueOrDefault(key.ToString(), "-"), $"{context}, get at {at}");
            await CheckWatchAsync(key, context);
        }

        public async ValueTask DisposeAsync()
        {
            await _log.DisposeAsync();
            _directory.Dispose();
        }

        private async Task CheckWatchAsync(StorageKey key, string context)
        {
            string prefix = $"{key.Cluster}/{key.GroupResource}/";
            long from = _random.NextInt64(0, Revision + 1);
            string[] expected = [.. _events.Where(change => change.Revision > from && change.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(change => change.Text)];
            var seen = new List<string>();
            try
            {
                await foreach (RevisionEvent change in _log.WatchAsync(key.Cluster, key.GroupResource, null, from, TimeSpan.FromMilliseconds(1), CancellationToken.None))
                {
                    if (change.Type == RevisionEventType.Progress)
                    {
                        change.Revision.ShouldBe(Revision, context);
                        break;
                    }

                    seen.Add(Text(change.Revision, change.Type, change.Document, change.Previous));
                }

                seen.ToArray().ShouldBe(expected, customMessage: $"{context}, watch from {from}");
            }
            catch (StatusException refusal) when (refusal.IsExpired)
            {
                // Honest only when the window could not hold what was asked for, or the log was opened since.
                seen.ShouldBeEmpty(context);
                (from < _recalledFrom || expected.Length > WindowCount).ShouldBeTrue($"{context}, watch from {from}: {refusal.Message}");
            }
        }

        private static string[] Expected(SortedDictionary<string, string> state, StorageKey key, string @namespace)
        {
            string prefix = $"{key.Cluster}/{key.GroupResource}/{(@namespace.Length == 0 ? "" : @namespace + "/")}";
            return
            [
                .. state.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
                    .OrderBy(pair => StorageKey.Parse(pair.Key).Namespace, StringComparer.Ordinal)
                    .ThenBy(pair => StorageKey.Parse(pair.Key).Name, StringComparer.Ordinal)
                    .Select(pair => pair.Value),
            ];
        }

        private async Task PutAsync(StorageKey key)
        {
            string value = Number(_random.Next(1000));
            CommitResult result = await _log.PutAsync(key, value);
            result.Revision.ShouldBe(Revision + 1);
            Apply(key, RevisionEventType.Put, $"{key.Name}={value}@{result.Revision}");
        }

        private async Task ConditionalPutAsync(StorageKey key)
        {
            string known = _states[_random.Next(_states.Count)].GetValueOrDefault(key.ToString(), "-");
            bool holds = known == _states[^1].GetValueOrDefault(key.ToString(), "-");
            Task<CommitResult> commit = _log.CommitAsync(
                key,
                (current, revision) => Describe(current) == known ? new Mutation.Put(Make(key, revision, "c")) : throw new InvalidOperationException("changed"),
                CancellationToken.None).AsTask();
            if (holds)
            {
                Apply(key, RevisionEventType.Put, $"{key.Name}=c@{(await commit).Revision}");
            }
            else
            {
                await commit.ShouldThrowAsync<InvalidOperationException>();
            }
        }

        private async Task RemoveAsync(StorageKey key)
        {
            CommitResult result = await _log.DeleteAsync(key);
            string before = _states[^1].GetValueOrDefault(key.ToString(), "-");
            result.Changed.ShouldBe(before != "-");
            if (result.Changed)
            {
                Apply(key, RevisionEventType.Delete, $"{before.Split('@')[0]}@{result.Revision}");
            }
        }

        private async Task TogetherAsync()
        {
            var commits = Enumerable.Range(0, 20).Select(_ => RandomKey()).Select(key => (Key: key, Value: Number(_random.Next(1000)))).ToArray();
            CommitResult[] results = await Task.WhenAll(commits.Select(commit => _log.PutAsync(commit.Key, commit.Value)));
            foreach (var ((key, value), result) in commits.Zip(results).OrderBy(pair => pair.Second.Revision))
            {
                Apply(key, RevisionEventType.Put, $"{key.Name}={value}@{result.Revision}");
            }
        }

        private async Task CrashAsync()
        {
            TempDirectory left = _directory.Copy();
            await _log.DisposeAsync();
            _directory.Dispose();
            _directory = left;
            await OpenAsync();
        }

        private void Apply(StorageKey key, RevisionEventType type, string described)
        {
            var next = new SortedDictionary<string, string>(_states[^1], StringComparer.Ordinal);
            string before = next.GetValueOrDefault(key.ToString(), "-");
            if (type == RevisionEventType.Put)
            {
                next[key.ToString()] = described;
            }
            else
            {
                next.Remove(key.ToString());
            }

            _states.Add(next);
            _events.Add((Revision, key.ToString(), $"{Revision} {type} {described} was {before}"));
        }

        private static string Text(long revision, RevisionEventType type, Document? document, Document? previous)
            => $"{revision} {type} {Describe(document)} was {Describe(previous)}";

        private StorageKey RandomKey() => new(
            _random.Next(3) == 0 ? "prod" : "dev",
            Resources[_random.Next(Resources.Length)],
            Namespaces[_random.Next(Namespaces.Length)],
            $"n{_random.Next(6)}");
    }
}

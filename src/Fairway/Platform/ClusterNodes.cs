namespace Fairway.Platform;
internal sealed class ClusterNodes : IAsyncDisposable { public ValueTask DisposeAsync() => default; public ClusterNodes(params object[] a) {} }

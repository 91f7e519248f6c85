using System.Runtime.CompilerServices;
using System.Text;
using Fairway.ApiServer.Testing;

namespace Fairway.ApiServer.Tests;

/// <summary>A test that needs kubectl: skipped, visibly, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KubectlFactAttribute : FactAttribute
{
    public KubectlFactAttribute()
    {
        if (Kubectl.Program is null)
        {
            Skip = "kubectl is not installed";
        }
    }
}

/// <summary>The same for tests with cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KubectlTheoryAttribute : TheoryAttribute
{
    public KubectlTheoryAttribute()
    {
        if (Kubectl.Program is null)
        {
            Skip = "kubectl is not installed";
        }
    }
}

/// <summary>One server for all kubectl tests; each test works in a namespace of its own.</summary>
public sealed class KubectlFixture : IAsyncLifetime
{
    public EmbeddedServer Server { get; private set; } = null!;

    public Kubectl Kubectl { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Server = await EmbeddedServer.StartAsync();
        Server.Api.Pods.Logs = LogsAsync;
        Server.Api.Pods.Exec = ExecAsync;
        Kubectl = new Kubectl(Server.KubeconfigPath, "dev");
    }

    public async Task DisposeAsync()
    {
        Kubectl.Dispose();
        await Server.DisposeAsync();
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> LogsAsync(PodLogRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.Yield();
        cancellation.ThrowIfCancellationRequested();
        for (int line = 3 - (int)(request.TailLines ?? 3); line < 3; line++)
        {
            yield return Encoding.UTF8.GetBytes($"{request.Container} {(request.Previous ? "before" : "now")} {line}\n");
        }
    }

    private static async Task<int> ExecAsync(PodExecRequest request, PodExecStreams streams, CancellationToken cancellation)
    {
        await streams.Stdout.WriteAsync(Encoding.UTF8.GetBytes(string.Join(' ', request.Command) + "\n"), cancellation);
        if (request.Stdin)
        {
            await streams.Stdin.CopyToAsync(streams.Stdout, cancellation);
        }

        return request.Command is ["exit", var code] ? int.Parse(code) : 0;
    }
}

[CollectionDefinition("kubectl")]
public sealed class KubectlCollection : ICollectionFixture<KubectlFixture>;

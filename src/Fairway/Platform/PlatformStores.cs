using System.Security.Cryptography;
using Fairway.ApiServer;
using Fairway.Git;
using Fairway.Storage;
using Microsoft.Extensions.Logging;

namespace Fairway.Platform;

/// <summary>Everything in the data directory that outlives the process, opened together and closed in the reverse order.</summary>
internal sealed class PlatformStores : IAsyncDisposable
{
    private PlatformStores(RevisionLog resources, Ledger ledger, ImageStore images, GitRepositories git, LocalAuthority authority, TokenStore tokens, ServiceAccountKeys accountKeys, ECDsa builder)
    {
        Resources = resources;
        Ledger = ledger;
        Images = images;
        Git = git;
        Authority = authority;
        Tokens = tokens;
        AccountKeys = accountKeys;
        Builder = builder;
    }

    public RevisionLog Resources { get; }

    public Ledger Ledger { get; }

    public ImageStore Images { get; }

    public BlobStore Blobs => Images.Blobs;

    public GitRepositories Git { get; }

    public LocalAuthority Authority { get; }

    public TokenStore Tokens { get; }

    public ServiceAccountKeys AccountKeys { get; }

    /// <summary>Signs how images came about.</summary>
    public ECDsa Builder { get; }

    /// <summary>Opens them side by side: none needs another.</summary>
    /// <exception cref="DataDirectoryException">Another process has the directory open, or it is damaged.</exception>
    public static async Task<PlatformStores> OpenAsync(DirectoryInfo data, TimeProvider time, ILoggerFactory logs, CancellationToken cancellation)
    {
        string credentials = Directory.CreateDirectory(Path.Combine(data.FullName, "credentials")).FullName;
        var options = new RevisionLogOptions
        {
            Directory = Path.Combine(data.FullName, "resources"),
            Time = time,
            Logger = logs.CreateLogger<RevisionLog>(),
        };
        // First alone: it holds the lock by which a second platform in this directory is refused.
        RevisionLog resources = await RevisionLog.OpenAsync(options, cancellation);
        try
        {
            Task<Ledger> ledger = Ledger.OpenSqliteAsync(Path.Combine(data.FullName, "ledger.db"), time, cancellation);
            Task<LocalAuthority> authority = Task.Run(() => LocalAuthority.OpenAsync(credentials, time, cancellation), cancellation);
            Task<TokenStore> tokens = TokenStore.OpenAsync(Path.Combine(credentials, "tokens.json"), time, cancellation);
            Task<ServiceAccountKeys> keys = ServiceAccountKeys.OpenAsync(Path.Combine(credentials, "service-accounts.key"), cancellation);
            var blobs = new BlobStore(Path.Combine(data.FullName, "blobs"));
            var images = new ImageStore(blobs, Path.Combine(data.FullName, "images.json"));
            var git = new GitRepositories(Path.Combine(data.FullName, "git"), new GitProgram(new GitProgramOptions(), time));
            return new PlatformStores(resources, await ledger, images, git, await authority, await tokens, await keys, await BuilderKey.OpenAsync(Path.Combine(credentials, "builder.key"), cancellation));
        }
        catch
        {
            await resources.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.DisposeAsync();
        await Resources.DisposeAsync();
        Authority.Dispose();
        AccountKeys.Dispose();
        Builder.Dispose();
    }
}

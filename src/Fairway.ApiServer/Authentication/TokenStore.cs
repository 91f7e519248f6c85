using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fairway.ApiServer;

/// <summary>
/// Bearer tokens in one file of the data directory. Tokens are 256 random bits, and only their SHA-256 is kept, so the file
/// lets nobody in; looking one up is one hash and one dictionary read. Safe for concurrent use; readers never wait.
/// </summary>
public sealed class TokenStore
{
    /// <summary>Every token starts with this, so that scanners for leaked secrets can tell what it is.</summary>
    public const string Prefix = "fairway_";

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _writing = new(1, 1); // guards the file and the replacement of _tokens
    private ImmutableDictionary<string, StoredToken> _tokens;

    private TokenStore(string path, TimeProvider time, ImmutableDictionary<string, StoredToken> tokens)
    {
        _path = path;
        _time = time;
        _tokens = tokens;
    }

    /// <summary>Reads the file, or starts without tokens when there is none.</summary>
    /// <exception cref="InvalidDataException">The file is not what this class writes.</exception>
    public static async Task<TokenStore> OpenAsync(string path, TimeProvider time, CancellationToken cancellation)
    {
        ImmutableDictionary<string, StoredToken> tokens = ImmutableDictionary<string, StoredToken>.Empty;
        if (File.Exists(path))
        {
            byte[] content = await File.ReadAllBytesAsync(path, cancellation);
            try
            {
                tokens = (JsonSerializer.Deserialize(content, TokenJson.Default.IReadOnlyListStoredToken) ?? [])
                    .ToImmutableDictionary(token => token.Sha256);
            }
            catch (Exception broken) when (broken is JsonException or ArgumentException)
            {
                throw new InvalidDataException($"{path} is no list of tokens: {broken.Message}", broken);
            }
        }

        return new TokenStore(path, time, tokens);
    }

    /// <summary>Makes a token for an identity and keeps its hash.</summary>
    /// <param name="lifetime">How long it lets in; null: until it is revoked.</param>
    /// <returns>The token. It cannot be had again.</returns>
    public async Task<string> IssueAsync(Identity identity, TimeSpan? lifetime, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(identity);
        string token = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        DateTimeOffset now = _time.GetUtcNow();
        var stored = new StoredToken
        {
            Sha256 = HashOf(token),
            Name = identity.Name,
            Groups = identity.Groups,
            Created = now,
            Expires = lifetime is { } time ? now + time : null,
        };
        await ChangeAsync(tokens => tokens.Where(old => !HasExpired(old.Value, now)).ToImmutableDictionary().Add(stored.Sha256, stored), cancellation);
        return token;
    }

    /// <summary>Ends a token; false when there is none like it.</summary>
    public async Task<bool> RevokeAsync(string token, CancellationToken cancellation)
    {
        string hash = HashOf(token);
        if (!_tokens.ContainsKey(hash))
        {
            return false;
        }

        await ChangeAsync(tokens => tokens.Remove(hash), cancellation);
        return true;
    }

    /// <summary>Whose token it is, or null.</summary>
    public Identity? Authenticate(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return token.Length <= 256 && _tokens.TryGetValue(HashOf(token), out StoredToken? found) && !HasExpired(found, _time.GetUtcNow())
            ? found.Identity
            : null;
    }

    private static bool HasExpired(StoredToken token, DateTimeOffset now) => token.Expires is { } end && end <= now;

    private static string HashOf(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        return Convert.ToHexStringLower(hash);
    }

    private async Task ChangeAsync(
        Func<ImmutableDictionary<string, StoredToken>, ImmutableDictionary<string, StoredToken>> change, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            ImmutableDictionary<string, StoredToken> next = change(_tokens);
            IReadOnlyList<StoredToken> list = [.. next.Values.OrderBy(token => token.Created)];
            await PrivateFile.WriteAsync(_path, JsonSerializer.SerializeToUtf8Bytes(list, TokenJson.Default.IReadOnlyListStoredToken), cancellation);
            _tokens = next;
        }
        finally
        {
            _writing.Release();
        }
    }
}

internal sealed record StoredToken
{
    private Identity? _identity;

    public required string Sha256 { get; init; }

    public required string Name { get; init; }

    public required IReadOnlyList<string> Groups { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Expires { get; init; }

    [JsonIgnore]
    public Identity Identity => _identity ??= Identity.Of(Name, Groups);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<StoredToken>))]
internal sealed partial class TokenJson : JsonSerializerContext;

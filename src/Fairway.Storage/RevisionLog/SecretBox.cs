using System.Security.Cryptography;
using System.Text;

namespace Fairway.Storage;

/// <summary>
/// Encrypts values at rest with AES-256-GCM under one key. A sealed value is bound to the name it was sealed for: moved to
/// another name it does not open. Layout: 12 bytes nonce, 16 bytes tag, ciphertext.
/// </summary>
public sealed class SecretBox : IDisposable
{
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int KeyLength = 32;

    private readonly AesGcm _cipher;

    private SecretBox(byte[] key)
    {
        _cipher = new AesGcm(key, TagLength);
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(key))[..16];
    }

    /// <summary>Tells one key from another without giving it away.</summary>
    public string Fingerprint { get; }

    /// <summary>Opens the key file, or makes one with a new random key, readable by its owner only.</summary>
    /// <exception cref="DataDirectoryException">The file is not a key.</exception>
    public static SecretBox Open(string keyFile)
    {
        if (!File.Exists(keyFile))
        {
            DurableFiles.WriteSecret(keyFile, RandomNumberGenerator.GetBytes(KeyLength));
        }

        byte[] key = File.ReadAllBytes(keyFile);
        if (key.Length != KeyLength)
        {
            throw new DataDirectoryException($"{keyFile} should hold a key of {KeyLength} bytes but has {key.Length}. Restore it from a backup.");
        }

        try
        {
            return new SecretBox(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    public byte[] Seal(string name, ReadOnlySpan<byte> value)
    {
        byte[] box = new byte[NonceLength + TagLength + value.Length];
        Span<byte> nonce = box.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        _cipher.Encrypt(nonce, value, box.AsSpan(NonceLength + TagLength), box.AsSpan(NonceLength, TagLength), Encoding.UTF8.GetBytes(name));
        return box;
    }

    /// <exception cref="DataDirectoryException">The value was changed, moved to another name, or sealed under another key.</exception>
    public byte[] Unseal(string name, ReadOnlySpan<byte> box)
    {
        try
        {
            byte[] value = new byte[Math.Max(0, box.Length - NonceLength - TagLength)];
            _cipher.Decrypt(
                box[..NonceLength], box[(NonceLength + TagLength)..], box.Slice(NonceLength, TagLength), value, Encoding.UTF8.GetBytes(name));
            return value;
        }
        catch (Exception broken) when (broken is CryptographicException or ArgumentOutOfRangeException)
        {
            throw new DataDirectoryException($"The encrypted value of {name} does not open: it was changed, or the key file is another one.", broken);
        }
    }

    public void Dispose() => _cipher.Dispose();
}

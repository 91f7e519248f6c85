using System.Security.Cryptography;
using System.Text;

namespace Fairway.Policy.Checking;

/// <summary>Identities of findings made from what they are about.</summary>
internal static class Fingerprints
{
    public static string Of(params ReadOnlySpan<string> parts)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts!)))[..16]);
}

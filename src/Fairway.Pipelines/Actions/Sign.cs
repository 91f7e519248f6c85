using System.Security.Cryptography;
using Fairway.Storage;

namespace Fairway.Pipelines.Actions;

/// <summary>
/// <c>fairway/sign</c>: signs an image with the workflow's own key, as cosign does. Whether the signature counts is decided by the
/// TrustedKeys of the hub.
/// </summary>
internal static class Sign
{
    public static BuiltInAction Action { get; } = new(
        new("fairway/sign", ["image", "key", "password"], ["image", "key"], new Dictionary<string, string>(), new Dictionary<string, string>()),
        RunAsync);

    private static async Task RunAsync(ActionCall call, CancellationToken cancellation)
    {
        OciImage image = ImageEvidence.Image(call);
        using ECDsa key = Key(call.Input("key"), call.Input("password"));
        byte[] payload = SimpleSigning.Payload(image.Reference.Name, image.Digest);
        var annotations = new Dictionary<string, string> { [ArtifactTypes.SignatureAnnotation] = SimpleSigning.Sign(payload, key) };
        await ImageEvidence.AttachAsync(call, image, "Signature", ArtifactTypes.Signature, ArtifactTypes.SimpleSigning, payload, annotations, cancellation);
    }

    // Nothing of the key is repeated in what is said about it.
    private static ECDsa Key(string pem, string password)
    {
        var key = ECDsa.Create();
        try
        {
            if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
            {
                key.ImportFromEncryptedPem(pem, password);
            }
            else
            {
                key.ImportFromPem(pem);
            }

            if (key.KeySize != 256)
            {
                throw new ActionFailure("key: expected a key on the curve P-256: openssl ecparam -name prime256v1 -genkey -noout");
            }

            key.ExportParameters(includePrivateParameters: true);
            return key;
        }
        catch (Exception bad) when (bad is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new ActionFailure("key: this is no private key in PEM that could be read (with a password, give it, too). Keep it in the Secret 'pipelines' and write key: ${{ secrets.NAME }}");
        }
    }
}

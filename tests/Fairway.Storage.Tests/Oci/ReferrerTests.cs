using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Fairway.Storage.Tests;

/// <summary>Artifacts about images, and their signatures.</summary>
public sealed class ReferrerTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ImageStore _store;

    public ReferrerTests() => _store = new ImageStore(new BlobStore(_directory["blobs"]), _directory["images.json"]);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Attach_IsFoundAgainAlsoAfterOpening_AsAManifestWithASubject()
    {
        BlobDescriptor image = await _store.Blobs.WriteAsync("{\"image\":1}"u8.ToArray(), default);
        var notes = new Dictionary<string, string> { ["a"] = "b" };
        ImageReferrer first = await _store.Referrers.AttachAsync(image.Digest, ArtifactTypes.Spdx, ArtifactTypes.Spdx, "{}"u8.ToArray(), notes, default);
        (await _store.Referrers.AttachAsync(image.Digest, ArtifactTypes.Spdx, ArtifactTypes.Spdx, "{}"u8.ToArray(), notes, default)).Digest.ShouldBe(first.Digest);

        ImageReferrer found = new ImageStore(_store.Blobs, _directory["images.json"]).Referrers.Of(image.Digest).ShouldHaveSingleItem();
        found.Digest.ShouldBe(first.Digest);
        Encoding.UTF8.GetString(_store.Referrers.Read(found)).ShouldBe("{}");
        JsonNode manifest = JsonNode.Parse(await _store.Blobs.ReadAsync(found.Digest, default))!;
        manifest["subject"]!["digest"]!.GetValue<string>().ShouldBe(image.Digest);
        manifest["subject"]!["size"]!.GetValue<long>().ShouldBe(image.Size);
        manifest["artifactType"]!.GetValue<string>().ShouldBe("application/spdx+json");
        manifest["config"]!["mediaType"]!.GetValue<string>().ShouldBe("application/vnd.oci.empty.v1+json");
        manifest["annotations"]!["a"]!.GetValue<string>().ShouldBe("b");
        _store.Reachable([image.Digest]).ShouldContain(first.Digest);
        _store.Reachable([image.Digest]).ShouldContain(first.Layer.Digest);
    }

    [Fact]
    public async Task Attach_ToWhatIsNotThere_OrOfNothing_IsRefused()
    {
        await Should.ThrowAsync<InvalidDataException>(() => _store.Referrers.AttachAsync(Digests.Of("x"u8), "a/b", "a/b", "x"u8.ToArray(), new Dictionary<string, string>(), default));
        BlobDescriptor image = await _store.Blobs.WriteAsync("i"u8.ToArray(), default);
        await Should.ThrowAsync<InvalidDataException>(() => _store.Referrers.AttachAsync(image.Digest, "a/b", "a/b", Array.Empty<byte>(), new Dictionary<string, string>(), default));
        _store.Referrers.Of(image.Digest).ShouldBeEmpty();
    }

    [Fact]
    public void Signature_HoldsForItsBytesAndKeyOnly()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] payload = SimpleSigning.Payload("shop/web", Digests.Of("image"u8));
        string signature = SimpleSigning.Sign(payload, key);
        SimpleSigning.DigestOf(payload).ShouldBe(Digests.Of("image"u8));
        SimpleSigning.Verify(payload, signature, key).ShouldBeTrue();
        SimpleSigning.Verify(payload, signature, other).ShouldBeFalse();
        SimpleSigning.Verify([.. payload, 32], signature, key).ShouldBeFalse();
        string plain = Convert.ToBase64String(key.SignData(payload, HashAlgorithmName.SHA256)).Replace('+', '-').Replace('/', '_').TrimEnd('=');
        SimpleSigning.Verify(payload, plain, key).ShouldBeTrue();
        foreach (string? bad in (string?[])[null, "", "!", "AAAA", new string('A', 4000)])
        {
            SimpleSigning.Verify(payload, bad, key).ShouldBeFalse();
        }

        SimpleSigning.DigestOf("{}"u8).ShouldBeNull();
        SimpleSigning.DigestOf("{\"critical\":{\"type\":\"other\",\"image\":{\"docker-manifest-digest\":\"sha256:a\"}}}"u8).ShouldBeNull();
        SimpleSigning.DigestOf("["u8).ShouldBeNull();
    }

    [Fact]
    public void Envelope_SignsTypeAndPayload_AsTheSpecificationHasIt()
    {
        Encoding.UTF8.GetString(DsseEnvelope.Encode("http://example.com/HelloWorld", "hello world"u8)).ShouldBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] envelope = DsseEnvelope.Sign("a/b", "text"u8, key);
        DsseEnvelope.Open(envelope, "a/b", key).ShouldBe("text"u8.ToArray());
        DsseEnvelope.Open(envelope, "a/c", key).ShouldBeNull();
        DsseEnvelope.Open(envelope, "a/b", other).ShouldBeNull();
        JsonNode changed = JsonNode.Parse(envelope)!;
        changed["payload"] = Convert.ToBase64String("Text"u8);
        DsseEnvelope.Open(Encoding.UTF8.GetBytes(changed.ToJsonString()), "a/b", key).ShouldBeNull();
        foreach (string bad in (string[])["", "[]", "{}", "{\"payloadType\":1}", "{\"payloadType\":\"a/b\",\"payload\":\"*\",\"signatures\":[]}", "{\"payloadType\":\"a/b\",\"payload\":\"AA==\",\"signatures\":[1,{\"sig\":2}]}"])
        {
            DsseEnvelope.Open(Encoding.UTF8.GetBytes(bad), "a/b", key).ShouldBeNull();
        }
    }
}

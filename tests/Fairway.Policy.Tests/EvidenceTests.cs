using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Policy.Evidence;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Storage;

namespace Fairway.Policy.Tests;

/// <summary>Facts have sources: freezes, and what images carry.</summary>
public sealed class EvidenceTests
{
    private const string Digest = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    private static readonly DateTimeOffset Friday = new(2026, 3, 6, 16, 0, 0, TimeSpan.Zero);
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Theory]
    [InlineData("2026-03-06T15:00:00Z", "2026-03-06T17:00:00Z", null, null, "2026-03-06T17:00:00Z")]
    [InlineData(null, "2026-03-06T17:00:00Z", null, null, "2026-03-06T17:00:00Z")]
    [InlineData("2026-03-06T16:00:00Z", "2026-03-06T17:00:00Z", null, null, "2026-03-06T17:00:00Z")]
    [InlineData("2026-03-06T15:00:00Z", "2026-03-06T16:00:00Z", null, null, null)]
    [InlineData("2026-03-06T16:00:01Z", "2026-03-06T17:00:00Z", null, null, null)]
    [InlineData(null, null, "0 15 * * 5", "64h", "2026-03-09T07:00:00Z")]
    [InlineData(null, null, "0 15 * * 5", "30m", null)]
    [InlineData(null, null, "0 * * * *", "90m", "2026-03-06T17:30:00Z")]
    [InlineData(null, null, "0 17 * * 5", "64h", null)]
    public void Freeze_HoldsFromItsBeginningToItsEnd(string? from, string? until, string? schedule, string? duration, string? ends)
        => Freezes.EndOf(
            new FreezeWindowSpec { Reason = "closing", From = Time(from), Until = Time(until), Schedule = schedule, Duration = duration }, Friday).ShouldBe(Time(ends));

    [Fact]
    public void Freeze_OfASchedule_IsInItsZone()
        => Freezes.EndOf(new FreezeWindowSpec { Reason = "closing", Schedule = "30 16 * * 5", Duration = "2h", TimeZone = "Europe/Berlin" }, Friday)
            .ShouldBe(new DateTimeOffset(2026, 3, 6, 17, 30, 0, TimeSpan.Zero));

    [Fact]
    public void Freeze_IsForThoseItNames_AndTheLongestCounts()
    {
        FreezeWindow Window(string name, int hours, string[]? environments = null, string[]? applications = null, string[]? namespaces = null) => new()
        {
            Metadata = new ObjectMeta { Name = name },
            Spec = new FreezeWindowSpec { Reason = name, Until = Friday.AddHours(hours), Environments = environments, Applications = applications, Namespaces = namespaces },
        };
        FreezeWindow[] all = [Window("all", 1), Window("prod", 2, environments: ["prod"]), Window("web", 3, applications: ["web"]), Window("shop", 4, namespaces: ["shop"])];
        Freezes.At(all, "other", "api", "dev", Friday)!.Window.ShouldBe("all");
        Freezes.At(all, "other", "api", "prod", Friday)!.Window.ShouldBe("prod");
        Freezes.At(all, "other", "web", "prod", Friday)!.Window.ShouldBe("web");
        Freezes.At(all, "shop", "web", "prod", Friday)!.Window.ShouldBe("shop");
        Freezes.At(all, "other", "web", "prod", Friday.AddHours(5)).ShouldBeNull();
    }

    [Fact]
    public void Signature_CountsOnlyForItsImageAndATrustedKey()
    {
        Artifact good = Signature(Digest, Key);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ImageFacts.Of(Digest, [good], [Trusted()]).Signed.ShouldBeTrue();
        ImageFacts.Of(Digest, [Signature(Digest, other)], [Trusted()]).Signed.ShouldBeFalse();
        ImageFacts.Of(Digest, [Signature("sha256:" + new string('a', 64), Key)], [Trusted()]).Signed.ShouldBeFalse();
        ImageFacts.Of(Digest, [good], [Trusted() with { Signatures = false }]).Signed.ShouldBeFalse();
        ImageFacts.Of(Digest, [good], [Trusted() with { Pem = "nothing" }]).Signed.ShouldBeFalse();
        ImageFacts.Of(Digest, [], [Trusted()]).Signed.ShouldBeFalse();
    }

    [Fact]
    public void Keys_CountInTheirNamespacesUntilTheyExpire()
    {
        TrustedKey Of(string[]? namespaces = null, DateTimeOffset? expires = null, string[]? purposes = null) => new()
        {
            Metadata = new ObjectMeta { Name = "k" },
            Spec = new TrustedKeySpec { PublicKey = "pem", Namespaces = namespaces, ExpiresAt = expires, Purposes = purposes },
        };
        TrustedKeyText.Of([Of()], null, "shop", Friday).ShouldHaveSingleItem().Signatures.ShouldBeTrue();
        TrustedKeyText.Of([Of(["other"])], null, "shop", Friday).ShouldBeEmpty();
        TrustedKeyText.Of([Of(expires: Friday)], null, "shop", Friday).ShouldBeEmpty();
        TrustedKeyText.Of([Of(purposes: ["Provenance"])], null, "shop", Friday).ShouldHaveSingleItem().Signatures.ShouldBeFalse();
        TrustedKeyText.Of([], "platform pem", "shop", Friday).ShouldHaveSingleItem().ShouldSatisfyAllConditions(key => key.Provenance.ShouldBeTrue(), key => key.Signatures.ShouldBeFalse());
    }

    [Fact]
    public void Provenance_IsReadOnlyWhenSignedAndAboutTheImage()
    {
        string Statement(string hex) => "{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":{\"sha256\":\"" + hex
            + "\"}}],\"predicateType\":\"https://slsa.dev/provenance/v1\",\"predicate\":{\"runDetails\":{\"builder\":{\"id\":\"https://b\"}}}}";
        Artifact Signed(string statement, string type = ArtifactTypes.InToto)
            => new(ArtifactTypes.InToto, ArtifactTypes.Dsse, new Dictionary<string, string>(), DsseEnvelope.Sign(type, Encoding.UTF8.GetBytes(statement), Key));
        string hex = Digest["sha256:".Length..];
        ImageFacts.Of(Digest, [Signed(Statement(hex))], [Trusted()]).Provenance.ShouldBe(new ProvenanceFacts("https://b", 1));
        ImageFacts.Of(Digest, [Signed(Statement(hex))], [Trusted() with { IsPlatform = true }]).Provenance.ShouldBe(new ProvenanceFacts("https://b", 2));
        ImageFacts.Of(Digest, [Signed(Statement(new string('a', 64)))], [Trusted()]).Provenance.ShouldBeNull();
        ImageFacts.Of(Digest, [Signed("no json")], [Trusted()]).Provenance.ShouldBeNull();
        ImageFacts.Of(Digest, [Signed(Statement(hex), "text/plain")], [Trusted()]).Provenance.ShouldBeNull();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ImageFacts.Of(Digest, [Signed(Statement(hex))], [Trusted() with { Pem = other.ExportSubjectPublicKeyInfoPem() }]).Provenance.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"results":[{"level":"error"},{"level":"warning"},{"level":"note"},{"level":"none"},{}]}""", 0, 1, 2, 1)]
    [InlineData("""{"tool":{"driver":{"rules":[{"id":"a","properties":{"security-severity":"9.8"}},{"id":"b","defaultConfiguration":{"level":"note"}}]}},"results":[{"ruleId":"a"},{"ruleIndex":1},{"ruleId":"a","properties":{"security-severity":4.0}}]}""", 1, 0, 1, 1)]
    [InlineData("""{"results":[{"level":"error","suppressions":[{"kind":"external"}]},{"level":"error","suppressions":[{"kind":"external","status":"rejected"}]},{"level":"error","kind":"pass"},{"level":"error","baselineState":"absent"}]}""", 0, 1, 0, 0)]
    [InlineData("""{"results":"none"}""", 0, 0, 0, 0)]
    public void Findings_AreCountedBySeverity(string run, int critical, int high, int medium, int low)
    {
        ScanFindings found = ScanFindings.Of(Encoding.UTF8.GetBytes($"{{\"version\":\"2.1.0\",\"runs\":[{run}]}}")).ShouldHaveSingleItem();
        (found.Critical, found.High, found.Medium, found.Low).ShouldBe((critical, high, medium, low));
    }

    [Fact]
    public void Results_OfTests_AreCountedByCase()
    {
        TestResults.Of("<testsuites><testsuite><testcase/><testcase><skipped/></testcase><testcase><system-out>x</system-out></testcase><testcase><failure/></testcase><testcase><error/></testcase></testsuite></testsuites>"u8.ToArray())
            .ShouldBe(new TestResults(2, 2));
        TestResults.Of("<html/>"u8.ToArray()).ShouldBeNull();
        TestResults.Of("<testsuite>"u8.ToArray()).ShouldBeNull();
        TestResults.Of("<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite>&a;</testsuite>"u8.ToArray()).ShouldBeNull();
    }

    [Fact]
    public async Task Release_HasTheFactsOfAllItsImages_AndNoneOfImagesElsewhere()
    {
        string directory = Directory.CreateTempSubdirectory("evidence").FullName;
        try
        {
            var images = new ImageStore(new BlobStore(Path.Combine(directory, "blobs")), Path.Combine(directory, "images.json"));
            await File.WriteAllTextAsync(Path.Combine(Directory.CreateDirectory(Path.Combine(directory, "app")).FullName, "a"), "a");
            OciImage image = await OciImageBuilder.BuildAsync(images, ImageReference.Parse("shop/web:1"), new ImageSource { Directory = Path.Combine(directory, "app"), Created = Friday }, default);
            var evidence = new ReleaseEvidenceFacts(images);
            JsonObject Facts(string digest)
            {
                var facts = new JsonObject();
                var release = new JsonObject();
                evidence.Add(new ReleaseSpec { Application = "web", Version = "1", Commit = new CommitRef { Sha = "a" }, Images = [new ReleaseImage { Name = "shop/web", Digest = digest }] }, [Trusted()], release, facts);
                facts["release"] = release;
                return facts;
            }

            Facts(Digest)["release"]!.AsObject().ShouldBeEmpty();
            JsonObject before = Facts(image.Digest);
            before["release"]!["signed"]!.GetValue<bool>().ShouldBeFalse();
            before["release"]!["sbom"]!["present"]!.GetValue<bool>().ShouldBeFalse();
            before["release"]!["baseImage"]!["created"]!.GetValue<string>().ShouldBe("2026-03-06T16:00:00Z");
            before.ContainsKey("findings").ShouldBeFalse();

            Artifact signature = Signature(image.Digest, Key);
            await images.Referrers.AttachAsync(image.Digest, signature.ArtifactType, signature.MediaType, signature.Content, signature.Annotations, default);
            await images.Referrers.AttachAsync(image.Digest, ArtifactTypes.CycloneDx, ArtifactTypes.CycloneDx, "{\"bomFormat\":\"CycloneDX\",\"components\":[{},{}]}"u8.ToArray(), signature.Annotations, default);
            await images.Referrers.AttachAsync(
                image.Digest, ArtifactTypes.Sarif, ArtifactTypes.Sarif, "{\"runs\":[{\"results\":[{\"level\":\"error\"}]}]}"u8.ToArray(),
                new Dictionary<string, string> { [ArtifactTypes.CreatedAnnotation] = "2026-03-05T00:00:00Z" }, default);
            JsonObject after = Facts(image.Digest);
            after["release"]!["signed"]!.GetValue<bool>().ShouldBeTrue();
            after["release"]!["sbom"]!["components"]!.GetValue<int>().ShouldBe(2);
            after["findings"]!["high"]!.GetValue<int>().ShouldBe(1);
            after["findings"]!["asOf"]!.GetValue<string>().ShouldBe("2026-03-05T00:00:00Z");
            FactSnapshot.Of(after, Friday).ShouldNotBeNull();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static TrustedKeyText Trusted() => new("k", Key.ExportSubjectPublicKeyInfoPem(), Signatures: true, Provenance: true, IsPlatform: false);

    private static Artifact Signature(string digest, ECDsa key)
    {
        byte[] payload = SimpleSigning.Payload("shop/web", digest);
        return new Artifact(ArtifactTypes.Signature, ArtifactTypes.SimpleSigning, new Dictionary<string, string> { [ArtifactTypes.SignatureAnnotation] = SimpleSigning.Sign(payload, key) }, payload);
    }

    private static DateTimeOffset? Time(string? text) => text is null ? null : DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

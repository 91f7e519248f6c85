using Fairway.Resources;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Kinds.Storage;
using Fairway.Workloads.Volumes;

namespace Fairway.Workloads.Tests.Volumes;

public sealed class VolumePlannerTests
{
    [Fact]
    public void Plan_SeveralVolumesWouldDo_TakesTheSmallest()
        => VolumePlanner.Plan(Claim("1Gi"), [Volume("large", "10Gi"), Volume("small", "1Gi"), Volume("tiny", "1Mi")], null)
            .ShouldBeOfType<ClaimStep.Bind>().Volume.Metadata.Name.ShouldBe("small");

    [Fact]
    public void Plan_VolumeIsKeptForTheClaim_TakesIt()
    {
        PersistentVolume kept = Volume("kept", "10Gi") with { };
        kept = kept with { Spec = kept.Spec! with { ClaimRef = new ObjectReference { Namespace = "shop", Name = "data" } } };
        VolumePlanner.Plan(Claim("1Gi"), [Volume("small", "1Gi"), kept], null).ShouldBeOfType<ClaimStep.Bind>().Volume.Metadata.Name.ShouldBe("kept");
    }

    [Theory]
    [InlineData("Immediate", false, "Provision")]
    [InlineData("WaitForFirstConsumer", false, "Wait")]
    [InlineData("WaitForFirstConsumer", true, "Provision")]
    public void Plan_NoVolume_ProvisionsWhenItsTimeHasCome(string mode, bool placed, string expected)
    {
        PersistentVolumeClaim claim = Claim("1Gi", "fast");
        claim = placed ? claim with { Metadata = claim.Metadata with { Annotations = new Dictionary<string, string> { [VolumeAnnotations.SelectedNode] = "n" } } } : claim;
        VolumePlanner.Plan(claim, [], new StorageClass { Provisioner = "example.com/disk", VolumeBindingMode = mode }).GetType().Name.ShouldBe(expected);
    }

    [Fact]
    public void Plan_NoClass_SaysSo()
        => VolumePlanner.Plan(Claim("1Gi"), [], null).ShouldBe(
            new ClaimStep.Wait("Normal", "FailedBinding", "no persistent volumes available for this claim and no storage class is set"));

    [Fact]
    public void Plan_ClassThatDoesNotExist_SaysSo()
        => VolumePlanner.Plan(Claim("1Gi", "gone"), [], null).ShouldBe(
            new ClaimStep.Wait("Warning", "ProvisioningFailed", "storageclass.storage.k8s.io \"gone\" not found"));

    [Fact]
    public void Plan_WantedVolumeDoesNotFit_SaysWhy()
    {
        PersistentVolumeClaim claim = Claim("5Gi");
        VolumePlanner.Plan(claim with { Spec = claim.Spec! with { VolumeName = "v" } }, [Volume("v", "1Gi")], null).ShouldBe(
            new ClaimStep.Wait("Warning", "VolumeMismatch", "Cannot bind to requested volume \"v\": requested PV is too small"));
    }

    [Theory]
    [InlineData(null, false, "Available")]
    [InlineData("", false, "Available")]
    [InlineData("uid", true, "Bound")]
    [InlineData("uid", false, "Released")]
    [InlineData("another", true, "Released")]
    public void PhaseOf_ByItsClaim(string? reference, bool claimExists, string expected)
    {
        PersistentVolume volume = Volume("v", "1Gi");
        volume = reference is null
            ? volume
            : volume with { Spec = volume.Spec! with { ClaimRef = new ObjectReference { Namespace = "shop", Name = "data", Uid = reference } } };
        PersistentVolumeClaim claim = Claim("1Gi");
        VolumePlanner.PhaseOf(volume, claimExists ? claim with { Spec = claim.Spec! with { VolumeName = "v" } } : null).ShouldBe(expected);
    }

    [Theory]
    [InlineData("ReadWriteOnce", "1Gi", "", null, true)]
    [InlineData("ReadWriteMany", "1Gi", "", null, false)]
    [InlineData("ReadWriteOnce", "2Gi", "", null, false)]
    [InlineData("ReadWriteOnce", "1Gi", "fast", null, false)]
    [InlineData("ReadWriteOnce", "1Gi", "", "ssd", false)]
    public void Candidates_ByModeSizeClassAndLabels(string mode, string size, string @class, string? label, bool fits)
    {
        PersistentVolumeClaim claim = Claim(size, @class);
        claim = claim with
        {
            Spec = claim.Spec! with
            {
                AccessModes = [mode],
                Selector = label is null ? null : new Fairway.Resources.Kinds.LabelSelectorSpec { MatchLabels = new Dictionary<string, string> { ["disk"] = label } },
            },
        };
        VolumeMatch.Candidates(claim, [Volume("v", "1Gi")]).Count.ShouldBe(fits ? 1 : 0);
    }

    private static PersistentVolumeClaim Claim(string size, string @class = "") => new()
    {
        Metadata = new ObjectMeta { Name = "data", Namespace = "shop", Uid = "uid" },
        Spec = new PersistentVolumeClaimSpec
        {
            AccessModes = ["ReadWriteOnce"],
            StorageClassName = @class,
            Resources = new VolumeResourceRequirements { Requests = new Dictionary<string, Quantity> { ["storage"] = new(size) } },
        },
    };

    private static PersistentVolume Volume(string name, string size) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Spec = new PersistentVolumeSpec { Capacity = new Dictionary<string, Quantity> { ["storage"] = new(size) }, AccessModes = ["ReadWriteOnce"] },
    };
}

using Fairway.Delivery.Promotions;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;

namespace Fairway.Delivery.Tests.Promotions;

public sealed class AutoPromotionTests
{
    private static readonly ApplicationSpec Shop = new()
    {
        Repository = "shop",
        Environments = [new ApplicationEnvironment { Name = "dev" }, new ApplicationEnvironment { Name = "stage" }, new ApplicationEnvironment { Name = "prod" }],
    };

    // Releases: number, then R ready, P not rendered yet, X refused, then where it is verified (d, s, p) and where it failed (D, S, P).
    // Promotions: number and environment.
    [Theory]
    [InlineData("", "", "")]
    [InlineData("1R", "", "r1-dev")]
    [InlineData("1R 2R", "", "r2-dev")]
    [InlineData("1R 2P", "", "")]
    [InlineData("1R 2X", "", "r1-dev")]
    [InlineData("1R", "1dev", "")]
    [InlineData("1Rd", "1dev", "r1-stage")]
    [InlineData("1Rd 2R", "1dev 2dev", "r1-stage")]
    [InlineData("1Rd 2Rd", "1dev 2dev 1stage", "r2-stage")]
    [InlineData("1Rds", "1dev 1stage", "r1-prod")]
    [InlineData("1Rdsp 2RdsP", "1dev 1stage 1prod 2dev 2stage 2prod", "")]
    [InlineData("1Rdsp 2RdsP 3Rds", "1dev 1stage 1prod 2dev 2stage 2prod 3dev 3stage", "r3-prod")]
    [InlineData("1Rdsp 2RdsP", "", "")]
    [InlineData("1Rdsp 2RD", "1dev 1stage 1prod 2dev", "")]
    public void Plan_ReleasesAndPromotions_GivesWhatIsDue(string releases, string promotions, string expected)
        => string.Join(' ', AutoPromotion.Plan("shop", Shop, Words(releases).Select(Release), Words(promotions).Select(Promotion)).Select(wanted => wanted.Name))
            .ShouldBe(expected);

    [Fact]
    public void Plan_ReleasesOfOthers_AreNotLookedAt()
        => AutoPromotion.Plan("other", Shop, [Release("1R")], []).ShouldBeEmpty();

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Release Release(string text)
    {
        Verification[] Where(string letters) => [.. text.Skip(2).Where(letters.Contains).Select(letter => new Verification { Environment = Name(letter) })];
        return new Release
        {
            Metadata = new ObjectMeta { Name = $"r{text[0]}" },
            Spec = new ReleaseSpec { Application = "shop", Version = "v", Number = text[0] - '0', Commit = new CommitRef { Sha = "c" } },
            Status = new ReleaseStatus
            {
                Phase = text[1] switch { 'R' => "Ready", 'X' => "Refused", _ => null },
                VerifiedIn = Where("dsp"),
                FailedIn = Where("DSP"),
            },
        };
    }

    private static Promotion Promotion(string text) => new()
    {
        Metadata = new ObjectMeta { Name = $"r{text[0]}-{text[1..]}" },
        Spec = new PromotionSpec { Application = "shop", Environment = text[1..], Release = $"r{text[0]}" },
    };

    private static string Name(char letter) => char.ToLowerInvariant(letter) switch { 'd' => "dev", 's' => "stage", _ => "prod" };
}

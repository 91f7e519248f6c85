using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Resources.Tests;

public sealed class ScalarTests
{
    [Theory]
    [InlineData("1", "1000m", 0)]
    [InlineData("0.5", "500m", 0)]
    [InlineData("1Ki", "1024", 0)]
    [InlineData("1k", "1Ki", -1)]
    [InlineData("2e3", "2k", 0)]
    [InlineData("1E3", "1k", 0)]
    [InlineData("1E", "1000P", 0)]
    [InlineData("-1", "1", -1)]
    [InlineData("100u", "1m", -1)]
    [InlineData("1.5Gi", "1536Mi", 0)]
    [InlineData("9999999999999999999Ei", "1Ei", 1)]
    public void Quantity_Compare_ByAmount(string left, string right, int expected)
        => Math.Sign(Quantity.Parse(left).CompareTo(Quantity.Parse(right))).ShouldBe(expected);

    [Theory]
    [InlineData("1000m", "1")]
    [InlineData("0.5", "500m")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("1024Mi", "1Gi")]
    [InlineData("0.50", "500m")]
    [InlineData("1500", "1500")]
    [InlineData("2000", "2k")]
    [InlineData("1e3", "1e3")]
    [InlineData("0", "0")]
    [InlineData("512Ki", "512Ki")]
    [InlineData("-2000m", "-2")]
    [InlineData("0.0000000001", "1n")]
    public void Quantity_Canonical_AsKubernetes(string text, string expected) => Quantity.Parse(text).Canonical().Text.ShouldBe(expected);

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1.2.3")]
    [InlineData("1ki")]
    [InlineData("1e")]
    [InlineData("--1")]
    [InlineData("1 Gi")]
    [InlineData(".")]
    public void Quantity_Malformed_IsRefused(string text) => Quantity.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void Quantity_Add_Exact()
    {
        (Quantity.Parse("100m") + Quantity.Parse("0.9")).Text.ShouldBe("1");
        (Quantity.Parse("64Mi") + Quantity.Parse("64Mi")).Text.ShouldBe("128Mi");
        (Quantity.Parse("1") - Quantity.Parse("250m")).Text.ShouldBe("750m");
        Quantity.Parse("1001m").Value.ShouldBe(2);
        Quantity.Parse("64Mi").Value.ShouldBe(67_108_864);
        Quantity.Parse("0.25").MilliValue.ShouldBe(250);
    }

    [Fact]
    public void Quantity_Canonical_KeepsTheAmountAndIsStable()
        => Prop.ForAll(
            Gen.Zip(Gen.Choose(-100000, 100000), Gen.Elements("n", "u", "m", "", "k", "M", "G", "Ki", "Mi", "Gi", "e3", "e-2")).ToArbitrary(),
            pair =>
            {
                Quantity value = Quantity.Parse(pair.Item1 + pair.Item2);
                Quantity canonical = value.Canonical();
                return value.CompareTo(canonical) == 0 && canonical.Canonical() == canonical;
            }).ShouldHold();

    [Theory]
    [InlineData("10s", 10_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("250ms", 250)]
    [InlineData("1.5s", 1500)]
    [InlineData("-1m", -60_000)]
    [InlineData("0", 0)]
    [InlineData("1h1m1s1ms", 3_661_001)]
    public void GoDuration_Parse_Table(string text, int milliseconds) => GoDuration.Parse(text).TotalMilliseconds.ShouldBe(milliseconds);

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("1d")]
    [InlineData("1h 30m")]
    [InlineData("99999999999999h")]
    public void GoDuration_Malformed_IsRefused(string text) => GoDuration.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData(5400, "1h30m0s")]
    [InlineData(90, "1m30s")]
    [InlineData(0, "0s")]
    [InlineData(3600, "1h0m0s")]
    public void GoDuration_Format_AsGo(int seconds, string expected) => GoDuration.Format(TimeSpan.FromSeconds(seconds)).ShouldBe(expected);

    [Fact]
    public void GoDuration_Printed_IsTheSame()
        => Prop.ForAll<long>(ticks =>
        {
            var value = TimeSpan.FromTicks(ticks % 1_000_000_000_000_000);
            return GoDuration.Parse(GoDuration.Format(value)) == value;
        }).ShouldHold();
}

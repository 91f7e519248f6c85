using Shop.Web;

namespace Shop.Web.Tests;

public sealed class PricingTests
{
    [Theory]
    [InlineData(1, 1, 1000)]
    [InlineData(1, 3, 3000)]
    [InlineData(2, 2, 2700)]
    public void Total_OfAQuantity_IsItsPrice(int product, int quantity, int cents)
        => Assert.Equal(cents, Pricing.Total(Products.Find(product)!, quantity));

    [Fact]
    public void Products_HaveUniqueIds()
        => Assert.Equal(Products.All.Count, Products.All.Select(product => product.Id).Distinct().Count());
}

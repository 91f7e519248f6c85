namespace Shop.Web;

/// <summary>What an order costs.</summary>
public static class Pricing
{
    /// <summary>The price of a quantity of a product, in cents.</summary>
    public static int Total(Product product, int quantity) => product.PriceInCents * quantity;
}

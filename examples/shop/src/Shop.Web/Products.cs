namespace Shop.Web;

/// <summary>Something the shop sells. Prices are whole cents.</summary>
public sealed record Product(int Id, string Name, int PriceInCents);

/// <summary>What the shop sells.</summary>
public static class Products
{
    private static readonly string[] Names = ["Anchor", "Bilge pump", "Compass", "Fender", "Lantern", "Rope", "Sextant", "Buoy", "Chart", "Flag"];

    public static IReadOnlyList<Product> All { get; } = [.. Names.Select((name, index) => new Product(index + 1, name, 1000 + (index * 350)))];

    public static Product? Find(int id) => All.FirstOrDefault(product => product.Id == id);
}

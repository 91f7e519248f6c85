using Shop.Web;

var builder = WebApplication.CreateSlimBuilder(args);
var app = builder.Build();

// Set by the platform: which release this process runs.
var version = Environment.GetEnvironmentVariable("RELEASE") ?? "development";

app.Use(async (context, next) =>
{
    context.Response.Headers["X-Version"] = version;
    try
    {
        await next(context);
    }
    catch (Exception broken) when (!context.Response.HasStarted)
    {
        app.Logger.LogError(broken, "{Path} failed", context.Request.Path);
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
    }
});

app.MapGet("/", () => $"The shop, {version}\n");
app.MapGet("/healthz", () => "ok");
app.MapGet("/products", () => Products.All);
app.MapGet("/products/{id:int}", (int id) => Products.Find(id) is { } product ? Results.Ok(product) : Results.NotFound());
app.MapGet("/orders/quote", (int product, int quantity) =>
    Products.Find(product) is { } found && quantity > 0
        ? Results.Ok(new { found.Name, quantity, totalInCents = Pricing.Total(found, quantity), version })
        : Results.BadRequest("an order needs a known product and a positive quantity"));

app.Run();

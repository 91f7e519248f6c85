using Fairway.Bench;

return args switch
{
    ["storage", ..] => await StorageBench.RunAsync(args.ElementAtOrDefault(1) ?? Path.GetTempPath()),
    ["gateway", var port] => await GatewayBench.RunAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Fairway.Bench storage [DIRECTORY]   durable creates, gets, lists and watch delivery of the revision log");
    Console.Error.WriteLine("       Fairway.Bench gateway PORT          a gateway with one route to PORT on loopback, until standard input ends; prints its own port");
    return 2;
}

using Fairway.Bench;

return args switch
{
    ["storage", ..] => await StorageBench.RunAsync(args.ElementAtOrDefault(1) ?? Path.GetTempPath()),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Fairway.Bench storage [DIRECTORY]   durable creates, gets, lists and watch delivery of the revision log");
    return 2;
}

namespace Fairway.ApiServer.Tests;

/// <summary>The npm package @kubernetes/client-node, as programs written in JavaScript use it. The cases are in tests/clients/node.</summary>
public sealed class ClientNodeTests(ClientNodeFixture fixture) : IClassFixture<ClientNodeFixture>
{
    [NodeTheory]
    [InlineData("objects")]
    [InlineData("informers")]
    [InlineData("custom")]
    [InlineData("pods")]
    [InlineData("access")]
    public async Task ClientNode_DrivingTheServer_FindsWhatItExpects(string file)
    {
        (int code, string said) = await fixture.RunAsync("node", ["--test", $"{file}.test.mjs"]);

        code.ShouldBe(0, said);
    }
}

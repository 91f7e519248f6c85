namespace Fairway.ApiServer.Tests;

public sealed class SpdyHeadersTests
{
    // Two blocks of one connection, as zlib with the protocol's dictionary makes them.
    private const string First = "78f9e3c6a7c202253a703a2b294a4dcc851625aca9a0808614cb45e01c6061606100a4398b20d198094ade8c0600000000ffff";
    private const string Second = "c2aa19540e2512d60b000000ffff";

    [Fact]
    public void Read_BlocksOfOneConnection_ShareTheirCompressionState()
    {
        using var headers = new SpdyHeaders();

        headers.Read(Convert.FromHexString(First)).ShouldBe(new Dictionary<string, string> { ["streamtype"] = "error", ["port"] = "8080", ["requestid"] = "0" }, ignoreOrder: true);
        headers.Read(Convert.FromHexString(Second))["streamtype"].ShouldBe("data");
    }

    [Theory]
    [InlineData("78f9")]
    [InlineData("78f9e3c6a7c2ffffffffffff")]
    [InlineData("78f9e3c6a7c202253a70")]
    public void Read_NoBlock_IsRefused(string hex)
    {
        using var headers = new SpdyHeaders();
        Should.Throw<InvalidDataException>(() => headers.Read(Convert.FromHexString(hex)));
    }
}

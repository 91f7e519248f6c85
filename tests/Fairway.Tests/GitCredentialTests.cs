using Fairway.Commands;

namespace Fairway.Tests;

/// <summary>A token goes to the platform's own git host and nowhere else.</summary>
public sealed class GitCredentialTests
{
    private static readonly Uri Git = new("http://localhost:7444/git");

    [Theory]
    [InlineData("protocol=http\nhost=localhost:7444\n\n", true)]
    [InlineData("protocol=http\nhost=LOCALHOST:7444\npath=git/shop/web.git\n", true)]
    [InlineData("protocol=https\nhost=localhost:7444\n", false)]
    [InlineData("protocol=http\nhost=localhost\n", false)]
    [InlineData("protocol=http\nhost=localhost:7444.example.com\n", false)]
    [InlineData("protocol=http\nhost=github.com\n", false)]
    [InlineData("protocol=http\n\nhost=localhost:7444\n", false)]
    [InlineData("host=localhost:7444\n", false)]
    [InlineData("=\nnonsense\n", false)]
    [InlineData("", false)]
    public void Helper_AnswersForThePlatformsHostOnly(string asked, bool expected)
        => GitCredentialCommand.IsFor(Git, GitCredentialCommand.Read(new StringReader(asked))).ShouldBe(expected);
}

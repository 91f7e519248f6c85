using Fairway.Pipelines.Syntax;

namespace Fairway.Pipelines.Tests.Syntax;

public sealed class GlobListTests
{
    [Theory]
    [InlineData("main", "main", true)]
    [InlineData("main", "main2", false)]
    [InlineData("feature/*", "feature/a", true)]
    [InlineData("feature/*", "feature/a/b", false)]
    [InlineData("feature/**", "feature/a/b", true)]
    [InlineData("*", "main", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("**", "a/b", true)]
    [InlineData("*feature", "mona-feature", true)]
    [InlineData("v2*", "v2.0", true)]
    [InlineData("v[12].[0-9]+.[0-9]+", "v1.10.1", true)]
    [InlineData("v[12].[0-9]+.[0-9]+", "v3.0.0", false)]
    [InlineData("*.jsx?", "page.js", true)]
    [InlineData("*.jsx?", "page.jsx", true)]
    [InlineData("*.jsx?", "page.jsxx", false)]
    [InlineData("**.js", "src/js/app.js", true)]
    [InlineData("docs/*", "docs/a.md", true)]
    [InlineData("docs/**/*.md", "docs/a.md", true)]
    [InlineData("docs/**/*.md", "docs/x/y/a.md", true)]
    [InlineData("**/docs/**", "dir/docs/a.txt", true)]
    [InlineData("**/docs/**", "docs/a.txt", true)]
    [InlineData("**/README.md", "README.md", true)]
    [InlineData("**/*src/**", "a/src/app.js", true)]
    [InlineData("**/*-post.md", "path/my-post.md", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("a\\*b", "a*b", true)]
    [InlineData("a\\*b", "axb", false)]
    public void Includes_OnePattern(string pattern, string name, bool expected) => GlobList.Of(pattern).Includes(name).ShouldBe(expected);

    [Fact]
    public void Includes_LaterPatterns_Decide()
    {
        GlobList releases = GlobList.Of("releases/**", "!releases/**-alpha", "releases/9-alpha");
        releases.Includes("releases/10").ShouldBeTrue();
        releases.Includes("releases/10-alpha").ShouldBeFalse();
        releases.Includes("releases/9-alpha").ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("?a")]
    [InlineData("+")]
    [InlineData("a[b")]
    [InlineData("a[]")]
    [InlineData("a[^b]")]
    public void Of_WhatIsNoPattern_IsRefused(string pattern) => Should.Throw<FormatException>(() => GlobList.Of(pattern));

    [Theory]
    [InlineData("branches: [main]", "refs/heads/main", true)]
    [InlineData("branches: [main]", "refs/heads/dev", false)]
    [InlineData("branches: [main]", "refs/tags/v1", false)]
    [InlineData("tags: ['v*']", "refs/tags/v1", true)]
    [InlineData("tags: ['v*']", "refs/heads/main", false)]
    [InlineData("branches-ignore: ['env/**']", "refs/heads/main", true)]
    [InlineData("branches-ignore: ['env/**']", "refs/heads/env/prod", false)]
    [InlineData("tags-ignore: [x]", "refs/tags/v1", true)]
    [InlineData("paths: ['src/**']", "refs/heads/main", true)]
    [InlineData("paths: ['docs/**']", "refs/heads/main", false)]
    [InlineData("paths: ['docs/**']", "refs/tags/v1", true)]
    [InlineData("paths-ignore: ['src/**']", "refs/heads/main", true)]
    [InlineData("paths-ignore: ['src/**', README.md]", "refs/heads/main", false)]
    [InlineData("paths: ['**', '!src/**', '!README.md']", "refs/heads/main", false)]
    [InlineData("branches: [main]\n    paths: ['docs/**']", "refs/heads/main", false)]
    public void PushFilter_Settings_DecideAboutAPush(string settings, string @ref, bool expected)
    {
        string text = $"on:\n  push:\n    {settings}\njobs:\n  a:\n    runs-on: x\n    steps: [{{run: a}}]\n";
        WorkflowParse parse = new WorkflowParser([]).Parse("a.yml", text);
        parse.Notices.ShouldBeEmpty();
        parse.Workflow!.On.Push!.Matches(@ref, () => ["src/a.cs", "README.md"]).ShouldBe(expected);
    }
}

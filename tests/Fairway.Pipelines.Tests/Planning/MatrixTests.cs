using Fairway.Pipelines.Expressions;
using Fairway.Pipelines.Planning;

namespace Fairway.Pipelines.Tests.Planning;

public sealed class MatrixTests
{
    /// <summary>Combinations are written <c>key=value key=value</c>, separated by <c>; </c>.</summary>
    [Theory]
    [InlineData("""{"a":[1,2],"b":["x","y"]}""", "a=1 b=x; a=1 b=y; a=2 b=x; a=2 b=y")]
    [InlineData("""{"a":[1,2],"b":["x","y"],"exclude":[{"a":1,"b":"y"}]}""", "a=1 b=x; a=2 b=x; a=2 b=y")]
    [InlineData("""{"a":[1,2],"b":["x","y"],"exclude":[{"a":1}]}""", "a=2 b=x; a=2 b=y")]
    [InlineData("""{"a":[1,2],"exclude":[{"c":1}]}""", "a=1; a=2")]
    [InlineData("""{"include":[{"a":1},{"a":2,"b":3}]}""", "a=1; a=2 b=3")]
    [InlineData("""{"a":[1,2],"include":[{"b":3}]}""", "a=1 b=3; a=2 b=3")]
    [InlineData("""{"a":[1,2],"include":[{"a":1,"b":3}]}""", "a=1 b=3; a=2")]
    [InlineData("""{"a":[1,2],"include":[{"a":3,"b":3}]}""", "a=1; a=2; a=3 b=3")]
    [InlineData(
        """{"fruit":["apple","pear"],"animal":["cat","dog"],"include":[{"color":"green"},{"color":"pink","animal":"cat"},{"fruit":"apple","shape":"circle"},{"fruit":"banana"},{"fruit":"banana","animal":"cat"}]}""",
        "fruit=apple animal=cat color=pink shape=circle; fruit=apple animal=dog color=green shape=circle; fruit=pear animal=cat color=pink; fruit=pear animal=dog color=green; fruit=banana; fruit=banana animal=cat")]
    [InlineData("""{"os":[{"name":"l","v":1},{"name":"w"}],"exclude":[{"os":{"name":"l"}}]}""", "os=Object")]
    [InlineData("""{"a":[]}""", "ERR The matrix vector 'a' does not contain any values")]
    [InlineData("""{"a":[1],"exclude":[{"a":1}]}""", "ERR The matrix makes no job")]
    [InlineData("""{"a":[1],"include":"x"}""", "ERR 'include' of the matrix must be a list of objects")]
    [InlineData("[1]", "ERR The matrix is not an object")]
    public void Expand_AsDocumented(string matrix, string expected)
    {
        string actual;
        try
        {
            actual = string.Join("; ", Matrix.Expand(JsonText.Read(matrix)).Select(combination => string.Join(' ', combination.Entries.Select(entry => $"{entry.Key}={entry.Value.AsText()}"))));
        }
        catch (ExpressionException wrong)
        {
            actual = "ERR " + wrong.Message;
        }

        actual.ShouldBe(expected);
    }

    [Fact]
    public void Expand_TooMany_IsRefused()
    {
        string list = "[" + string.Join(',', Enumerable.Range(0, 17)) + "]";
        Should.Throw<ExpressionException>(() => Matrix.Expand(JsonText.Read($$"""{"a":{{list}},"b":{{list}}}"""))).Message.ShouldContain("at most 256");
        Should.Throw<ExpressionException>(() => Matrix.Expand(JsonText.Read($$"""{"a":{{list}},"b":{{list}},"c":{{list}},"d":{{list}},"e":{{list}}}"""))).Message.ShouldContain("256");
    }
}

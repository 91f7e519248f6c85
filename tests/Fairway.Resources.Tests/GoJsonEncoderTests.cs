using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources.Kinds.Core;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tests;

/// <summary>Strings of documents against what Go's encoding/json writes of them.</summary>
public sealed class GoJsonEncoderTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("say \"hi\"", "say \\\"hi\\\"")]
    [InlineData("a\\b", "a\\\\b")]
    [InlineData("it's 1+1=2 `x` /y/", "it's 1+1=2 `x` /y/")]
    [InlineData("<a & b>", "\\u003ca \\u0026 b\\u003e")]
    [InlineData("\b\f\n\r\t", "\\b\\f\\n\\r\\t")]
    [InlineData("\0\u0001\u000b\u001f", "\\u0000\\u0001\\u000b\\u001f")]
    [InlineData("\u007f\u0080\u00a0", "\u007f\u0080\u00a0")]
    [InlineData("Größe “quoted” … 日本", "Größe “quoted” … 日本")]
    [InlineData("\u2027\u2028\u2029\u202a", "\u2027\\u2028\\u2029\u202a")]
    [InlineData("😀<😀", "😀\\u003c😀")]
    [InlineData("\ufffd\ufeff\uffff", "\ufffd\ufeff\uffff")]
    public void Strings_AreWrittenAsGoWritesThem(string text, string written)
    {
        var tree = new JsonObject { ["kind"] = text, [text + "x"] = 1 };
        Encoding.UTF8.GetString(Document.From(tree).Json.Span).ShouldBe($$"""{"kind":"{{written}}","{{written}}x":1}""");
        tree.ToJsonString(KubeJson.Options).ShouldBe($$"""{"kind":"{{written}}","{{written}}x":1}""");

        // What came in as JSON goes out the same way, however it was escaped.
        string escaped = string.Concat(text.Select(letter => $"\\u{(int)letter:X4}"));
        Encoding.UTF8.GetString(Document.From(JsonNode.Parse($"[\"{escaped}\"]")!).Json.Span).ShouldBe($"[\"{written}\"]");

        var map = new ConfigMap { Metadata = new ObjectMeta { Name = "m" }, Data = new Dictionary<string, string> { ["k"] = text } };
        Encoding.UTF8.GetString(Document.From(map).Json.Span).ShouldContain($"\"k\":\"{written}\"");
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources.Yaml;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Resources.Tests.Yaml;

public sealed class YamlTests
{
    [Theory]
    [InlineData("a: 1", "{'a':1}")]
    [InlineData("a: yes\nb: off\nc: 'yes'\nd: true", "{'a':true,'b':false,'c':'yes','d':true}")]
    [InlineData("mode: 0644\nhex: 0x1F\nbig: 1_000", "{'mode':420,'hex':31,'big':1000}")]
    [InlineData("a: ~\nb:\nc: null", "{'a':null,'b':null,'c':null}")]
    [InlineData("v: 1.10\ns: \"1.10\"\nd: 2026-01-02\nip: 1.2.3.4\nm: 250m", "{'v':1.1,'s':'1.10','d':'2026-01-02','ip':'1.2.3.4','m':'250m'}")]
    [InlineData("- a\n- [b, {c: d}]", "['a',['b',{'c':'d'}]]")]
    [InlineData("x: &a {k: 1}\nw:\n  <<: *a\n  z: 2", "{'x':{'k':1},'w':{'z':2,'k':1}}")]
    [InlineData("y: n", "{'true':false}")]
    [InlineData("t: |\n  one\n  two\n", "{'t':'one\\ntwo\\n'}")]
    [InlineData("1: a\ntrue: b", "{'1':'a','true':'b'}")]
    [InlineData("a: !!str 5", "{'a':'5'}")]
    [InlineData("{\"a\": [1, 2.5, null]}", "{'a':[1,2.5,null]}")]
    [InlineData("a: 1e3\nb: -5\nc: +7\nd: .5\ne: 08", "{'a':1000,'b':-5,'c':7,'d':0.5,'e':8}")]
    public void Read_Table(string yaml, string expected) => YamlReader.Read(yaml).Single().Node.ShouldBeJson(expected);

    [Fact]
    public void Read_SeveralDocuments_SkipsEmptyOnesAndKnowsLines()
    {
        IReadOnlyList<YamlDocument> documents = YamlReader.Read("# nothing\n---\n---\na: 1\n---\nb: 2\n...\n");
        documents.Select(each => each.Node.Compact()).ShouldBe(["{\"a\":1}", "{\"b\":2}"]);
        documents.Select(each => each.Line).ShouldBe([4, 6]);
    }

    [Theory]
    [InlineData("a: 1\na: 2", 2, 1, "already set")]
    [InlineData("a: [1", 1, 0, "")]
    [InlineData("x: 1\na:\n\t- b", 2, 2, "")]
    [InlineData("a: *b", 1, 4, "unknown anchor 'b'")]
    [InlineData("a: .nan", 1, 4, "no JSON form")]
    [InlineData("? [a]\n: b", 1, 3, "a key must be a scalar")]
    public void Read_Malformed_NamesFileLineAndColumn(string yaml, int line, int column, string expected)
    {
        YamlException error = Should.Throw<YamlException>(() => YamlReader.Read(yaml, "deploy/web.yaml"));
        error.Message.ShouldStartWith("deploy/web.yaml:");
        error.Message.ShouldContain(expected);
        if (column > 0)
        {
            (error.Line, error.Column).ShouldBe((line, column));
        }
    }

    [Fact]
    public void Read_BillionLaughs_IsStopped()
    {
        var yaml = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 12; i++)
        {
            yaml.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        }

        Should.Throw<YamlException>(() => YamlReader.Read(yaml.ToString())).Message.ShouldContain("after aliases are expanded");
    }

    [Fact]
    public void Read_TooDeepOrTooLong_IsRefused()
    {
        Should.Throw<YamlException>(() => YamlReader.Read(new string('[', 3000) + new string(']', 3000))).Message.ShouldContain("deep");
        Should.Throw<YamlException>(() => YamlReader.Read(new string('a', 4 * 1024 * 1024))).Message.ShouldContain("at most");
    }

    [Fact]
    public void Read_NewBooleans_LeaveOnAlone()
        => YamlReader.Read("on: push", options: new YamlOptions { OldBooleans = false }).Single().Node.ShouldBeJson("{'on':'push'}");

    [Fact]
    public void ReadObject_JsonYamlAndNonsense()
    {
        YamlReader.ReadObject("{\"a\":1,\"a\":2}"u8, out IReadOnlyList<string> problems).ShouldBeJson("{'a':2}");
        problems.ShouldBe(["duplicate field \"a\""]);
        YamlReader.ReadObject("{a: 1}"u8, out _).ShouldBeJson("{'a':1}");
        YamlReader.ReadObject("a:\n  b: yes"u8, out _).ShouldBeJson("{'a':{'b':true}}");
        Should.Throw<StatusException>(() => YamlReader.ReadObject("- a"u8, out _)).Code.ShouldBe(400);
        Should.Throw<StatusException>(() => YamlReader.ReadObject("a: 1\n---\nb: 2"u8, out _)).Code.ShouldBe(400);
        Should.Throw<StatusException>(() => YamlReader.ReadObject("a: [1"u8, out _)).Code.ShouldBe(400);
    }

    [Fact]
    public void Write_Manifest_IsReadable()
        => YamlWriter.Write(Json.Node("{'apiVersion':'v1','metadata':{'name':'x','labels':{},'annotations':{'a/b':'true','n':'1.0','t':'12:30','e':''}},'args':['--flag','- x','*','a: b','x #y'],'list':[{'a':1,'b':[1,2]},[]],'text':'one\\ntwo\\n','crlf':'a\\r\\nb'}"))
            .ShouldBe("""
                apiVersion: v1
                metadata:
                  name: x
                  labels: {}
                  annotations:
                    a/b: "true"
                    "n": "1.0"
                    t: 12:30
                    e: ""
                args:
                - "--flag"
                - "- x"
                - "*"
                - "a: b"
                - "x #y"
                list:
                - a: 1
                  b:
                  - 1
                  - 2
                - []
                text: |
                  one
                  two
                crlf: "a\r\nb"

                """.ReplaceLineEndings("\n"));

    [Fact]
    public void WriteThenRead_IsTheSame()
    {
        Gen<string> text = Gen.OneOf(
            ArbMap.Default.GeneratorFor<NonNull<string>>().Select(each => each.Get),
            Gen.Elements("yes", "no", "null", "~", "1", "0x1", "1e3", "- a", "a: b", " lead", "trail ", "#c", "a #c", "'q'", "\"d\"", "multi\nline", "multi\n\n  line\n\n", "\ttab", "-", "--", "---", "?", ":", "a:", "|", ">", "%x", "@x", "`x", "{}", "[]", "{a", "0644", ".5", "2026-01-02", "=", "<<", "!x", "&x", "*x", "\u0085", "a\u2028b", "\ufeff", "é", "😀"));
        Gen<JsonNode?> leaf = Gen.OneOf(text.Select(JsonNode? (each) => JsonValue.Create(Valid(each))), Gen.Elements("1", "-2.5", "true", "null", "{}", "[]", "1e300").Select(each => Json.Node(each)));
        Gen<JsonNode?> Tree(int depth) => depth == 0 ? leaf : Gen.OneOf(
            leaf,
            Gen.Zip(text, Tree(depth - 1)).ListOf(3).Select(JsonNode? (pairs) => new JsonObject(pairs.DistinctBy(pair => Valid(pair.Item1)).Select(pair => KeyValuePair.Create(Valid(pair.Item1), pair.Item2?.DeepClone())))),
            Tree(depth - 1).ListOf(3).Select(JsonNode? (items) => new JsonArray([.. items.Select(item => item?.DeepClone())])));
        Prop.ForAll(Tree(3).Where(tree => tree is not null).ToArbitrary(), tree =>
            JsonNode.DeepEquals(YamlReader.Read(YamlWriter.Write(tree)).Single().Node, tree)).ShouldHold();
    }

    /// <summary>Without lone surrogates, which no encoding carries.</summary>
    private static string Valid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}

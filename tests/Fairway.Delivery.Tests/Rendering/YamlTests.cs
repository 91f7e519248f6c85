using System.Text.Json.Nodes;
using Fairway.Delivery.Rendering;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Delivery.Tests.Rendering;

public sealed class YamlTests
{
    [Theory]
    [InlineData("a: 1\n---\n---\nb: [x, 2.5]\n", """[{"a":1},{"b":["x",2.5]}]""")]
    [InlineData("a: yes\nb: 'yes'\nc: off\nd: ~\n", """[{"a":true,"b":"yes","c":false,"d":null}]""")]
    [InlineData("mode: 0644\nhex: 0x1F\nbig: 1e3\nversion: 1.2.3\nplus: +5\n", """[{"mode":420,"hex":31,"big":1000,"version":"1.2.3","plus":5}]""")]
    [InlineData("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n", """[{"base":{"x":1,"y":2},"use":{"y":3,"x":1}}]""")]
    [InlineData("{\"a\": \"1\"}", """[{"a":"1"}]""")]
    public void Read_ValidYaml_GivesWhatKubectlReads(string text, string json)
        => new JsonArray([.. ManifestYaml.Read("f.yaml", text).Select(document => document.Node.DeepClone())]).ToJsonString().ShouldBe(json);

    [Theory]
    [InlineData("a: 1\na: 2\n", "f.yaml:2: key \"a\" occurs twice")]
    [InlineData("a: [1\nb: 2\n", "f.yaml:")]
    [InlineData("a:\n  - b\n c: d\n", "f.yaml:3: not valid YAML")]
    [InlineData("a: *nowhere\n", "f.yaml:1: alias *nowhere")]
    [InlineData("? [a]\n: b\n", "f.yaml:1: a key must be a plain word")]
    public void Read_InvalidYaml_SaysFileAndLine(string text, string message)
        => Should.Throw<RenderException>(() => ManifestYaml.Read("f.yaml", text)).Message.ShouldStartWith(message);

    [Fact]
    public void Read_AliasesThatExplode_AreRefused()
    {
        string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
            + string.Concat(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Should.Throw<RenderException>(() => ManifestYaml.Read("bomb.yaml", text));
    }

    [Fact]
    public void Write_ConfigMapWithText_IsReadableAndComesBack()
    {
        JsonNode node = JsonNode.Parse("""{"kind":"ConfigMap","data":{"a.conf":"x = 1\ny = \"2\"\n","empty":"","n":"1","no":"no"},"list":[{"a":[1,[2]]},{},[]]}""")!;
        YamlText.Write(node).ShouldBe("""
            kind: ConfigMap
            data:
              a.conf: |
                x = 1
                y = "2"
              empty: ""
              "n": "1"
              "no": "no"
            list:
            - a:
              - 1
              - - 2
            - {}
            - []

            """);
    }

    [Fact]
    public void Write_AnyValue_ReadsBackAsTheSame()
    {
        Gen<string> text = Gen.Elements('a', 'b', ' ', '\n', ':', '#', '-', '"', '\'', '\\', '{', '[', '&', '*', '!', '|', '>', '%', '@', '0', '1', '.', 'é', '\t', '\u0001', '~', 'e', ',')
            .ListOf().Select(letters => new string([.. letters]));
        Gen<JsonNode?> scalar = Gen.OneOf(
            text.Select(value => (JsonNode?)JsonValue.Create(value)),
            Gen.Choose(-1000, 100000).Select(value => (JsonNode?)JsonValue.Create((long)value)),
            Gen.Elements<JsonNode?>(null, JsonValue.Create(true), JsonValue.Create(1.5)));
        Gen<JsonNode?> Tree(int depth) => depth == 0
            ? scalar.Select(value => value?.DeepClone())
            : Gen.OneOf(
                scalar.Select(value => value?.DeepClone()),
                Tree(depth - 1).ListOf(3).Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())])),
                text.Zip(Tree(depth - 1)).ListOf(3).Select(members => (JsonNode?)Members(members)));
        Prop.ForAll(Tree(3).Where(node => node is JsonObject).ToArbitrary(), node =>
        {
            string written = YamlText.Write(node!);
            (JsonNode read, _) = ManifestYaml.Read("f", written).Single();
            JsonNode.DeepEquals(read, node).ShouldBeTrue($"{node!.ToJsonString()}\n{written}\n{read.ToJsonString()}");
        }).QuickCheckThrowOnFailure();
    }

    private static JsonObject Members(IEnumerable<(string Name, JsonNode? Value)> members)
    {
        var result = new JsonObject();
        foreach ((string name, JsonNode? value) in members)
        {
            result[name] = value?.DeepClone();
        }

        return result;
    }
}

using Fairway.Telemetry.Traces;

namespace Fairway.Telemetry.Tests.Traces;

public sealed class TraceRulesFileTests
{
    [Fact]
    public void File_ThatIsRight_SetsRulesAndRoom()
    {
        TraceStoreOptions options = Read("rules:\n- name: errors\n  errors: true\n- name: slow\n  slowerThan: 500ms\n- name: rest\n  keep: 0.1\nretention: 2d\nbytes: 1GiB\n");
        options.Retention.ShouldBe(TimeSpan.FromDays(2));
        options.RetentionBytes.ShouldBe(1L << 30);
    }

    [Theory]
    [InlineData("rule: []", "rule: there is no such field")]
    [InlineData("rules:\n- errors: true", "rules[0].name: every rule needs a name")]
    [InlineData("rules:\n- name: x\n  slowerThan: soon", "rules[0].slowerThan: \"soon\" is no duration")]
    [InlineData("rules:\n- name: x\n  keep: 3", "rule \"x\": keep is 3")]
    [InlineData("rules:\n- name: x\n  where: '{ nope = 1 }'", "rule \"x\": where: \"nope\" is no field")]
    [InlineData("bytes: many", "bytes: \"many\"")]
    public void File_ThatIsWrong_SaysWhere(string text, string expected)
        => Should.Throw<FormatException>(() => Read(text)).Message.ShouldContain(expected);

    private static TraceStoreOptions Read(string text) => TraceRulesFile.Read(text, "traces.yaml", new TraceStoreOptions { Directory = "x" });
}

using System.Text.Json.Nodes;
using Fairway.Admission.Rules;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Tests;

public sealed class SchemaValidationsTests
{
    private static string[] Judge(string schema, string? old, string target, bool isStored = false)
    {
        var errors = new FieldErrors();
        SchemaValidations rules = SchemaValidations.Compile(JsonSchema.Read(JsonNode.Parse(schema)!.AsObject()), "root", isStored ? null : errors);
        errors.IsEmpty.ShouldBeTrue(string.Join('\n', errors.Causes.Select(cause => cause.Message)));
        rules.Validate(old is null ? null : JsonNode.Parse(old), JsonNode.Parse(target)!, "", errors, [], CancellationToken.None);
        return [.. errors.Causes.Select(cause => $"{cause.Field}: {cause.Message}")];
    }

    private static string[] Check(string schema)
    {
        var errors = new FieldErrors();
        SchemaValidations.Compile(JsonSchema.Read(JsonNode.Parse(schema)!.AsObject()), "spec.validation.openAPIV3Schema", errors);
        return [.. errors.Causes.Select(cause => $"{cause.Field}: {cause.Message}")];
    }

    private const string Replicas = """
        {"type":"object","properties":{"spec":{"type":"object","x-kubernetes-validations":[{"rule":"self.minReplicas <= self.replicas","message":"replicas below the least"}],
        "properties":{"replicas":{"type":"integer","x-kubernetes-validations":[{"rule":"self >= oldSelf","messageExpression":"'went from %d to %d'.format([oldSelf, self])","reason":"FieldValueForbidden"}]},"minReplicas":{"type":"integer"}}}}}
        """;

    [Fact]
    public void Rule_ThatFails_IsReportedAtItsPlace()
        => Judge(Replicas, null, """{"spec":{"replicas":1,"minReplicas":2}}""").ShouldBe(["spec: Invalid value: \"object\": replicas below the least"]);

    [Fact]
    public void Rule_WhoseFieldIsMissing_NamesTheKey()
        => Judge(Replicas, null, """{"spec":{"replicas":1}}""").ShouldBe(["spec: Invalid value: \"object\": no such key: minReplicas evaluating rule: replicas below the least"]);

    [Fact]
    public void TransitionRule_OnChange_SeesTheOldValue()
        => Judge(Replicas, """{"spec":{"replicas":3,"minReplicas":1}}""", """{"spec":{"replicas":2,"minReplicas":1}}""").ShouldBe(["spec.replicas: Forbidden: went from 3 to 2"]);

    [Fact]
    public void Rule_OnWhatDidNotChange_IsNotJudgedAgain()
        => Judge(Replicas, """{"a":1,"spec":{"replicas":1,"minReplicas":2}}""", """{"a":2,"spec":{"replicas":1,"minReplicas":2}}""").ShouldBeEmpty();

    [Fact]
    public void OptionalOldSelf_OnCreate_IsNone()
        => Judge("""{"type":"object","properties":{"x":{"type":"integer","x-kubernetes-validations":[{"rule":"oldSelf.hasValue() || self == 1","optionalOldSelf":true}]}}}""", null, """{"x":2}""")
            .ShouldBe(["x: Invalid value: \"integer\": failed rule: oldSelf.hasValue() || self == 1"]);

    [Fact]
    public void ListOfTypeMap_Items_AreComparedByTheirKeys()
        => Judge(
            """{"type":"object","properties":{"l":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["n"],"items":{"type":"object","properties":{"n":{"type":"string"},"v":{"type":"integer"}},"x-kubernetes-validations":[{"rule":"self.v >= oldSelf.v"}]}}}}""",
            """{"l":[{"n":"a","v":1},{"n":"b","v":5}]}""",
            """{"l":[{"n":"b","v":4},{"n":"a","v":1}]}""").ShouldBe(["l[0]: Invalid value: \"object\": failed rule: self.v >= oldSelf.v"]);

    [Fact]
    public void Root_OfAnObject_HasItsMetadata()
        => Judge("""{"type":"object","x-kubernetes-validations":[{"rule":"self.metadata.name.startsWith('a')"}]}""", null, """{"metadata":{"name":"b"}}""")
            .ShouldBe(["<nil>: Invalid value: \"object\": failed rule: self.metadata.name.startsWith('a')"]);

    [Fact]
    public void Names_ThatAreNoIdentifiers_AreEscaped()
        => Judge("""{"type":"object","properties":{"a-b":{"type":"string"},"in":{"type":"integer"}},"x-kubernetes-validations":[{"rule":"self.a__dash__b == 'x' && self.__in__ == 1"}]}""", null, """{"a-b":"x","in":1}""").ShouldBeEmpty();

    [Fact]
    public void IntOrString_IsDynamic()
        => Judge("""{"type":"object","properties":{"p":{"x-kubernetes-int-or-string":true}},"x-kubernetes-validations":[{"rule":"type(self.p) == string ? self.p.endsWith('%') : self.p > 5"}]}""", null, """{"p":"50%"}""").ShouldBeEmpty();

    [Fact]
    public void Definition_WithAWrongRule_IsRefusedWithPosition()
        => Check("""{"type":"object","properties":{"spec":{"type":"object","properties":{"a":{"type":"integer"}},"x-kubernetes-validations":[{"rule":"self.b > 0"}]}}}""")
            .ShouldBe(["spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule: Invalid value: apiextensions.ValidationRule{Rule:\"self.b > 0\", Message:\"\", MessageExpression:\"\", Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:\"\", OptionalOldSelf:(*bool)(nil)}: compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b > 0\n | ....^"]);

    [Fact]
    public void Rule_ThatCostsTooMuch_EndsTheValidation()
    {
        string items = string.Join(',', Enumerable.Range(0, 400));
        string[] found = Judge(
            """{"type":"object","properties":{"l":{"type":"array","items":{"type":"integer"}}},"x-kubernetes-validations":[{"rule":"self.l.all(a, self.l.all(b, self.l.all(c, a + b + c >= 0)))"},{"rule":"false"}]}""", null, $$"""{"l":[{{items}}]}""", isStored: true);
        found.Length.ShouldBe(1);
        found[0].ShouldContain("no further validation rules will be run due to call cost exceeds limit for rule");
    }
}

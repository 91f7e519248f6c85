using System.Text.Json.Nodes;
using Fairway.Admission.Policies;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Tests;

public sealed class ValidatingPolicyTests
{
    private static PolicyRequest Request(string? @object, string? old = null, bool allowed = true) => new()
    {
        Attributes = JsonNode.Parse("""{"operation":"CREATE","name":"web","namespace":"team-a","userInfo":{"username":"ann","groups":["dev"]},"resource":{"group":"","version":"v1","resource":"pods"},"dryRun":false}""")!.AsObject(),
        Object = @object is null ? null : JsonNode.Parse(@object)!.AsObject(),
        OldObject = old is null ? null : JsonNode.Parse(old)!.AsObject(),
        NamespaceObject = JsonNode.Parse("""{"metadata":{"name":"team-a","labels":{"env":"prod"}}}""")!.AsObject(),
        Authorize = query => new CelAccessAnswer(allowed && query.Verb == "get"),
    };

    private static PolicyVerdict Judge(string spec, PolicyRequest request, string? parameters = null)
    {
        var errors = new FieldErrors();
        ValidatingPolicy policy = ValidatingPolicy.Compile(JsonNode.Parse($$"""{"metadata":{"name":"p"},"spec":{{spec}}}""")!.AsObject(), errors);
        errors.IsEmpty.ShouldBeTrue(string.Join('\n', errors.Causes.Select(cause => $"{cause.Field}: {cause.Message}")));
        return policy.Evaluate(request, parameters is null ? null : JsonNode.Parse(parameters), CancellationToken.None);
    }

    [Fact]
    public void Validation_ThatHolds_Admits()
        => Judge("""{"validations":[{"expression":"object.spec.replicas <= 5"}]}""", Request("""{"spec":{"replicas":3}}""")).Admits.ShouldBeTrue();

    [Fact]
    public void Validation_ThatFails_HasItsMessageExpression()
        => Judge("""{"validations":[{"expression":"object.spec.replicas <= 5","messageExpression":"'got ' + string(object.spec.replicas)","message":"m","reason":"Forbidden"}]}""", Request("""{"spec":{"replicas":7}}"""))
            .Findings.ShouldBe([new PolicyFinding(0, "got 7", "Forbidden", false, false)]);

    [Fact]
    public void Validation_WithoutMessage_ShowsTheExpression()
        => Judge("""{"validations":[{"expression":"object.spec.replicas <= 5"}]}""", Request("""{"spec":{"replicas":7}}"""))
            .Findings[0].Message.ShouldBe("failed expression: object.spec.replicas <= 5");

    [Fact]
    public void Validation_ThatErrs_SaysWhich()
        => Judge("""{"validations":[{"expression":"object.spec.replicas <= 5"}]}""", Request("""{"spec":{}}"""))
            .Findings.ShouldBe([new PolicyFinding(0, "expression 'object.spec.replicas <= 5' resulted in error: no such key: replicas", "Invalid", true, false)]);

    [Fact]
    public void Variables_SeeThoseBefore_AndAreTyped()
        => Judge("""{"variables":[{"name":"a","expression":"object.spec.replicas"},{"name":"b","expression":"variables.a * 2"}],"validations":[{"expression":"variables.b == 6"}]}""", Request("""{"spec":{"replicas":3}}""")).Admits.ShouldBeTrue();

    [Fact]
    public void Params_Namespace_Request_AndAuthorizer_AreThere()
        => Judge(
            """{"paramKind":{"apiVersion":"v1","kind":"ConfigMap"},"validations":[{"expression":"params.data.max == '3' && namespaceObject.metadata.labels['env'] == 'prod' && request.namespace == 'team-a' && request.userInfo.username == 'ann' && 'dev' in request.userInfo.groups && authorizer.group('').resource('pods').check('get').allowed() && !authorizer.requestResource.check('delete').allowed()"}]}""",
            Request("{}"),
            """{"data":{"max":"3"}}""").Findings.ShouldBeEmpty();

    [Fact]
    public void MatchConditions_False_SkipEvenWhenAnotherErrs()
        => Judge("""{"matchConditions":[{"name":"a","expression":"object.missing == 1"},{"name":"b","expression":"request.operation == 'DELETE'"}],"validations":[{"expression":"false"}]}""", Request("{}")).IsSkipped.ShouldBeTrue();

    [Fact]
    public void AuditAnnotation_WithNull_IsLeftOut()
        => Judge("""{"auditAnnotations":[{"key":"a","valueExpression":"'x'"},{"key":"b","valueExpression":"null"}]}""", Request("{}")).Annotations.ShouldBe([new PolicyAnnotation("a", "x", null)]);

    [Fact]
    public void Policy_WithWrongExpressions_IsRefusedWithEveryOne()
    {
        var errors = new FieldErrors();
        ValidatingPolicy.Compile(JsonNode.Parse("""{"spec":{"validations":[{"expression":"objct.x == 1"},{"expression":"1 + 1"},{"expression":"true","messageExpression":"variables.x"}]}}""")!.AsObject(), errors);
        errors.Causes.Select(cause => $"{cause.Field}: {cause.Message}").ShouldBe(
        [
            "spec.validations[0].expression: Invalid value: \"objct.x == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'objct' (in container '')\n | objct.x == 1\n | ^",
            "spec.validations[1].expression: Invalid value: \"1 + 1\": must evaluate to bool",
            "spec.validations[2].messageExpression: Invalid value: \"variables.x\": compilation failed: ERROR: <input>:1:10: undefined field 'x'\n | variables.x\n | .........^",
        ]);
    }

    [Fact]
    public void ApplyConfiguration_GivesAnObject()
    {
        MutatingPolicy policy = MutatingPolicy.Compile(JsonNode.Parse("""{"spec":{"mutations":[{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"Object{metadata: Object.metadata{labels: {'a': 'b'}}}"}},{"patchType":"JSONPatch","jsonPatch":{"expression":"[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('x/y'), value: 'z'}]"}}]}}""")!.AsObject(), null);
        policy.Evaluate(0, Request("{}"), null, CancellationToken.None).Change!.Configuration!.ToJsonString().ShouldBe("""{"metadata":{"labels":{"a":"b"}}}""");
        policy.Evaluate(1, Request("{}"), null, CancellationToken.None).Change!.Patch!.ToJsonString().ShouldBe("""[{"op":"add","path":"/metadata/labels/x~1y","value":"z"}]""");
    }
}

using System.Text.Json.Nodes;
using Fairway.Admission.Reading;
using Fairway.Cel;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Tests;

/// <summary>Policies as kube-apiserver runs them, by the one engine.</summary>
public sealed class ValidatingPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    private static Subject Request(string? @object, string? old = null, bool allowed = true) => new()
    {
        Identity = new ResourceIdentity { Group = "", Version = "v1", Kind = "Pod", Resource = "pods", Namespaced = true, NamespaceName = "team-a", Name = "web" },
        User = JsonNode.Parse("""{"username":"ann","groups":["dev"]}""")!.AsObject(),
        Object = @object is null ? null : JsonNode.Parse(@object)!.AsObject(),
        OldObject = old is null ? null : JsonNode.Parse(old)!.AsObject(),
        Namespace = JsonNode.Parse("""{"metadata":{"name":"team-a","labels":{"env":"prod"}}}""")!.AsObject(),
        Authorize = query => new CelAccessAnswer(allowed && query.Verb == "get"),
        TellsPlaces = false,
    };

    private static JsonObject Policy(string spec)
    {
        var policy = JsonNode.Parse($$"""{"metadata":{"name":"p"},"spec":{{spec}}}""")!.AsObject();
        policy["spec"]!["matchConstraints"] ??= JsonNode.Parse("""{"resourceRules":[{"apiGroups":["*"],"apiVersions":["*"],"operations":["*"],"resources":["*"]}]}""");
        return policy;
    }

    private static Verdict Judge(string spec, Subject request, string? parameters = null)
    {
        var problems = new List<PolicyProblem>();
        var policy = CompiledPolicy.Compile(KubernetesPolicy.Read(Policy(spec), "p", problems)!, problems, withFacts: false);
        problems.ShouldBeEmpty();
        return PolicyEngine.Decide(policy, parameters is null ? null : JsonNode.Parse(parameters)!.AsObject(), [], new PreparedSubject(request), FactSnapshot.Nothing, Now, CancellationToken.None);
    }

    private static (int Index, string Message, string Reason, bool IsError) Single(Verdict verdict)
    {
        Finding finding = verdict.Findings.ShouldHaveSingleItem();
        return (finding.Index, finding.Message, finding.Reason, finding.IsError);
    }

    [Fact]
    public void Validation_ThatHolds_Admits()
        => Judge("""{"validations":[{"expression":"object.spec.replicas <= 5"}]}""", Request("""{"spec":{"replicas":3}}""")).Outcome.ShouldBe(Outcome.Pass);

    [Fact]
    public void Validation_ThatFails_HasItsMessageExpression()
        => Single(Judge("""{"validations":[{"expression":"object.spec.replicas <= 5","messageExpression":"'got ' + string(object.spec.replicas)","message":"m","reason":"Forbidden"}]}""", Request("""{"spec":{"replicas":7}}""")))
            .ShouldBe((0, "got 7", "Forbidden", false));

    [Theory]
    [InlineData("'a\\nb'")] // several lines
    [InlineData("'  '")] // blank
    [InlineData("string(object.spec.missing)")] // fails
    public void MessageExpression_ThatGivesNoMessage_GivesWayToTheMessage(string expression)
        => Single(Judge($$"""{"validations":[{"expression":"false","messageExpression":"{{expression.Replace("\\", "\\\\", StringComparison.Ordinal)}}","message":"m"}]}""", Request("""{"spec":{}}"""))).Message.ShouldBe("m");

    [Fact]
    public void Validation_WithoutMessage_ShowsTheExpression()
        => Single(Judge("""{"validations":[{"expression":" object.spec.replicas <= 5 "}]}""", Request("""{"spec":{"replicas":7}}"""))).Message.ShouldBe("failed expression: object.spec.replicas <= 5");

    [Fact]
    public void Validation_ThatErrs_SaysWhich()
        => Single(Judge("""{"validations":[{"expression":"true"},{"expression":"object.spec.replicas <= 5"}]}""", Request("""{"spec":{}}""")))
            .ShouldBe((1, "expression 'object.spec.replicas <= 5' resulted in error: no such key: replicas", "Invalid", true));

    [Fact]
    public void Variable_ThatErrs_IsNamed()
        => Single(Judge("""{"variables":[{"name":"a","expression":"object.spec.replicas"}],"validations":[{"expression":"variables.a == 1"}]}""", Request("""{"spec":{}}""")))
            .Message.ShouldBe("expression 'variables.a == 1' resulted in error: composited variable \"a\" fails to evaluate: no such key: replicas");

    [Fact]
    public void Expression_OverItsOwnLimit_IsOneError_AndOverTheBudgetOfAll_EndsIt()
    {
        const string Loop = "[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a + b + c + d + e + f > 0))))))";
        Verdict one = Judge($$"""{"validations":[{"expression":"{{Loop}}"},{"expression":"false"}]}""", Request("{}"));
        one.Findings.Select(finding => finding.Message).ShouldBe([$"expression '{Loop}' resulted in error: operation cancelled: actual cost limit exceeded", "failed expression: false"]);
        string many = string.Join(',', Enumerable.Repeat($$"""{"expression":"{{Loop}}"}""", 11));
        Single(Judge($$"""{"validations":[{{many}}]}""", Request("{}"))).Message.ShouldBe("validation failed due to running out of cost budget, no further validation rules will be run");
    }

    [Fact]
    public void Variables_SeeThoseBefore_AndAreTyped()
        => Judge("""{"variables":[{"name":"a","expression":"object.spec.replicas"},{"name":"b","expression":"variables.a * 2"}],"validations":[{"expression":"variables.b == 6"}]}""", Request("""{"spec":{"replicas":3}}""")).Outcome.ShouldBe(Outcome.Pass);

    [Fact]
    public void Params_Namespace_Request_AndAuthorizer_AreThere()
        => Judge(
            """{"paramKind":{"apiVersion":"v1","kind":"ConfigMap"},"validations":[{"expression":"params.data.max == '3' && namespaceObject.metadata.labels['env'] == 'prod' && request.namespace == 'team-a' && request.userInfo.username == 'ann' && 'dev' in request.userInfo.groups && authorizer.group('').resource('pods').check('get').allowed() && !authorizer.requestResource.check('delete').allowed()"}]}""",
            Request("{}"),
            """{"data":{"max":"3"}}""").Findings.ShouldBeEmpty();

    [Fact]
    public void MatchConditions_False_SkipEvenWhenAnotherErrs()
        => Judge("""{"matchConditions":[{"name":"a","expression":"object.missing == 1"},{"name":"b","expression":"request.operation == 'DELETE'"}],"validations":[{"expression":"false"}]}""", Request("{}")).Outcome.ShouldBe(Outcome.NotApplicable);

    [Fact]
    public void MatchConditions_SeeNoNamespace()
        => Judge("""{"matchConditions":[{"name":"a","expression":"namespaceObject == null"}],"validations":[{"expression":"false"}]}""", Request("{}")).Outcome.ShouldBe(Outcome.Fail);

    [Fact]
    public void AuditAnnotation_WithNull_IsLeftOut()
        => Judge("""{"auditAnnotations":[{"key":"a","valueExpression":"' x '"},{"key":"b","valueExpression":"null"},{"key":"c","valueExpression":"string(object.d)"}]}""", Request("{}")).Annotations
            .ShouldBe([new PolicyAnnotation("a", "x", null), new PolicyAnnotation("c", null, "expression 'string(object.d)' resulted in error: no such key: d")]);

    [Fact]
    public void Equivalent_SeesTheVersionThatARuleNames()
    {
        Subject seen = Request("""{"apiVersion":"v1","old":1}""") with
        {
            Equivalents = [new EquivalentForm(Request("{}").Identity with { Version = "v2" }, static _ => JsonNode.Parse("""{"apiVersion":"v2","new":1}""")!.AsObject())],
        };
        const string Rules = "\"resourceRules\":[{\"apiGroups\":[\"\"],\"apiVersions\":[\"v2\"],\"operations\":[\"*\"],\"resources\":[\"pods\"]}]";
        const string Test = "\"validations\":[{\"expression\":\"object.new == 1 && request.kind.version == 'v2' && request.requestKind.version == 'v1'\"}]";
        Judge($$"""{"matchConstraints":{ {{Rules}} }, {{Test}} }""", seen).Outcome.ShouldBe(Outcome.Pass);
        Judge($$"""{"matchConstraints":{ "matchPolicy":"Exact", {{Rules}} }, {{Test}} }""", seen).Outcome.ShouldBe(Outcome.NotApplicable);
    }

    [Fact]
    public void Policy_WithWrongExpressions_IsRefusedWithEveryOne()
    {
        var errors = new FieldErrors();
        JsonObject policy = Policy("""{"failurePolicy":"Fail","matchConstraints":{"matchPolicy":"Exact","namespaceSelector":{},"objectSelector":{},"resourceRules":[{"apiGroups":["*"],"apiVersions":["*"],"operations":["*"],"resources":["*"]}]},"validations":[{"expression":"objct.x == 1"},{"expression":"1 + 1"},{"expression":"true","messageExpression":"variables.x"}]}""");
        PolicyForm.Validate("ValidatingAdmissionPolicy", policy, errors);
        errors.Causes.Select(cause => $"{cause.Field}: {cause.Message}").ShouldBe(
        [
            "spec.validations[0].expression: Invalid value: \"objct.x == 1\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'objct' (in container '')\n | objct.x == 1\n | ^",
            "spec.validations[1].expression: Invalid value: \"1 + 1\": must evaluate to bool but got int",
            "spec.validations[2].messageExpression: Invalid value: \"variables.x\": compilation failed: ERROR: <input>:1:1: undeclared reference to 'variables' (in container '')\n | variables.x\n | ^",
        ]);
    }

    [Theory]
    [InlineData("Object{metadata: Object.metadata{labels: {'a': 'b'}}}", """{"metadata":{"labels":{"a":"b"}}}""", null)]
    [InlineData("Object{spec: Object.spec{list: [Object.spec.list{a: 1}]}}", """{"spec":{"list":[{"a":1}]}}""", null)]
    [InlineData("Object{spec: Object.wrong{a: 1}}", null, "type mismatch: unexpected type name \"Object.wrong\", expected \"Object.spec\", which matches field name path from root Object type")]
    public void ApplyConfiguration_GivesAnObject(string expression, string? expected, string? error)
    {
        (PolicyChange? change, string? wrong) = Mutate($$"""{"patchType":"ApplyConfiguration","applyConfiguration":{"expression":"{{expression}}"} }""");
        (change?.Configuration?.ToJsonString(), wrong).ShouldBe((expected, error));
    }

    [Fact]
    public void JsonPatch_GivesOperations()
        => Mutate("""{"patchType":"JSONPatch","jsonPatch":{"expression":"[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('x/y'), value: Object.spec{a: 1}}]"}}""")
            .Change!.Patch!.ToJsonString().ShouldBe("""[{"op":"add","path":"/metadata/labels/x~1y","value":{"a":1}}]""");

    private static (PolicyChange? Change, string? Error) Mutate(string mutation)
    {
        var problems = new List<PolicyProblem>();
        var policy = CompiledPolicy.Compile(KubernetesPolicy.ReadMutating(Policy($$"""{"mutations":[{{mutation}}] }"""), "p", problems), problems, withFacts: false);
        problems.ShouldBeEmpty();
        return MutationEngine.Evaluate(policy, 0, null, new PreparedSubject(Request("{}")), CancellationToken.None);
    }
}

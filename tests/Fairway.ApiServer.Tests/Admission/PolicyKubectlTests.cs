using Fairway.ApiServer.Testing;

namespace Fairway.ApiServer.Tests.Admission;

/// <summary>Admission policies as stock kubectl meets them. Each test binds its policies to a namespace of its own.</summary>
[Collection("kubectl")]
public sealed class PolicyKubectlTests(KubectlFixture fixture)
{
    private static int s_count;

    private readonly string _ns = $"policies-{Interlocked.Increment(ref s_count)}";

    private string Validating(string spec, string binding = "validationActions: [Deny]", string resources = "{apiGroups: [\"\"], apiVersions: [v1], operations: [\"*\"], resources: [configmaps]}") => $$"""
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: { name: {{_ns}} }
        spec:
          matchConstraints:
            namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{_ns}} } }
            resourceRules: [{{resources}}]
          {{spec}}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: { name: {{_ns}} }
        spec: { policyName: {{_ns}}, {{binding}} }
        """;

    private string Mutating(string mutations, string resources = "{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}") => $$"""
        apiVersion: admissionregistration.k8s.io/v1beta1
        kind: MutatingAdmissionPolicy
        metadata: { name: {{_ns}} }
        spec:
          reinvocationPolicy: IfNeeded
          matchConstraints:
            namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{_ns}} } }
            resourceRules: [{{resources}}]
          mutations: {{mutations}}
        ---
        apiVersion: admissionregistration.k8s.io/v1beta1
        kind: MutatingAdmissionPolicyBinding
        metadata: { name: {{_ns}} }
        spec: { policyName: {{_ns}} }
        """;

    private string Denied(string kind, string name, string why)
        => $"error: failed to create {kind}: {kind}s \"{name}\" is forbidden: ValidatingAdmissionPolicy '{_ns}' with binding '{_ns}' denied request: {why}\n";

    private async Task InstallAsync(string policy)
    {
        _ = (await fixture.Kubectl.RunAsync("create", "namespace", _ns)).Text;
        _ = (await fixture.Kubectl.WithInputAsync(policy, "apply", "-f", "-")).Text;
    }

    private Task<KubectlResult> CreateMapAsync(string name, params string[] arguments) => fixture.Kubectl.RunAsync(["create", "configmap", name, "-n", _ns, .. arguments]);

    [KubectlFact]
    public async Task Denial_HasTheMessageOfItsExpression()
    {
        await InstallAsync(Validating("validations: [{expression: \"object.data.size() < 2\", messageExpression: \"'too much: ' + string(object.data.size())\", reason: Forbidden}]"));
        (await CreateMapAsync("a", "--from-literal=a=1", "--from-literal=b=2")).Error.ShouldBe(Denied("configmap", "a", "too much: 2"));
        (await CreateMapAsync("a", "--from-literal=a=1")).Text.ShouldBe("configmap/a created\n");
    }

    [KubectlFact]
    public async Task Denial_WithoutMessage_NamesTheExpression_AndAnErrorTellsItself()
    {
        await InstallAsync(Validating("validations: [{expression: \"object.data.a == '1'\"}]"));
        (await CreateMapAsync("a", "--from-literal=a=2")).Error.ShouldBe(Denied("configmap", "a", "failed expression: object.data.a == '1'"));
        (await CreateMapAsync("a")).Error.ShouldBe(Denied("configmap", "a", "expression 'object.data.a == '1'' resulted in error: no such key: data"));
    }

    [KubectlFact]
    public async Task FailurePolicyIgnore_LetsErrorsPass()
    {
        await InstallAsync(Validating("failurePolicy: Ignore\n  validations: [{expression: \"object.data.a == '1'\"}]"));
        (await CreateMapAsync("a")).ExitCode.ShouldBe(0);
        (await CreateMapAsync("b", "--from-literal=a=2")).ExitCode.ShouldBe(1);
    }

    [KubectlFact]
    public async Task Warn_TellsOnStandardErrorAndLetsPass()
    {
        await InstallAsync(Validating("validations: [{expression: \"false\", message: why not}]", "validationActions: [Warn, Audit]"));
        KubectlResult created = await CreateMapAsync("a");
        (created.ExitCode, created.Error).ShouldBe((0, $"Warning: Validation failed for ValidatingAdmissionPolicy '{_ns}' with binding '{_ns}': why not\n"));
    }

    [KubectlFact]
    public async Task Parameters_OfTheRequestsNamespace_DecideAndAreMissed()
    {
        await InstallAsync(Validating(
            "paramKind: {apiVersion: v1, kind: Secret}\n  validations: [{expression: \"params.metadata.name == 'max' && object.data.size() > 0\"}]",
            "validationActions: [Deny], paramRef: {name: max, parameterNotFoundAction: Deny}"));
        (await CreateMapAsync("a", "--from-literal=a=1")).Error.ShouldBe(Denied("configmap", "a", "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"));
        _ = (await fixture.Kubectl.RunAsync("create", "secret", "generic", "max", "-n", _ns)).Text;
        (await CreateMapAsync("a", "--from-literal=a=1")).ExitCode.ShouldBe(0);
        (await CreateMapAsync("b", "--from-literal=a=1", "--dry-run=server")).ExitCode.ShouldBe(0);
    }

    [KubectlFact]
    public async Task NamespaceObject_Request_AndAuthorizer_AreSeen()
    {
        await InstallAsync(Validating(
            "validations: [{expression: \"namespaceObject.metadata.name == request.namespace && request.operation == 'CREATE' && request.resource.resource == 'configmaps' && authorizer.requestResource.check('create').allowed() && !authorizer.serviceAccount('default', 'nobody').group('').resource('secrets').check('get').allowed()\"}]"));
        (await CreateMapAsync("a")).Text.ShouldBe("configmap/a created\n");
    }

    [KubectlFact]
    public async Task Equivalent_SeesTheVersionOfTheRule()
    {
        await InstallAsync(Validating(
            "validations: [{expression: \"request.kind.version == 'v1' && request.subResource == 'scale' && request.kind.kind == 'Scale' && object.spec.replicas < 3\"}]",
            resources: "{apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: [deployments/scale]}"));
        _ = (await fixture.Kubectl.RunAsync("create", "deployment", "web", "--image=x", "-n", _ns)).Text;
        (await fixture.Kubectl.RunAsync("scale", "deployment", "web", "--replicas=2", "-n", _ns)).Text.ShouldBe("deployment.apps/web scaled\n");
        (await fixture.Kubectl.RunAsync("scale", "deployment", "web", "--replicas=3", "-n", _ns)).ExitCode.ShouldBe(1);
    }

    [KubectlFact]
    public async Task Equivalent_OfAnotherVersion_IsConverted()
    {
        await InstallAsync(Validating(
            "validations: [{expression: \"object.apiVersion == 'autoscaling/v1' && object.spec.targetCPUUtilizationPercentage < 50 && request.requestKind.version == 'v2'\", message: too late}]",
            resources: "{apiGroups: [autoscaling], apiVersions: [v1], operations: [CREATE], resources: [horizontalpodautoscalers]}"));
        static string Scaler(int percent) => $$"""
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: web}
            spec:
              scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
              maxReplicas: 3
              metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: {{percent}} } } }]
            """;
        (await fixture.Kubectl.WithInputAsync(Scaler(80), "create", "-n", _ns, "-f", "-")).Error.ShouldContain("denied request: too late");
        (await fixture.Kubectl.WithInputAsync(Scaler(40), "create", "-n", _ns, "-f", "-")).Text.ShouldBe("horizontalpodautoscaler.autoscaling/web created\n");
    }

    [KubectlFact]
    public async Task Get_ShowsTheColumnsOfPoliciesAndBindings()
    {
        await InstallAsync(Validating("paramKind: {apiVersion: v1, kind: Secret}\n  validations: [{expression: \"true\"}]", "validationActions: [Deny], paramRef: {name: max, parameterNotFoundAction: Allow}"));
        (await fixture.Kubectl.RunAsync("get", "validatingadmissionpolicy", _ns)).Text.ShouldMatch("^NAME +VALIDATIONS +PARAMKIND +AGE\n[a-z0-9-]+ +1 +v1/Secret +[0-9]+s\n$");
        (await fixture.Kubectl.RunAsync("get", "validatingadmissionpolicybinding", _ns)).Text.ShouldMatch("^NAME +POLICYNAME +PARAMREF +AGE\n[a-z0-9-]+ +[a-z0-9-]+ +\\*/max +[0-9]+s\n$");
    }

    [KubectlFact]
    public async Task WrongPolicy_IsRefusedWithEveryField()
    {
        KubectlResult refused = await fixture.Kubectl.WithInputAsync(
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicy
            metadata: {name: wrong}
            spec:
              matchConstraints: {resourceRules: [{apiGroups: ["*", apps], apiVersions: [], operations: [FOO], resources: [deployments]}]}
              variables: [{name: for, expression: "1"}]
              validations: [{expression: "1"}, {expression: " ", reason: Bogus}]
            """,
            "apply", "-f", "-");
        foreach (string part in (string[])
        [
            "spec.matchConstraints.resourceRules[0].operations[0]: Unsupported value: \"FOO\": supported values: \"*\", \"CONNECT\", \"CREATE\", \"DELETE\", \"UPDATE\"",
            "spec.matchConstraints.resourceRules[0].apiGroups: Invalid value: []string{\"*\", \"apps\"}: if '*' is present, must not specify other API groups",
            "spec.matchConstraints.resourceRules[0].apiVersions: Required value\n",
            "spec.variables[0].name: Invalid value: \"for\": name is not a valid CEL identifier",
            "spec.validations[0].expression: Invalid value: \"1\": must evaluate to bool",
            "spec.validations[1].expression: Required value: expression is not specified",
            "spec.validations[1].reason: Unsupported value: \"Bogus\": supported values: \"Forbidden\", \"Invalid\", \"RequestEntityTooLarge\"",
        ])
        {
            refused.Error.ShouldContain(part);
        }
    }

    [KubectlFact]
    public async Task Mutations_MergeAndPatchInOrder()
    {
        await InstallAsync(Mutating(
            """[{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{metadata: Object.metadata{labels: {'by': request.userInfo.username}}, data: {'a': '1'}}"}}, {patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'test', path: '/data/a', value: '1'}, JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('e/f'), value: 'g'}]"}}, {patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'test', path: '/data/a', value: '2'}, JSONPatch{op: 'remove', path: '/data/a'}]"}}]"""));
        _ = (await CreateMapAsync("a", "--from-literal=b=2")).Text;
        (await fixture.Kubectl.RunAsync("get", "configmap", "a", "-n", _ns, "-o", "jsonpath={.metadata.labels} {.data}")).Text.ShouldBe("""{"by":"admin","e/f":"g"} {"a":"1","b":"2"}""");
    }

    [KubectlFact]
    public async Task Mutation_OfTheFirstForm_IsTheSameObject()
    {
        const string Resource = "mutatingadmissionpolicies.v1alpha1.admissionregistration.k8s.io";
        string policy = Mutating("""[{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{data: {'a': '1'}}"}}]""").Replace("v1beta1", "v1alpha1", StringComparison.Ordinal);
        await InstallAsync(policy);
        (await fixture.Kubectl.WithInputAsync(policy, "apply", "-f", "-")).Text.ShouldContain(
            $"mutatingadmissionpolicybinding.admissionregistration.k8s.io/{_ns} unchanged\n");
        _ = (await fixture.Kubectl.WithInputAsync(policy.Replace("'1'", "'2'", StringComparison.Ordinal), "apply", "--server-side", "--force-conflicts", "-f", "-")).Text;
        _ = (await CreateMapAsync("a")).Text;
        (await fixture.Kubectl.RunAsync("get", "configmap", "a", "-n", _ns, "-o", "jsonpath={.data}")).Text.ShouldBe("""{"a":"2"}""");
        (await fixture.Kubectl.RunAsync("get", Resource, _ns, "-o", "jsonpath={.apiVersion}")).Text.ShouldBe("admissionregistration.k8s.io/v1alpha1");
        (await fixture.Kubectl.RunAsync("get", "mutatingadmissionpolicies", _ns, "-o", "jsonpath={.apiVersion}")).Text.ShouldBe("admissionregistration.k8s.io/v1beta1");
        _ = (await fixture.Kubectl.RunAsync("patch", Resource, _ns, "--type", "merge", "-p", """{"spec":{"reinvocationPolicy":"Never"}}""")).Text;
        (await fixture.Kubectl.RunAsync("get", "mutatingadmissionpolicies", _ns, "-o", "jsonpath={.spec.reinvocationPolicy}")).Text.ShouldBe("Never");
    }

    [KubectlFact]
    public async Task Mutation_ThatCannotBeMade_Refuses()
    {
        const string Deployments = "{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}";
        await InstallAsync(Mutating("""[{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {'a': 'b'}}}}"}}]""", Deployments));
        (await fixture.Kubectl.RunAsync("create", "deployment", "web", "--image=x", "-n", _ns)).Error.ShouldBe(
            $"error: failed to create deployment: policy '{_ns}' with binding '{_ns}' denied request: error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.selector\n");
    }

    [KubectlFact]
    public async Task Definition_WithARuleWithoutBounds_IsRefused()
    {
        KubectlResult refused = await fixture.Kubectl.WithInputAsync(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: wide.example.com}
            spec:
              group: example.com
              scope: Namespaced
              names: {plural: wide, kind: Wide}
              versions:
              - name: v1
                served: true
                storage: true
                schema: {openAPIV3Schema: {type: object, properties: {spec: {type: array, items: {type: string}, x-kubernetes-validations: [{rule: "self.all(a, self.all(b, a != b))"}]}}}}
            """,
            "apply", "-f", "-");
        refused.Error.ShouldContain("x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)");
    }
}

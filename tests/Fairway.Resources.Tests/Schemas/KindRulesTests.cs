using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources.Schemas;

namespace Fairway.Resources.Tests.Schemas;

public sealed class KindRulesTests
{
    private const string Web =
        "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web','namespace':'shop'},'spec':{'selector':{'matchLabels':{'app':'web'}},"
        + "'template':{'metadata':{'labels':{'app':'web'}},'spec':{'containers':[{'name':'web','image':'shop/web:1'}]}}}}";

    private const string App =
        "{'apiVersion':'fairway.dev/v1','kind':'Application','metadata':{'name':'shop','namespace':'team'},'spec':{'repository':'shop','environments':[{'name':'dev'}]}}";

    private static KindRules Rules(string apiVersion, string kind) => KindRules.Of(Json.Kind(apiVersion, kind));

    private static JsonObject Decode(KindRules rules, string text, FieldValidation mode, List<string>? warnings = null)
        => rules.Decode(Encoding.UTF8.GetBytes(text.Replace('\'', '"')), mode, warnings ?? []);

    private static string[] Errors(string apiVersion, string kind, string text)
    {
        KindRules rules = Rules(apiVersion, kind);
        JsonObject target = Decode(rules, text, FieldValidation.Ignore);
        rules.Default(target);
        return [.. rules.ValidateCreate(target).Causes.Select(cause => $"{cause.Field}: {cause.Message}")];
    }

    [Fact]
    public void Decode_UnknownField_WarnedIgnoredOrRefused()
    {
        string text = Web.Replace("'selector'", "'foo':1,'selector'").Replace("'image'", "'imagge':'x','image'");
        var warnings = new List<string>();
        JsonObject target = Decode(Rules("apps/v1", "Deployment"), text, FieldValidation.Warn, warnings);
        warnings.ShouldBe(["unknown field \"spec.foo\"", "unknown field \"spec.template.spec.containers[0].imagge\""]);
        target["spec"]!.AsObject().ContainsKey("foo").ShouldBeFalse();

        warnings.Clear();
        Decode(Rules("apps/v1", "Deployment"), text, FieldValidation.Ignore, warnings);
        warnings.ShouldBeEmpty();

        StatusException error = Should.Throw<StatusException>(() => Decode(Rules("apps/v1", "Deployment"), text, FieldValidation.Strict));
        error.Code.ShouldBe(400);
        error.Message.ShouldBe("Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.foo\", unknown field \"spec.template.spec.containers[0].imagge\"");
    }

    [Fact]
    public void Decode_DuplicateField_LastCountsAndIsReported()
    {
        var warnings = new List<string>();
        JsonObject target = Decode(Rules("apps/v1", "Deployment"), Web.Replace("'selector'", "'replicas':1,'replicas':2,'selector'"), FieldValidation.Warn, warnings);
        warnings.ShouldBe(["duplicate field \"spec.replicas\""]);
        target["spec"]!["replicas"].Compact().ShouldBe("2");
    }

    [Theory]
    [InlineData("{'a':")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("{}{}")]
    public void Decode_NoObject_BadRequest(string text)
        => Should.Throw<StatusException>(() => Decode(Rules("apps/v1", "Deployment"), text, FieldValidation.Warn)).Code.ShouldBe(400);

    [Fact]
    public void Decode_TooDeep_BadRequest()
    {
        string text = string.Concat(Enumerable.Repeat("{'a':", 5000)) + "1" + new string('}', 5000);
        Should.Throw<StatusException>(() => Decode(Rules("v1", "ConfigMap"), text, FieldValidation.Warn)).Code.ShouldBe(400);
    }

    [Theory]
    [InlineData("'replicas':'x',", "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [InlineData("'paused':1,", "json: cannot unmarshal number into Go struct field DeploymentSpec.spec.paused of type bool")]
    public void Decode_WrongTypeOfBuiltIn_BadRequest(string insert, string expected)
        => Should.Throw<StatusException>(() => Decode(Rules("apps/v1", "Deployment"), Web.Replace("'selector'", insert + "'selector'"), FieldValidation.Warn))
            .Message.ShouldBe("Deployment in version \"v1\" cannot be handled as a Deployment: " + expected);

    [Fact]
    public void Default_Deployment_AsKubernetes()
    {
        KindRules rules = Rules("apps/v1", "Deployment");
        JsonObject target = Decode(rules, Web, FieldValidation.Strict);
        rules.Default(target);
        target["spec"]!["replicas"].Compact().ShouldBe("1");
        target["spec"]!["strategy"].ShouldBeJson("{'type':'RollingUpdate','rollingUpdate':{'maxUnavailable':'25%','maxSurge':'25%'}}");
        JsonNode container = target["spec"]!["template"]!["spec"]!["containers"]![0]!;
        container["imagePullPolicy"].Compact().ShouldBe("\"IfNotPresent\"");
        container["terminationMessagePolicy"].Compact().ShouldBe("\"File\"");
        target["spec"]!["template"]!["spec"]!["restartPolicy"].Compact().ShouldBe("\"Always\"");
        JsonNode again = target.DeepClone();
        rules.Default(again.AsObject());
        JsonNode.DeepEquals(again, target).ShouldBeTrue();
        rules.ValidateCreate(target).Causes.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("web", "Always")]
    [InlineData("web:latest", "Always")]
    [InlineData("host:5000/web", "Always")]
    [InlineData("host:5000/web:1", "IfNotPresent")]
    [InlineData("web@sha256:0123", "IfNotPresent")]
    public void Default_ImagePullPolicy_ByTag(string image, string expected)
    {
        KindRules rules = Rules("apps/v1", "Deployment");
        JsonObject target = Decode(rules, Web.Replace("shop/web:1", image), FieldValidation.Strict);
        rules.Default(target);
        ((string?)target["spec"]!["template"]!["spec"]!["containers"]![0]!["imagePullPolicy"]).ShouldBe(expected);
    }

    [Fact]
    public void Default_ServiceAndSecret_Computed()
    {
        KindRules service = Rules("v1", "Service");
        JsonObject target = Decode(service, "{'apiVersion':'v1','kind':'Service','metadata':{'name':'web'},'spec':{'ports':[{'port':80}]}}", FieldValidation.Strict);
        service.Default(target);
        target["spec"]!["ports"]![0].ShouldBeJson("{'port':80,'protocol':'TCP','targetPort':80}");

        KindRules secret = Rules("v1", "Secret");
        JsonObject hidden = Decode(secret, "{'apiVersion':'v1','kind':'Secret','metadata':{'name':'s'},'stringData':{'a':'hi'}}", FieldValidation.Strict);
        secret.Default(hidden);
        hidden["data"].ShouldBeJson("{'a':'aGk='}");
        hidden.ContainsKey("stringData").ShouldBeFalse();
        hidden["type"].Compact().ShouldBe("\"Opaque\"");
    }

    [Theory]
    [InlineData("'selector'", "'replicas':-1,'selector'", "spec.replicas: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("'labels':{'app':'web'}", "'labels':{'app':'x'}", "spec.template.metadata.labels: Invalid value: map[string]string{\"app\":\"x\"}: `selector` does not match template `labels`")]
    [InlineData("'image':'shop/web:1'", "'env':[]", "spec.template.spec.containers[0].image: Required value")]
    [InlineData("{'name':'web','image':'shop/web:1'}", "{'name':'web','image':'a'},{'name':'web','image':'b'}", "spec.template.spec.containers[1].name: Duplicate value: \"web\"")]
    [InlineData("'containers':[{'name':'web','image':'shop/web:1'}]", "'containers':[]", "spec.template.spec.containers: Required value")]
    [InlineData("'image':'shop/web:1'", "'image':'a','ports':[{'containerPort':0}]", "spec.template.spec.containers[0].ports[0].containerPort: Required value")]
    [InlineData("'image':'shop/web:1'", "'image':'a','imagePullPolicy':'Sometimes'", "spec.template.spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\"")]
    [InlineData("'image':'shop/web:1'", "'image':'a','volumeMounts':[{'name':'v','mountPath':'/v'}]", "spec.template.spec.containers[0].volumeMounts[0].name: Not found: \"v\"")]
    [InlineData("'image':'shop/web:1'", "'image':'a','livenessProbe':{'periodSeconds':1}", "spec.template.spec.containers[0].livenessProbe: Required value: must specify a handler type")]
    [InlineData("'image':'shop/web:1'", "'image':'a','resources':{'requests':{'cpu':'2'},'limits':{'cpu':'1'}}", "spec.template.spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1")]
    [InlineData("'name':'web','namespace'", "'name':'We_b','namespace'", "metadata.name: Invalid value: \"We_b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")]
    public void Validate_Deployment_SaysWhatIsWrong(string replace, string with, string expected)
    {
        Web.ShouldContain(replace);
        Errors("apps/v1", "Deployment", Web.Replace(replace, with)).ShouldContain(expected);
    }

    [Fact]
    public void Validate_MissingParts_AreRequired()
    {
        Errors("apps/v1", "Deployment", "{'metadata':{'name':'web'},'spec':{'template':{}}}").ShouldBe(
        [
            "spec.selector: Required value",
            "spec.template.metadata.labels: Invalid value: map[string]string(nil): `selector` does not match template `labels`",
            "spec.template.spec.containers: Required value",
        ]);
        Errors("apps/v1", "Deployment", "{'metadata':{}}")[0].ShouldBe("metadata.name: Required value: name or generateName is required");
    }

    [Theory]
    [InlineData("'name':'dev'", "'name':'Dev'", "spec.environments[0].name: Invalid value: \"Dev\": spec.environments[0].name in body should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'")]
    [InlineData("[{'name':'dev'}]", "[{'name':'dev'},{'name':'dev'}]", "spec.environments[1]: Duplicate value: {\"name\":\"dev\"}")]
    [InlineData("[{'name':'dev'}]", "[]", "spec.environments: Invalid value: 0: spec.environments in body should have at least 1 items")]
    [InlineData("'repository':'shop'", "'repository':5", "spec.repository: Invalid value: \"integer\": spec.repository in body must be of type string: \"integer\"")]
    [InlineData("'name':'dev'", "'name':'dev','gate':{'type':'Never'}", "spec.environments[0].gate.type: Unsupported value: \"Never\": supported values: \"Approval\", \"Automatic\"")]
    [InlineData("'name':'dev'", "'name':'dev','gate':{'soak':'soon'}", "spec.environments[0].gate.soak: Invalid value: \"soon\": must be a duration such as 30s, 5m or 1h30m")]
    [InlineData("'name':'dev'", "'name':'dev','strategy':{'canary':{'steps':[{'setWeight':10,'pause':{}}]}}", "spec.environments[0].strategy.canary.steps[0]: Invalid value: \"setWeight, pause\": exactly one of setWeight, pause and analysis must be set")]
    [InlineData("'name':'dev'", "'name':'dev','strategy':{'canary':{'steps':[{'setWeight':101}]}}", "spec.environments[0].strategy.canary.steps[0].setWeight: Invalid value: 101: spec.environments[0].strategy.canary.steps[0].setWeight in body should be less than or equal to 100")]
    public void Validate_Application_InTheWordsOfCustomResources(string replace, string with, string expected)
    {
        App.ShouldContain(replace);
        Errors("fairway.dev/v1", "Application", App.Replace(replace, with)).ShouldContain(expected);
    }

    [Theory]
    [InlineData("v1", "Service", "{'metadata':{'name':'web'},'spec':{'ports':[{'port':80},{'port':81}]}}", "spec.ports[0].name: Required value")]
    [InlineData("v1", "Service", "{'metadata':{'name':'1web'},'spec':{'ports':[{'port':80}]}}", "metadata.name: Invalid value: \"1web\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')")]
    [InlineData("v1", "ConfigMap", "{'metadata':{'name':'c'},'data':{'a b':'x'}}", "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')")]
    [InlineData("v1", "ConfigMap", "{'metadata':{'name':'c','labels':{'a':'-'}}}", "metadata.labels: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")]
    [InlineData("v1", "ConfigMap", "{'metadata':{'name':'c','finalizers':['x']}}", "metadata.finalizers[0]: Invalid value: \"x\": name is neither a standard finalizer name nor is it fully qualified")]
    [InlineData("gateway.networking.k8s.io/v1", "HTTPRoute", "{'metadata':{'name':'r'},'spec':{'rules':[{'backendRefs':[{'name':'web'}]}]}}", "spec.rules[0].backendRefs[0]: Invalid value: \"object\": Must have port for Service reference")]
    public void Validate_OtherKinds_SaysWhatIsWrong(string apiVersion, string kind, string text, string expected)
        => Errors(apiVersion, kind, text).ShouldContain(expected);

    [Fact]
    public void Validate_AnnotationsTooLarge_IsRefused()
        => Errors("v1", "ConfigMap", $"{{'metadata':{{'name':'c','annotations':{{'a':'{new string('x', 262144)}'}}}}}}").ShouldBe(["metadata.annotations: Too long: may not be more than 262144 bytes"]);

    [Fact]
    public void Validate_SecretNotBase64_DoesNotShowTheValue()
        => Should.Throw<StatusException>(() => Errors("v1", "Secret", "{'metadata':{'name':'s'},'data':{'a':'!hunter2!'}}"))
            .Message.ShouldBe("Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte 0");

    [Fact]
    public void ValidateUpdate_ImmutableFields_AreNamed()
    {
        KindRules rules = Rules("apps/v1", "Deployment");
        JsonObject old = Decode(rules, Web, FieldValidation.Strict);
        rules.Default(old);
        JsonObject next = Decode(rules, Web.Replace("{'app':'web'}", "{'app':'x'}"), FieldValidation.Strict);
        rules.Default(next);
        StatusCause cause = rules.ValidateUpdate(old, next).Causes.ShouldHaveSingleItem();
        cause.Field.ShouldBe("spec.selector");
        cause.Message!.ShouldEndWith("field is immutable");
        rules.ValidateUpdate(old, (JsonObject)old.DeepClone()).Causes.ShouldBeEmpty();
    }

    [Fact]
    public void ValidateUpdate_ImmutableConfigMap_IsForbidden()
    {
        KindRules rules = Rules("v1", "ConfigMap");
        JsonObject old = Decode(rules, "{'metadata':{'name':'c'},'data':{'a':'1'},'immutable':true}", FieldValidation.Strict);
        JsonObject next = Decode(rules, "{'metadata':{'name':'c'},'data':{'a':'2'},'immutable':true}", FieldValidation.Strict);
        rules.ValidateUpdate(old, next).Causes.Single().Message.ShouldBe("Forbidden: field is immutable when `immutable` is set");
    }

    [Fact]
    public void ThrowIfAny_OneError_WordedAsKubernetes()
    {
        KindRules rules = Rules("apps/v1", "Deployment");
        JsonObject target = Decode(rules, Web.Replace("'selector'", "'replicas':-1,'selector'"), FieldValidation.Strict);
        rules.Default(target);
        Should.Throw<StatusException>(() => rules.ValidateCreate(target).ThrowIfAny(rules.Kind.Type, "web"))
            .Message.ShouldBe("Deployment.apps \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0");
    }

    [Fact]
    public void EveryKind_HasASchemaWithoutSurprises()
    {
        foreach (KindDefinition kind in Kinds.AllKinds.Catalog.All)
        {
            ResourceSchema schema = RecordSchemas.Of(kind);
            schema.Shape.ShouldNotBeNull(kind.Type.Kind);
            schema.Declares("metadata").ShouldBeTrue(kind.Type.Kind);
            schema.Declares("apiVersion").ShouldBeTrue(kind.Type.Kind);
            Walk(schema, kind.Type.Kind, []);
        }

        static void Walk(ResourceSchema schema, string path, HashSet<string> seen)
        {
            if (schema.Shape is { } shape && seen.Add(shape.Name ?? path))
            {
                foreach ((string name, ResourceSchema member) in shape.Properties)
                {
                    Walk(member, $"{path}.{name}", seen);
                }
            }

            if (schema.Sharing == ListSharing.Map)
            {
                schema.ListMapKeys.ShouldAllBe(key => schema.Items!.Declares(key), path);
            }

            if (schema.Items is { } items)
            {
                Walk(items, path + "[]", seen);
            }

            if (schema.Values is { } values)
            {
                Walk(values, path + "{}", seen);
            }
        }
    }
}

using System.Text.Json.Nodes;
using Fairway.Admission.Rules;
using Fairway.Cel;
using Fairway.Resources.CustomResources;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Tests;

/// <summary>What rules of definitions may cost, in the figures that kube-apiserver reckons with.</summary>
public sealed class RuleCostTests
{
    private const string Text = "{'type':'string'}";
    private const string Record = "{'type':'object','properties':{'required':{'type':'string'},'optional':{'type':'string'}},'required':['required']}";

    [Theory]
    [InlineData("{'type':'array','items':{'type':'number'}}", "self.all(x, true)", 4718591)]
    [InlineData("{'type':'array','items':{'type':'number'},'maxItems':10}", "self.all(x, true)", 32)]
    [InlineData("{'type':'array','items':{'type':'string'}}", "self.all(x, true)", 3145727)]
    [InlineData("{'type':'array','items':{'type':'boolean'}}", "self.all(x, true)", 1887437)]
    [InlineData("{'type':'array','items':{'type':'array','items':{'type':'number'}}}", "self.all(x, true)", 3145727)]
    [InlineData("{'type':'array','items':" + Record + "}", "self.all(x, true)", 555128)]
    [InlineData("{'type':'array','items':" + Record + ",'maxItems':422}", "self[0] == null", 2)]
    [InlineData("{'type':'object','additionalProperties':{'type':'number'}}", "self.all(x, true)", 1348169)]
    [InlineData("{'type':'object','additionalProperties':{'type':'string'},'maxProperties':3}", "self.all(x, true)", 11)]
    [InlineData("{'type':'object','additionalProperties':" + Record + "}", "self.all(x, true)", 428963)]
    [InlineData("{'type':'object','additionalProperties':{'type':'string'}}", "self.all(x, x.contains(self[x]))", 2752507)]
    [InlineData("{'type':'object','additionalProperties':{'type':'string','maxLength':10},'maxProperties':10}", "self.all(x, x.contains(self[x]))", 72)]
    [InlineData("{'type':'object','additionalProperties':{'type':'string','format':'date-time'}}", "self['a'] == self['b']", 8)]
    [InlineData("{'type':'object','additionalProperties':{'type':'integer'}}", "oldSelf.size() == self.size()", 5)]
    [InlineData(Text, "self.contains('test')", 314574)]
    [InlineData("{'type':'string','maxLength':10}", "self.contains('test')", 5)]
    [InlineData(Text, "self.startsWith('test')", 2)]
    [InlineData(Text, "size(self + 'hello') > size('hello')", 314578)]
    [InlineData("{'type':'string','maxLength':4}", "size(self + 'hello') > size('hello')", 7)]
    [InlineData(Text, "self.matches('x')", 314574)]
    [InlineData(Text, "''.matches('(((((((((())))))))))[0-9]')", 7)]
    [InlineData(Text, "self.matches('')", 1)]
    [InlineData("{'type':'string','maxLength':0}", "self == 'x'", 1)]
    [InlineData("{'type':'string','format':'byte'}", "self == b'x'", 2)]
    [InlineData(Text, "self.find('[0-9]+') == ''", 629147)]
    [InlineData("{'type':'string','maxLength':10}", "self.find('[0-9]+') == ''", 11)]
    [InlineData("{'type':'string','enum':['A','B','LongValue']}", "self.contains('A')", 2)]
    [InlineData("{'type':'string','enum':['A','B','LongValue'],'maxLength':1000}", "self.contains('A')", 401)]
    [InlineData("{'type':'array','items':{'type':'string'},'maxItems':8}", "self[1] == self[1]", 314577)]
    [InlineData("{'type':'array','items':{'type':'number'},'maxItems':10}", "self.all(x, self.all(y, true))", 352)]
    [InlineData("{'type':'array','items':{'type':'number'},'maxItems':10}", "self.all(x, self.all(y, self.all(z, true)))", 3552)]
    [InlineData("{'type':'array','items':{'type':'number'}}", "self.all(x, x == 0.0)", 6291454)]
    [InlineData("{'type':'array','items':{'type':'object','additionalProperties':" + Record + "}}", "self.all(x, x['y'].required == 'z')", 7340027)]
    [InlineData("{'type':'array','items':{'x-kubernetes-int-or-string':true}}", "self[0] == 5", 3)]
    [InlineData("{'type':'array','items':{'type':'string','format':'duration'}}", "self[0].getHours() == 2", 4)]
    [InlineData("{'type':'array','items':{'type':'string','format':'date'}}", "self.all(x, true)", 725936)]
    public void Rule_OfASchema_CostsAtMost(string schema, string rule, long expected)
    {
        JsonObject given = JsonNode.Parse(schema.Replace('\'', '"'))!.AsObject();
        CelSchema mapped = SchemaMapping.ToCel(JsonSchema.Read(given));
        CelCompilation compiled = new RuleEnvironment(mapped, isRoot: false).WithOld.Compile(rule);
        compiled.Succeeded.ShouldBeTrue(compiled.Render());
        CelCosts.Most(compiled.Program, mapped).ShouldBe((ulong)expected);
    }

    [Fact]
    public void Definition_WithARuleOverItsBudget_IsRefusedAndTheTotalTold()
    {
        var errors = new FieldErrors();
        JsonObject schema = JsonNode.Parse("""
            {"type":"object","properties":{"spec":{"type":"object","properties":{"list":{"type":"array","items":{"type":"string"},
              "x-kubernetes-validations":[{"rule":"self.all(a, self.all(b, a != b))"}]}}}}}
            """)!.AsObject();
        SchemaValidations.Compile(JsonSchema.Read(schema), "s", errors);
        const string Way = " (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)";
        errors.Causes.Select(cause => $"{cause.Field}: {cause.Message}").ShouldBe(
        [
            "s.properties[spec].properties[list].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x" + Way,
            "s.properties[spec].properties[list].x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema",
            "s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x" + Way,
        ]);
    }
}

using System.Text.Json.Nodes;
using Fairway.Resources.Apply;
using Fairway.Resources.Schemas;
using FsCheck;
using FsCheck.Fluent;

namespace Fairway.Resources.Tests.Apply;

public sealed class ApplyPropertyTests
{
    private static readonly KindDefinition Kind = Json.Kind("apps/v1", "Deployment");

    private static readonly ResourceSchema Schema = RecordSchemas.Of(Kind);

    private static JsonObject Empty => Json.Object("{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web','namespace':'shop'}}");

    /// <summary>Configurations with scalars, a map, an atomic map, a set, a list map within a list map and an atomic list.</summary>
    private static Gen<JsonObject> Configurations()
    {
        Gen<string?> Maybe(Gen<string> gen) => Gen.OneOf(gen.Select(string? (text) => text), Gen.Constant<string?>(null));
        Gen<string> value = Gen.Elements("1", "2");
        Gen<string> pairs = Gen.Elements("a", "b", "c").ListOf(3).Select(keys => string.Join(',', keys.Distinct().Select(key => $"'{key}':'x{key.Length}'")));
        Gen<string> env = Gen.Zip(Gen.Elements("A", "B", "C").ListOf(3), value).Select(pair => string.Join(',', pair.Item1.Distinct().Select(name => $"{{'name':'{name}','value':'{pair.Item2}'}}")));
        Gen<string> containers = Gen.Zip(Gen.Elements("web", "side").ListOf(2), Gen.Zip(env, Gen.Elements("'command':['x'],", "'image':'i',", ""))).Select(pair =>
            string.Join(',', pair.Item1.Distinct().Select(name => $"{{{pair.Item2.Item2}'name':'{name}','env':[{pair.Item2.Item1}]}}")));
        Gen<string> finalizers = Gen.Elements("x/a", "x/b").ListOf(2).Select(names => string.Join(',', names.Distinct().Select(name => $"'{name}'")));
        return Gen.Zip(Gen.Zip(Maybe(value), Gen.Zip(Maybe(pairs), Maybe(containers))), Gen.Zip(Maybe(finalizers), Maybe(pairs))).Select(parts =>
        {
            JsonObject config = Json.Object("{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web'},'spec':{}}");
            (string? replicas, (string? labels, string? items)) = parts.Item1;
            Set(config["spec"]!, "replicas", replicas);
            Set(config["metadata"]!, "labels", labels is null ? null : $"{{{labels}}}");
            Set(config["spec"]!, "template", items is null ? null : $"{{'spec':{{'containers':[{items}]}}}}");
            Set(config["metadata"]!, "finalizers", parts.Item2.Item1 is null ? null : $"[{parts.Item2.Item1}]");
            Set(config["spec"]!, "selector", parts.Item2.Item2 is null ? null : $"{{'matchLabels':{{{parts.Item2.Item2}}}}}");
            return config;
        });
    }

    private static void Set(JsonNode parent, string name, string? text)
    {
        if (text is not null)
        {
            parent[name] = Json.Node(text);
        }
    }

    private static JsonObject Apply(JsonObject live, JsonObject config, string manager, int minute = 0)
        => ServerSideApply.Apply(Kind, live, config, new FieldManager(manager, "apps/v1"), force: true, Json.Noon.AddMinutes(minute));

    private static FieldSet Owned(JsonObject target)
        => ManagedEntries.Read(target).ById.Values.Aggregate(new FieldSet(), (all, entry) => all.Union(entry.Fields));

    [Fact]
    public void ApplyTwice_IsNoChange()
        => Prop.ForAll(Configurations().ToArbitrary(), Configurations().ToArbitrary(), (first, second) =>
        {
            JsonObject live = Apply(Apply(Empty, first, "a"), second, "b");
            return JsonNode.DeepEquals(Apply(live, second, "b", 9), live);
        }).ShouldHold();

    [Fact]
    public void Apply_GivesEveryFieldItsValueAndOwner()
        => Prop.ForAll(Configurations().ToArbitrary(), Configurations().ToArbitrary(), (first, second) =>
        {
            JsonObject live = Apply(Apply(Empty, first, "a"), second, "b");
            FieldSet given = StrippedFields.Without(TypedFields.Named(second, Schema));
            FieldSet own = ManagedEntries.Read(live).ById.GetValueOrDefault(new ManagerId("b", "Apply", "apps/v1", null))?.Fields ?? new FieldSet();
            return own.Equals(given) && JsonNode.DeepEquals(TypedMerge.Merge(live, second, Schema), live);
        }).ShouldHold();

    [Fact]
    public void Owned_IsAlwaysThere()
        => Prop.ForAll(Configurations().ToArbitrary(), Configurations().ToArbitrary(), Configurations().ToArbitrary(), (first, second, third) =>
        {
            JsonObject live = Apply(Apply(Apply(Empty, first, "a"), second, "b"), third, "a");
            return Owned(live).Difference(TypedComparison.Between([], live, Schema, shape: null).Added.Union(TypedFields.Named(live, Schema).WithNamedFields(Schema))).IsEmpty;
        }).ShouldHold();

    [Fact]
    public void LettingGoOfEverything_LeavesNothing()
        => Prop.ForAll(Configurations().ToArbitrary(), Configurations().ToArbitrary(), (first, second) =>
        {
            JsonObject none = Json.Object("{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web'}}");
            JsonObject live = Apply(Apply(Apply(Apply(Empty, first, "a"), second, "b"), none, "a"), none, "b");
            return Owned(live).IsEmpty && !live["metadata"]!.AsObject().ContainsKey("managedFields") && StrippedFields.Without(TypedFields.Named(live, Schema)).Leaves() == 0;
        }).ShouldHold();

    [Fact]
    public void TrackingACreate_InOnePass_IsWhatComparingWithNothingFinds()
        => Prop.ForAll(Configurations().ToArbitrary(), config =>
        {
            TypedComparison comparison = TypedComparison.Between([], config, Schema, KindRules.Of(Kind).Shape);
            FieldSet compared = comparison.Added.Union(comparison.Modified);
            ManagedFields.TrackUpdate(Kind, null, config, new FieldManager("m", "apps/v1"), Json.Noon);
            return config["metadata"]!["managedFields"] is { } managed ? FieldSet.FromJson(managed[0]!["fieldsV1"]).Equals(compared) : compared.IsEmpty;
        }).ShouldHold();
}

file static class Leaf
{
    /// <summary>Fields that carry a value; what is left of emptied parents does not count.</summary>
    public static int Leaves(this FieldSet set) => set.Paths().Count(path => path[^1] is not ("f:spec" or "f:labels" or "f:template"));
}

namespace Fairway.Resources.Tests.Patching;

public sealed class JsonPatchTests
{
    [Theory]
    [InlineData("{'foo':'bar'}", "[{'op':'add','path':'/baz','value':'qux'}]", "{'foo':'bar','baz':'qux'}")]
    [InlineData("{'foo':['bar','baz']}", "[{'op':'add','path':'/foo/1','value':'qux'}]", "{'foo':['bar','qux','baz']}")]
    [InlineData("{'foo':['bar']}", "[{'op':'add','path':'/foo/-','value':['abc']}]", "{'foo':['bar',['abc']]}")]
    [InlineData("{'baz':'qux','foo':'bar'}", "[{'op':'remove','path':'/baz'}]", "{'foo':'bar'}")]
    [InlineData("{'foo':['a','b','c']}", "[{'op':'remove','path':'/foo/1'}]", "{'foo':['a','c']}")]
    [InlineData("{'baz':'qux'}", "[{'op':'replace','path':'/baz','value':'boo'}]", "{'baz':'boo'}")]
    [InlineData("{'a':{'b':1},'c':{}}", "[{'op':'move','from':'/a/b','path':'/c/d'}]", "{'a':{},'c':{'d':1}}")]
    [InlineData("{'a':['x','y','z']}", "[{'op':'move','from':'/a/0','path':'/a/2'}]", "{'a':['y','z','x']}")]
    [InlineData("{'a':{'b':1}}", "[{'op':'copy','from':'/a','path':'/c'},{'op':'add','path':'/c/b','value':2}]", "{'a':{'b':1},'c':{'b':2}}")]
    [InlineData("{'a':1}", "[{'op':'test','path':'/a','value':1},{'op':'replace','path':'','value':{'z':1}}]", "{'z':1}")]
    [InlineData("{'a/b':1,'m~n':2}", "[{'op':'remove','path':'/a~1b'},{'op':'replace','path':'/m~0n','value':null}]", "{'m~n':null}")]
    [InlineData("{'a':null}", "[{'op':'test','path':'/a','value':null},{'op':'test','path':'/zz','value':null}]", "{'a':null}")]
    [InlineData("{'':1}", "[{'op':'replace','path':'/','value':2}]", "{'':2}")]
    public void Apply_Table(string target, string patch, string expected)
        => JsonPatch.Apply(Json.Node(target), Json.Node(patch)).ShouldBeJson(expected);

    [Theory]
    [InlineData("{}", "[{'op':'remove','path':'/a'}]")]
    [InlineData("{}", "[{'op':'add','path':'/a/b','value':1}]")]
    [InlineData("{'a':1}", "[{'op':'test','path':'/a','value':2}]")]
    [InlineData("{'a':[1]}", "[{'op':'add','path':'/a/3','value':2}]")]
    [InlineData("{'a':[1]}", "[{'op':'remove','path':'/a/-'}]")]
    [InlineData("{'a':[1]}", "[{'op':'remove','path':'/a/01'}]")]
    [InlineData("{'a':1}", "[{'op':'jump','path':'/a'}]")]
    [InlineData("{'a':{'b':{}}}", "[{'op':'move','from':'/a','path':'/a/b/c'}]")]
    public void Apply_Impossible_Is422InTheServersWords(string target, string patch)
    {
        StatusException error = Should.Throw<StatusException>(() => JsonPatch.Apply(Json.Node(target), Json.Node(patch)));
        error.Code.ShouldBe(422);
        error.Message.ShouldBe("the server rejected our request due to an error in our request");
    }

    [Fact]
    public void Apply_FailingLate_LeavesTheTargetAlone()
    {
        var target = Json.Object("{'a':1}");
        Should.Throw<StatusException>(() => JsonPatch.Apply(target, Json.Node("[{'op':'remove','path':'/a'},{'op':'remove','path':'/a'}]")));
        target.ShouldBeJson("{'a':1}");
    }

    [Fact]
    public void Apply_TooManyOperations_413()
    {
        string one = "{'op':'add','path':'/a','value':1}";
        var patch = Json.Node($"[{string.Join(',', Enumerable.Repeat(one, JsonPatch.MaxOperations + 1))}]");
        Should.Throw<StatusException>(() => JsonPatch.Apply(Json.Object("{}"), patch)).Code.ShouldBe(413);
    }

    [Fact]
    public void Apply_CopyBomb_IsStopped()
    {
        string doubling = string.Join(',', Enumerable.Repeat("{'op':'copy','from':'/a','path':'/a/-'}", 60));
        Should.Throw<StatusException>(() => JsonPatch.Apply(Json.Object("{'a':['xxxxxxxxxxxxxxxx']}"), Json.Node($"[{doubling}]"))).Code.ShouldBe(413);
    }

    [Fact]
    public void Apply_NoArray_400() => Should.Throw<StatusException>(() => JsonPatch.Apply(Json.Object("{}"), Json.Object("{}"))).Code.ShouldBe(400);
}

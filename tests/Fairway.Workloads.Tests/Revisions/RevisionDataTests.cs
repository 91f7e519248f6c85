using System.Text.Json;
using Fairway.Workloads.Revisions;

namespace Fairway.Workloads.Tests.Revisions;

public sealed class RevisionDataTests
{
    [Fact]
    public void Of_Template_IsAPatchAsKubectlExpectsIt()
        => RevisionData.Of(Sample.Template("web:1")).GetRawText().ShouldBe(
            """{"spec":{"template":{"$patch":"replace","metadata":{"creationTimestamp":null,"labels":{"app":"web"}},"spec":{"containers":[{"image":"web:1","name":"web"}]}}}}""");

    [Theory]
    [InlineData("""{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"image":"web:1","name":"web"}]}}}}""", true)] // of an older version
    [InlineData("""{"spec":{"template":{"$patch":"replace","metadata":{"creationTimestamp":null,"labels":{"app":"web"}},"spec":{"containers":[{"image":"web:2","name":"web"}]}}}}""", false)]
    public void AreEqual_DataOfTheSameTemplate_IsTheSameRevision(string stored, bool isEqual)
        => RevisionData.AreEqual(JsonDocument.Parse(stored).RootElement, RevisionData.Of(Sample.Template("web:1"))).ShouldBe(isEqual);
}

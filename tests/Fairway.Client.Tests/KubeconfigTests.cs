namespace Fairway.Client.Tests;

public sealed class KubeconfigTests
{
    private const string Sample = """
        apiVersion: v1
        kind: Config
        preferences: {colors: true}
        current-context: dev
        clusters:
        - name: dev
          cluster: {server: "https://127.0.0.1:6443/clusters/dev"}
        contexts:
        - name: dev
          context: {cluster: dev, user: ann, namespace: shop}
        users:
        - name: ann
          user: {token: secret}
        """;

    [Fact]
    public void Context_Current_ResolvesClusterAndUser()
    {
        KubeconfigContext context = Kubeconfig.Parse(Sample, "config").Context(null);

        context.Name.ShouldBe("dev");
        context.Server.ShouldBe(new Uri("https://127.0.0.1:6443/clusters/dev"));
        context.Token.ShouldBe("secret");
        context.Namespace.ShouldBe("shop");
    }

    [Theory]
    [InlineData("clusters: 3", "config: current-context: is not set")]
    [InlineData("current-context: x\ncontexts: [{name: y, context: {}}]", "config: contexts: has no entry named \"x\"; there are y")]
    [InlineData("current-context: x\ncontexts: [{name: x, context: {user: u}}]", "config: contexts[0].context.cluster: is missing")]
    [InlineData("current-context: x\ncontexts: {x: 1}", "config: contexts: must be a list")]
    [InlineData("current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: nowhere}}]", "config: clusters[0].cluster.server: is \"nowhere\": expected an http or https URL")]
    [InlineData("current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: 'https://a'}}]\nusers: [{name: u, user: {exec: {}}}]", "config: users[0].user.exec.apiVersion: is missing")]
    [InlineData("current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: 'https://a', certificate-authority-data: '!!'}}]", "config: clusters[0].cluster.certificate-authority-data: is not base64")]
    [InlineData("a: [1", "config: is not YAML: line ")]
    [InlineData("- a", "config: must be a mapping")]
    public void Context_Broken_NamesFileAndField(string text, string expected)
        => Should.Throw<KubeconfigException>(() => Kubeconfig.Parse(text, "config").Context(null)).Message.ShouldStartWith(expected);

    [Fact]
    public void Set_InExistingFile_ReplacesSameNameAndKeepsTheRest()
    {
        Kubeconfig config = Kubeconfig.Parse(Sample, "config");
        config.Set(new KubeconfigContext { Name = "prod", Server = new Uri("https://a/clusters/prod"), User = "bob", Token = "t" });
        config.Set(new KubeconfigContext { Name = "dev", Server = new Uri("https://b/clusters/dev"), User = "ann", Token = "u" });

        Kubeconfig again = Kubeconfig.Parse(config.ToYaml(), "config");

        again.ContextNames.ShouldBe(["prod", "dev"]);
        again.Context(null).Server.ShouldBe(new Uri("https://b/clusters/dev"));
        again.Context("prod").Token.ShouldBe("t");
        config.ToYaml().ShouldContain("colors: true");
    }
}

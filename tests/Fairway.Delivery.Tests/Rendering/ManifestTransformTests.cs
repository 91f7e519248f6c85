using Fairway.Delivery.Rendering;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Yaml;

namespace Fairway.Delivery.Tests.Rendering;

public sealed class ManifestTransformTests
{
    internal static readonly RenderTarget Target = new()
    {
        Application = "shop",
        ApplicationNamespace = "team",
        Environment = "prod",
        Namespace = "shop",
        Release = "shop-7",
        Images = [new ReleaseImage { Name = "shop/web", Digest = "sha256:abc" }],
    };

    private const string Web = """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: web}
        spec:
          rules:
          - backendRefs: [{name: web, port: 80}]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
          creationTimestamp: null
          labels: {app.kubernetes.io/name: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app.kubernetes.io/name: web}}
          template:
            metadata: {labels: {app.kubernetes.io/name: web}}
            spec:
              initContainers: [{name: init, image: "shop/web:1.0"}]
              containers:
              - {name: web, image: shop/web}
              - {name: side, image: "other/web:2"}
        status: {replicas: 9}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app.kubernetes.io/name: web}, ports: [{port: 80}]}
        """;

    [Fact]
    public void Apply_Manifests_AreOrderedLabelledAndPinnedToTheRelease()
        => YamlWriter.WriteAll(ManifestTransform.Apply(Renderer.Parse("web.yaml", Web), Target).Select(manifest => manifest.Node)).ShouldBe("""
            apiVersion: v1
            kind: Service
            metadata:
              name: web
              namespace: shop
              labels:
                fairway.dev/application: shop
                fairway.dev/application-namespace: team
                fairway.dev/environment: prod
            spec:
              selector:
                app.kubernetes.io/name: web
              ports:
              - port: 80
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
              labels:
                app.kubernetes.io/name: web
                fairway.dev/application: shop
                fairway.dev/application-namespace: team
                fairway.dev/environment: prod
                fairway.dev/release: shop-7
              namespace: shop
            spec:
              replicas: 2
              selector:
                matchLabels:
                  app.kubernetes.io/name: web
              template:
                metadata:
                  labels:
                    app.kubernetes.io/name: web
                    fairway.dev/application: shop
                    fairway.dev/application-namespace: team
                    fairway.dev/environment: prod
                    fairway.dev/release: shop-7
                spec:
                  initContainers:
                  - name: init
                    image: shop/web@sha256:abc
                  containers:
                  - name: web
                    image: shop/web@sha256:abc
                  - name: side
                    image: other/web:2
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata:
              name: web
              namespace: shop
              labels:
                fairway.dev/application: shop
                fairway.dev/application-namespace: team
                fairway.dev/environment: prod
            spec:
              rules:
              - backendRefs:
                - name: web
                  port: 80
              hostnames:
              - web.prod.localhost

            """);

    [Theory]
    [InlineData("kind: Service\nmetadata: {name: web}\n", "f.yaml:1: apiVersion: missing")]
    [InlineData("apiVersion: v1\nmetadata: {name: web}\n", "f.yaml:1: kind: missing")]
    [InlineData("apiVersion: v1\nkind: Service\nmetadata: {}\n", "f.yaml:1: metadata.name: missing")]
    [InlineData("\n\n- a\n", "f.yaml:3: [\"a\"]; expected an object")]
    [InlineData("apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: kube-system}\n", "f.yaml:1: metadata.namespace: \"kube-system\"; expected none, or shop")]
    [InlineData("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\n", "f.yaml:1: kind: \"ClusterRole\"; expected objects of a namespace")]
    [InlineData("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n", "f.yaml:1: kind: \"Kustomization\"; expected manifests")]
    [InlineData("", "there is no object to deliver")]
    [InlineData("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n", "Secret/a is described twice: f.yaml:1 and f.yaml:5")]
    public void Apply_BadManifest_SaysWhereAndWhatIsExpected(string yaml, string message)
        => Should.Throw<RenderException>(() => ManifestTransform.Apply(Renderer.Parse("f.yaml", yaml), Target)).Message.ShouldStartWith(message);

    [Theory]
    [InlineData("shop/web", "shop/web")]
    [InlineData("shop/web:1.0", "shop/web")]
    [InlineData("registry:5000/shop/web", "registry:5000/shop/web")]
    [InlineData("registry:5000/shop/web:1@sha256:ab", "registry:5000/shop/web")]
    public void ImageName_Reference_LosesTagAndDigest(string reference, string name) => ManifestTransform.ImageName(reference).ShouldBe(name);

    [Fact]
    public void Apply_List_IsFlattened()
        => ManifestTransform.Apply(Renderer.Parse("f.yaml", "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n"), Target)
            .Single().Title.ShouldBe("ConfigMap/a");

    [Fact]
    public void Apply_Waves_ComeBeforeKinds()
    {
        const string yaml = """
            {apiVersion: v1, kind: ConfigMap, metadata: {name: late, annotations: {fairway.dev/sync-wave: "1"}}}
            ---
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: early, annotations: {argocd.argoproj.io/sync-wave: "-1"}}}
            """;
        ManifestTransform.Apply(Renderer.Parse("f.yaml", yaml), Target).Select(manifest => manifest.Name).ShouldBe(["early", "web", "late"]);
    }
}

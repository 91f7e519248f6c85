using System.Text.Json.Nodes;

namespace Fairway.ApiServer;

/// <summary>Whom a role is bound to from the start.</summary>
/// <param name="Name">The binding's name.</param>
/// <param name="Role">The role's.</param>
/// <param name="Subjects"><c>Group system:masters</c>, <c>User system:kube-proxy</c>, <c>ServiceAccount kube-system/job-controller</c>.</param>
/// <param name="Namespace">Where it is, for a binding of a Role; null: everywhere.</param>
internal sealed record DefaultBinding(string Name, string Role, string[] Subjects, string? Namespace = null)
{
    private const string Rbac = "rbac.authorization.k8s.io";

    public JsonObject ToObject()
    {
        var metadata = new JsonObject { ["name"] = Name };
        if (Namespace is not null)
        {
            metadata["namespace"] = Namespace;
        }

        metadata["labels"] = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" };
        metadata["annotations"] = new JsonObject { ["rbac.authorization.kubernetes.io/autoupdate"] = "true" };
        var made = new JsonObject
        {
            ["apiVersion"] = $"{Rbac}/v1",
            ["kind"] = Namespace is null ? "ClusterRoleBinding" : "RoleBinding",
            ["metadata"] = metadata,
            ["roleRef"] = new JsonObject { ["apiGroup"] = Rbac, ["kind"] = Namespace is null ? "ClusterRole" : "Role", ["name"] = Role },
        };
        if (Subjects.Length > 0)
        {
            made["subjects"] = new JsonArray([.. Subjects.Select(Subject)]);
        }

        return made;
    }

    private static JsonNode Subject(string text)
    {
        string[] parts = text.Split(' ', 2);
        return parts[0] == "ServiceAccount"
            ? new JsonObject { ["kind"] = parts[0], ["name"] = parts[1].Split('/')[1], ["namespace"] = parts[1].Split('/')[0] }
            : new JsonObject { ["apiGroup"] = Rbac, ["kind"] = parts[0], ["name"] = parts[1] };
    }
}

/// <summary>
/// The roles and bindings of the system itself, as Kubernetes 1.32 has them from the start: those of its components, of its
/// controllers' accounts in kube-system, and of who is known or unknown.
/// </summary>
internal static class SystemRoles
{
    private const string Controller = "system:controller:";

    // One rule on a line: verbs | groups | resources | names, or verbs | paths. The group of Kubernetes' core is written as "core".
    private const string Cluster =
        """
        system:auth-delegator
          create | authentication.k8s.io | tokenreviews
          create | authorization.k8s.io | subjectaccessreviews
        system:basic-user
          create | authorization.k8s.io | selfsubjectaccessreviews selfsubjectrulesreviews
          create | authentication.k8s.io | selfsubjectreviews
        system:certificates.k8s.io:certificatesigningrequests:nodeclient
          create | certificates.k8s.io | certificatesigningrequests/nodeclient
        system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
          create | certificates.k8s.io | certificatesigningrequests/selfnodeclient
        system:certificates.k8s.io:kube-apiserver-client-approver
          approve | certificates.k8s.io | signers | kubernetes.io/kube-apiserver-client
        system:certificates.k8s.io:kube-apiserver-client-kubelet-approver
          approve | certificates.k8s.io | signers | kubernetes.io/kube-apiserver-client-kubelet
        system:certificates.k8s.io:kubelet-serving-approver
          approve | certificates.k8s.io | signers | kubernetes.io/kubelet-serving
        system:certificates.k8s.io:legacy-unknown-approver
          approve | certificates.k8s.io | signers | kubernetes.io/legacy-unknown
        system:discovery
          get | /api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/
        system:heapster
          get list watch | core | events namespaces nodes pods
          get list watch | extensions | deployments
          get | core | nodes/stats
        system:kube-aggregator
          get list watch | core | endpoints services
        system:kube-controller-manager
          create patch update | core events.k8s.io | events
          create | coordination.k8s.io | leases
          get update | coordination.k8s.io | leases | kube-controller-manager
          create | core | secrets serviceaccounts
          delete | core | secrets
          get | core | configmaps namespaces secrets serviceaccounts
          update | core | secrets serviceaccounts
          create | authentication.k8s.io | tokenreviews
          create | authorization.k8s.io | subjectaccessreviews
          list watch | * | *
          create | core | serviceaccounts/token
        system:kube-dns
          list watch | core | endpoints services
        system:kube-scheduler
          create patch update | core events.k8s.io | events
          create | coordination.k8s.io | leases
          get update | coordination.k8s.io | leases | kube-scheduler
          get list watch | core | nodes
          delete get list watch | core | pods
          create | core | bindings pods/binding
          patch update | core | pods/status
          get list watch | core | replicationcontrollers services
          get list watch | apps extensions | replicasets
          get list watch | apps | statefulsets
          get list watch | policy | poddisruptionbudgets
          get list watch | core | persistentvolumeclaims persistentvolumes
          create | authentication.k8s.io | tokenreviews
          create | authorization.k8s.io | subjectaccessreviews
          get list watch | storage.k8s.io | csinodes
          get list watch | core | namespaces
          get list watch | storage.k8s.io | csidrivers
          get list watch | storage.k8s.io | csistoragecapacities
        system:kubelet-api-admin
          get list watch | core | nodes
          proxy | core | nodes
          * | core | nodes/log nodes/metrics nodes/proxy nodes/stats
        system:monitoring
          get | /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*
        system:node
          create | authentication.k8s.io | tokenreviews
          create | authorization.k8s.io | localsubjectaccessreviews subjectaccessreviews
          get list watch | core | services
          create get list watch | core | nodes
          patch update | core | nodes/status
          patch update | core | nodes
          create patch update | core events.k8s.io | events
          get list watch | core | pods
          create delete | core | pods
          patch update | core | pods/status
          create | core | pods/eviction
          get list watch | core | configmaps secrets
          get | core | persistentvolumeclaims persistentvolumes
          get | core | endpoints
          create get list watch | certificates.k8s.io | certificatesigningrequests
          create delete get patch update | coordination.k8s.io | leases
          get | storage.k8s.io | volumeattachments
          create | core | serviceaccounts/token
          get patch update | core | persistentvolumeclaims/status
          get list watch | storage.k8s.io | csidrivers
          create delete get patch update | storage.k8s.io | csinodes
          get list watch | node.k8s.io | runtimeclasses
        system:node-bootstrapper
          create get list watch | certificates.k8s.io | certificatesigningrequests
        system:node-problem-detector
          get | core | nodes
          patch | core | nodes/status
          create patch update | core events.k8s.io | events
        system:node-proxier
          list watch | core | endpoints services
          get list watch | core | nodes
          create patch update | core events.k8s.io | events
          list watch | discovery.k8s.io | endpointslices
        system:persistent-volume-provisioner
          create delete get list watch | core | persistentvolumes
          get list update watch | core | persistentvolumeclaims
          get list watch | storage.k8s.io | storageclasses
          watch | core | events
          create patch update | core events.k8s.io | events
        system:public-info-viewer
          get | /healthz /livez /readyz /version /version/
        system:service-account-issuer-discovery
          get | /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/
        system:volume-scheduler
          get list patch update watch | core | persistentvolumes
          get list watch | storage.k8s.io | storageclasses
          get list patch update watch | core | persistentvolumeclaims
        """;

    // Each is bound to the account of the same name in kube-system.
    private const string Controllers =
        """
        attachdetach-controller
          list watch | core | persistentvolumeclaims persistentvolumes
          get list watch | core | nodes
          patch update | core | nodes/status
          list watch | core | pods
          create patch update | core events.k8s.io | events
          create delete get list watch | storage.k8s.io | volumeattachments
          get list watch | storage.k8s.io | csidrivers
          get list watch | storage.k8s.io | csinodes
        certificate-controller
          delete get list watch | certificates.k8s.io | certificatesigningrequests
          update | certificates.k8s.io | certificatesigningrequests/approval certificatesigningrequests/status
          approve | certificates.k8s.io | signers | kubernetes.io/kube-apiserver-client-kubelet
          sign | certificates.k8s.io | signers | kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown
          create | authorization.k8s.io | subjectaccessreviews
          create patch update | core events.k8s.io | events
        clusterrole-aggregation-controller
          escalate get list patch update watch | rbac.authorization.k8s.io | clusterroles
        cronjob-controller
          get list update watch | batch | cronjobs
          create delete get list patch update watch | batch | jobs
          update | batch | cronjobs/status
          update | batch | cronjobs/finalizers
          delete list | core | pods
          create patch update | core events.k8s.io | events
        daemon-set-controller
          get list watch | apps extensions | daemonsets
          update | apps extensions | daemonsets/status
          update | apps extensions | daemonsets/finalizers
          list watch | core | nodes
          create delete list patch watch | core | pods
          create | core | pods/binding
          create delete get list patch update watch | apps | controllerrevisions
          create patch update | core events.k8s.io | events
        deployment-controller
          get list update watch | apps extensions | deployments
          update | apps extensions | deployments/status
          update | apps extensions | deployments/finalizers
          create delete get list patch update watch | apps extensions | replicasets
          get list update watch | core | pods
          create patch update | core events.k8s.io | events
        disruption-controller
          get list watch | apps extensions | deployments
          get list watch | apps extensions | replicasets
          get list watch | core | replicationcontrollers
          get list watch | policy | poddisruptionbudgets
          get list watch | apps | statefulsets
          update | policy | poddisruptionbudgets/status
          patch update | core | pods/status
          get | * | */scale
          create patch update | core events.k8s.io | events
        endpoint-controller
          get list watch | core | pods services
          create delete get list update watch | core | endpoints
          create | core | endpoints/restricted
          create patch update | core events.k8s.io | events
        endpointslice-controller
          get list watch | core | nodes pods services
          update | core | services/finalizers
          create delete get list update watch | discovery.k8s.io | endpointslices
          create patch update | core events.k8s.io | events
        endpointslicemirroring-controller
          get list watch | core | endpoints services
          update | core | services/finalizers
          update | core | endpoints/finalizers
          create delete get list update watch | discovery.k8s.io | endpointslices
          create patch update | core events.k8s.io | events
        ephemeral-volume-controller
          get list watch | core | pods
          update | core | pods/finalizers
          create get list watch | core | persistentvolumeclaims
          create patch update | core events.k8s.io | events
        expand-controller
          get list patch update watch | core | persistentvolumes
          patch update | core | persistentvolumeclaims/status
          get list watch | core | persistentvolumeclaims
          create patch update | core events.k8s.io | events
          get | core | services
        generic-garbage-collector
          delete get list patch update watch | * | *
          create patch update | core events.k8s.io | events
        horizontal-pod-autoscaler
          get list watch | autoscaling | horizontalpodautoscalers
          update | autoscaling | horizontalpodautoscalers/status
          get update | * | */scale
          list | core | pods
          list | metrics.k8s.io | pods
          get list | custom.metrics.k8s.io | *
          get list | external.metrics.k8s.io | *
          create patch update | core events.k8s.io | events
        job-controller
          get list patch update watch | batch | jobs
          update | batch | jobs/status
          update | batch | jobs/finalizers
          create delete list patch watch | core | pods
          create patch update | core events.k8s.io | events
        legacy-service-account-token-cleaner
          get | core | configmaps | kube-apiserver-legacy-service-account-token-tracking
          delete patch | core | secrets
        namespace-controller
          delete get list watch | core | namespaces
          update | core | namespaces/finalize namespaces/status
          delete deletecollection get list watch | * | *
        node-controller
          delete get list patch update | core | nodes
          patch update | core | nodes/status
          patch update | core | pods/status
          delete list | core | pods
          create patch update | core events.k8s.io | events
          get | core | pods
        persistent-volume-binder
          create delete get list update watch | core | persistentvolumes
          update | core | persistentvolumes/status
          get list update watch | core | persistentvolumeclaims
          update | core | persistentvolumeclaims/status
          create delete get list watch | core | pods
          get list watch | storage.k8s.io | storageclasses
          create delete get update | core | endpoints services
          get list | core | secrets
          list watch | core | nodes
          create patch update | core events.k8s.io | events
          watch | core | events
        pod-garbage-collector
          delete list watch | core | pods
          get list | core | nodes
          patch | core | pods/status
        pv-protection-controller
          get list update watch | core | persistentvolumes
          create patch update | core events.k8s.io | events
        pvc-protection-controller
          get list update watch | core | persistentvolumeclaims
          get list watch | core | pods
          create patch update | core events.k8s.io | events
        replicaset-controller
          get list update watch | apps extensions | replicasets
          update | apps extensions | replicasets/status
          update | apps extensions | replicasets/finalizers
          create delete list patch watch | core | pods
          create patch update | core events.k8s.io | events
        replication-controller
          get list update watch | core | replicationcontrollers
          update | core | replicationcontrollers/status
          update | core | replicationcontrollers/finalizers
          create delete list patch watch | core | pods
          create patch update | core events.k8s.io | events
        resourcequota-controller
          list watch | * | *
          update | core | resourcequotas/status
          create patch update | core events.k8s.io | events
        root-ca-cert-publisher
          create update | core | configmaps
          create patch update | core events.k8s.io | events
        route-controller
          list watch | core | nodes
          patch | core | nodes/status
          create patch update | core events.k8s.io | events
        service-account-controller
          create | core | serviceaccounts
          create patch update | core events.k8s.io | events
        service-controller
          get list watch | core | services
          patch update | core | services/status
          list watch | core | nodes
          create patch update | core events.k8s.io | events
        statefulset-controller
          list watch | core | pods
          get list watch | apps | statefulsets
          update | apps | statefulsets/status
          update | apps | statefulsets/finalizers
          create delete get patch update | core | pods
          create delete get list patch update watch | apps | controllerrevisions
          create get | core | persistentvolumeclaims
          create patch update | core events.k8s.io | events
          delete update | core | persistentvolumeclaims
        ttl-after-finished-controller
          delete get list watch | batch | jobs
          create patch update | core events.k8s.io | events
        ttl-controller
          list patch update watch | core | nodes
          create patch update | core events.k8s.io | events
        validatingadmissionpolicy-status-controller
          get list watch | admissionregistration.k8s.io | validatingadmissionpolicies
          get patch update | admissionregistration.k8s.io | validatingadmissionpolicies/status
          create patch update | core events.k8s.io | events
        """;

    // The namespace is before the name.
    private const string Namespaced =
        """
        kube-public/system:controller:bootstrap-signer
          get list watch | core | configmaps
          update | core | configmaps | cluster-info
          create patch update | core events.k8s.io | events
        kube-system/extension-apiserver-authentication-reader
          get list watch | core | configmaps | extension-apiserver-authentication
        kube-system/system::leader-locking-kube-controller-manager
          watch | core | configmaps
          get update | core | configmaps | kube-controller-manager
        kube-system/system::leader-locking-kube-scheduler
          watch | core | configmaps
          get update | core | configmaps | kube-scheduler
        kube-system/system:controller:bootstrap-signer
          get list watch | core | secrets
        kube-system/system:controller:cloud-provider
          create get list watch | core | configmaps
        kube-system/system:controller:token-cleaner
          delete get list watch | core | secrets
          create patch update | core events.k8s.io | events
        """;

    public static IReadOnlyList<DefaultBinding> Bindings { get; } =
    [
        new("cluster-admin", "cluster-admin", [$"Group {Identity.Masters}"]),
        new("system:basic-user", "system:basic-user", [$"Group {Identity.Authenticated}"]),
        new("system:discovery", "system:discovery", [$"Group {Identity.Authenticated}"]),
        new("system:kube-controller-manager", "system:kube-controller-manager", ["User system:kube-controller-manager"]),
        new("system:kube-dns", "system:kube-dns", ["ServiceAccount kube-system/kube-dns"]),
        new("system:kube-scheduler", "system:kube-scheduler", ["User system:kube-scheduler"]),
        new("system:monitoring", "system:monitoring", ["Group system:monitoring"]),
        new("system:node", "system:node", []),
        new("system:node-proxier", "system:node-proxier", ["User system:kube-proxy"]),
        new("system:public-info-viewer", "system:public-info-viewer", [$"Group {Identity.Authenticated}", $"Group {Identity.Unauthenticated}"]),
        new("system:service-account-issuer-discovery", "system:service-account-issuer-discovery", ["Group system:serviceaccounts"]),
        new("system:volume-scheduler", "system:volume-scheduler", ["User system:kube-scheduler"]),
        .. Read(Controllers).Select(role => new DefaultBinding(Controller + role.Name, Controller + role.Name, [$"ServiceAccount kube-system/{role.Name}"])),
        new(
            "system::extension-apiserver-authentication-reader",
            "extension-apiserver-authentication-reader",
            ["User system:kube-controller-manager", "User system:kube-scheduler"],
            "kube-system"),
        new(
            "system::leader-locking-kube-controller-manager",
            "system::leader-locking-kube-controller-manager",
            ["User system:kube-controller-manager", "ServiceAccount kube-system/kube-controller-manager"],
            "kube-system"),
        new("system::leader-locking-kube-scheduler", "system::leader-locking-kube-scheduler", ["User system:kube-scheduler", "ServiceAccount kube-system/kube-scheduler"], "kube-system"),
        new("system:controller:bootstrap-signer", "system:controller:bootstrap-signer", ["ServiceAccount kube-system/bootstrap-signer"], "kube-system"),
        new("system:controller:cloud-provider", "system:controller:cloud-provider", ["ServiceAccount kube-system/cloud-provider"], "kube-system"),
        new("system:controller:token-cleaner", "system:controller:token-cleaner", ["ServiceAccount kube-system/token-cleaner"], "kube-system"),
        new("system:controller:bootstrap-signer", "system:controller:bootstrap-signer", ["ServiceAccount kube-system/bootstrap-signer"], "kube-public"),
    ];

    /// <summary>The ClusterRoles.</summary>
    public static IEnumerable<DefaultRole> All()
        => [.. Read(Cluster).Select(role => new DefaultRole(role.Name, role.Rules)), .. Read(Controllers).Select(role => new DefaultRole(Controller + role.Name, role.Rules))];

    /// <summary>The Roles of namespaces.</summary>
    public static IEnumerable<JsonObject> Roles() => Read(Namespaced).Select(role =>
    {
        string[] name = role.Name.Split('/', 2);
        JsonObject made = new DefaultRole(name[1], role.Rules).ToObject();
        made["kind"] = "Role";
        made["metadata"]!["namespace"] = name[0];
        return made;
    });

    private static IEnumerable<(string Name, JsonArray Rules)> Read(string text)
    {
        var roles = new List<(string Name, JsonArray Rules)>();
        foreach (string line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (!line.StartsWith(' '))
            {
                roles.Add((line, []));
                continue;
            }

            string[][] cells = [.. line.Split('|').Select(cell => cell.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
            roles[^1].Rules.Add(cells.Length == 2
                ? DefaultRoles.Paths(cells[1], cells[0])
                : DefaultRoles.Rule([.. cells[1].Select(group => group == "core" ? "" : group)], cells[2], cells[0], cells.Length > 3 ? cells[3] : []));
        }

        return roles;
    }
}

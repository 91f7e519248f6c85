using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Kinds.Delivery;
using Fairway.Resources.Schemas;

namespace Fairway.Admission.Reading;

/// <summary>
/// Pure: reads policies, bindings, constraints, parameters and waivers from objects, in the formats that people have:
/// ValidatingAdmissionPolicy, Kyverno's ValidatingPolicy, Gatekeeper's ConstraintTemplate with CEL code.
/// </summary>
public static class PolicyReader
{
    /// <summary>Reads a set of objects.</summary>
    /// <param name="objects">Each with where it came from.</param>
    /// <param name="problems">Gets what is wrong, all of it.</param>
    public static PolicySet Read(IEnumerable<(JsonObject Object, string Origin)> objects, ICollection<PolicyProblem> problems)
    {
        var policies = new List<PolicyDefinition>();
        var bindings = new List<PolicyBinding>();
        var parameters = new List<JsonObject>();
        var waivers = new List<Waiver>();
        var constraints = new List<(JsonObject Object, string Origin)>();
        var templates = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((JsonObject @object, string origin) in objects)
        {
            string group = (@object.Text("apiVersion") ?? "").Split('/')[0];
            switch (group, @object.Text("kind"))
            {
                case ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"):
                    Add(policies, KubernetesPolicy.Read(@object, origin, problems));
                    break;
                case ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"):
                    bindings.Add(KubernetesPolicy.ReadBinding(@object, origin, problems));
                    break;
                case ("policies.kyverno.io", "ValidatingPolicy" or "NamespacedValidatingPolicy"):
                    Add(policies, KyvernoPolicy.Read(@object, origin, problems));
                    break;
                case ("policies.kyverno.io" or "kyverno.io", { } foreign):
                    problems.Add(new PolicyProblem(origin, "kind", $"{foreign} is not read; expected a ValidatingPolicy of policies.kyverno.io that needs Kubernetes' CEL only", false));
                    break;
                case ("templates.gatekeeper.sh", "ConstraintTemplate"):
                    if (GatekeeperPolicy.Read(@object, origin, problems) is { } template)
                    {
                        policies.Add(template.Policy);
                        templates[template.Kind] = template.Policy.Name;
                    }

                    break;
                case ("constraints.gatekeeper.sh", _):
                    constraints.Add((@object, origin));
                    break;
                case ("fairway.dev", "Waiver"):
                    Add(waivers, ReadWaiver(@object, origin, problems));
                    break;
                default:
                    parameters.Add(@object);
                    break;
            }
        }

        foreach ((JsonObject constraint, string origin) in constraints)
        {
            if (templates.TryGetValue(constraint.Text("kind")!, out string? policy))
            {
                bindings.Add(GatekeeperPolicy.ReadConstraint(constraint, policy));
            }
            else
            {
                problems.Add(new PolicyProblem(origin, "kind", $"no ConstraintTemplate with CEL code defines {constraint.Text("kind")}", false));
            }
        }

        foreach (IGrouping<string, PolicyDefinition> same in policies.GroupBy(policy => policy.Name).Where(group => group.Count() > 1))
        {
            problems.Add(new PolicyProblem(same.Last().Origin, "metadata.name", $"\"{same.Key}\" is the name of another policy, too ({same.First().Origin})"));
        }

        return new PolicySet { Policies = [.. policies.DistinctBy(policy => policy.Name)], Bindings = bindings, Parameters = parameters, Waivers = waivers };
    }

    private static Waiver? ReadWaiver(JsonObject @object, string origin, ICollection<PolicyProblem> problems)
    {
        try
        {
            return Document.From(@object).As<Waiver>();
        }
        catch (JsonException bad)
        {
            problems.Add(new PolicyProblem(origin, bad.Path ?? "", $"no Waiver: {bad.Message}"));
            return null;
        }
    }

    private static void Add<T>(List<T> list, T? item)
        where T : class
    {
        if (item is not null)
        {
            list.Add(item);
        }
    }
}

using System.Text.Json.Nodes;
using Fairway.Admission;
using Fairway.Resources;
using Fairway.Resources.Apply;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>
/// MutatingAdmissionPolicy: changes objects by the cluster's policies and their bindings, in the order of the policies' names. When one
/// changed an object, those before it that ask for it (reinvocationPolicy IfNeeded) see it once more.
/// </summary>
internal sealed class MutatingPolicies(StoredPolicies policies, PolicySubjects subjects) : IMutatingPlugin
{
    private const string MemoryKey = "MutatingAdmissionPolicy";

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (!PolicySubjects.IsExempt(request) && policies.All() is { Count: > 0 } bindings)
        {
            MutateAll(request, bindings, cancellation);
        }

        return ValueTask.CompletedTask;
    }

    private void MutateAll(AdmissionRequest request, IReadOnlyList<PolicyJudge.Binding> bindings, CancellationToken cancellation)
    {
        var memory = request.Memory.TryGetValue(MemoryKey, out object? known) ? (Invocations)known : new Invocations();
        request.Memory[MemoryKey] = memory;
        if (request.IsReinvocation && !JsonNode.DeepEquals(memory.Left, request.Object))
        {
            // A plug-in between changed the object: all that asked for it see it again.
            memory.RequireAll();
        }

        var denials = new List<(PolicyJudge.Binding Binding, string Message, string Reason)>();
        foreach ((PolicyJudge.Binding binding, JsonObject? parameter) in Concerned(request, bindings, denials))
        {
            string key = $"{binding.Policy.Definition.Name}/{binding.Name}/{parameter.Object("metadata").Text("namespace")}/{parameter.Object("metadata").Text("name")}";
            (bool matches, string? failed) = MutationEngine.Matches(binding.Policy, parameter, MutationEngine.View(binding.Policy, subjects.Of(request)), cancellation);
            if (failed is not null)
            {
                denials.Add((binding, failed, "Invalid"));
                continue;
            }

            if (!matches || (request.IsReinvocation && !memory.ShouldReinvoke(key)))
            {
                continue;
            }

            JsonNode? before = request.Object?.DeepClone();
            for (int i = 0; i < MutationEngine.Count(binding.Policy) && request.Object is not null; i++)
            {
                if (Mutate(request, binding.Policy, i, parameter, cancellation) is { } wrong && binding.Policy.Definition.FailsClosed)
                {
                    denials.Add((binding, wrong, "Invalid"));
                }
            }

            if (!JsonNode.DeepEquals(before, request.Object))
            {
                memory.RequireAll();
                request.ShouldReinvoke = true;
            }

            if (binding.Policy.Definition.Reinvokes)
            {
                memory.Reinvocable.Add(key);
            }
        }

        memory.Left = request.Object?.DeepClone();
        if (denials.Count > 0)
        {
            throw Denied(request, denials);
        }
    }

    /// <summary>Which bindings concern the request as it comes in, each with its parameters.</summary>
    private List<(PolicyJudge.Binding Binding, JsonObject? Parameter)> Concerned(
        AdmissionRequest request, IReadOnlyList<PolicyJudge.Binding> bindings, List<(PolicyJudge.Binding Binding, string Message, string Reason)> denials)
    {
        PreparedSubject subject = subjects.Of(request);
        var concerned = new List<(PolicyJudge.Binding, JsonObject?)>();
        foreach (PolicyJudge.Binding binding in bindings)
        {
            if (!PolicyJudge.Concerns(binding, subject))
            {
                continue;
            }

            ParameterChoice choice = ParameterChoice.Of(binding.Policy.Definition.Parameters, binding.Given?.Parameters, request.Namespace, policies);
            if (choice.Error is { } error)
            {
                if (binding.Policy.Definition.FailsClosed)
                {
                    denials.Add((binding, $"failed to configure binding: {error}", ""));
                }

                continue;
            }

            concerned.AddRange(choice.Objects.Select(one => (binding, one)));
        }

        return concerned;
    }

    /// <returns>Why the mutation cannot be made, or null.</returns>
    private string? Mutate(AdmissionRequest request, CompiledPolicy policy, int mutation, JsonObject? parameter, CancellationToken cancellation)
    {
        // The object is as the mutation before left it.
        PreparedSubject seen = MutationEngine.View(policy, subjects.Of(request));
        (PolicyChange? change, string? error) = MutationEngine.Evaluate(policy, mutation, parameter, seen, cancellation);
        if (error is not null)
        {
            return error;
        }

        (JsonObject? changed, string? wrong) = Apply(seen.Subject.Object!, subjects.DefinitionOf(request, seen.Subject), change!);
        if (changed is not null)
        {
            request.Object = subjects.AsRequested(request, seen.Subject, changed);
        }

        return wrong;
    }

    /// <returns>The object as it is then, or null and why the change cannot be made; neither when nothing is to change.</returns>
    private static (JsonObject? Changed, string? Wrong) Apply(JsonObject target, KindDefinition? kind, PolicyChange change)
    {
        if (change.Patch is { } patch)
        {
            try
            {
                return JsonPatch.Apply(target, patch) is JsonObject whole ? (Defaulted(kind, whole), null) : (null, "JSON Patch: the patch does not leave an object");
            }
            catch (StatusException refused)
            {
                string why = refused.Data["why"] as string ?? refused.Message;
                // A test that fails leaves the object as it is.
                return (null, why.Contains("test failed", StringComparison.Ordinal) ? null : $"JSON Patch: {why}");
            }
        }

        JsonObject configuration = change.Configuration!;
        if (kind is null)
        {
            return (MergePatch.Apply(target, configuration) as JsonObject, null);
        }

        return ConfigurationCheck.Of(configuration, kind.Schema) is { } wrong
            ? (null, $"error applying patch: {wrong}")
            : (Defaulted(kind, (JsonObject)TypedMerge.Merge(target, configuration, kind.Schema)!), null);
    }

    private static JsonObject Defaulted(KindDefinition? kind, JsonObject changed)
    {
        if (kind is not null)
        {
            KindRules.Of(kind).Default(changed);
        }

        return changed;
    }

    private static StatusException Denied(AdmissionRequest request, List<(PolicyJudge.Binding Binding, string Message, string Reason)> denials)
    {
        StatusException forbidden = request.Forbidden("admission request denied by policy");
        string[] messages = [.. denials.Select(one => $"policy '{one.Binding.Policy.Definition.Name}' with binding '{one.Binding.Name}' denied request: {one.Message}")];
        return new StatusException(forbidden.Code, denials[0].Reason.Length > 0 ? denials[0].Reason : forbidden.Reason, messages[0])
        {
            Details = forbidden.Details! with { Causes = [.. messages.Select(message => new StatusCause { Message = message })] },
        };
    }

    /// <summary>Which invocations are to be made once more, as kube-apiserver keeps count of them.</summary>
    private sealed class Invocations
    {
        private readonly HashSet<string> _again = new(StringComparer.Ordinal);

        public HashSet<string> Reinvocable { get; } = new(StringComparer.Ordinal);

        /// <summary>The object as the policies left it.</summary>
        public JsonNode? Left { get; set; }

        public bool ShouldReinvoke(string key) => _again.Contains(key);

        public void RequireAll()
        {
            _again.UnionWith(Reinvocable);
            Reinvocable.Clear();
        }
    }
}

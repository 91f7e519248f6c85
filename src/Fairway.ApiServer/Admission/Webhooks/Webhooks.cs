using System.Text.Json.Nodes;
using Fairway.Resources;
using Fairway.Resources.Schemas;

namespace Fairway.ApiServer;

/// <summary>One webhook of one configuration, in the order in which they are asked.</summary>
/// <param name="Index">Its place among all webhooks of its sort.</param>
/// <param name="Configuration">The configuration's name.</param>
/// <param name="Webhook">As it is written.</param>
internal sealed record ConfiguredWebhook(int Index, string Configuration, JsonObject Webhook)
{
    public string Name => (string?)Webhook["name"] ?? "";

    public string Id => $"{Configuration}/{Name}";

    public bool IgnoresFailure => (string?)Webhook["failurePolicy"] == "Ignore";

    /// <summary>All webhooks of the configurations of a sort, by the configurations' names.</summary>
    public static IEnumerable<ConfiguredWebhook> All(ObjectStore store, string groupResource)
    {
        int index = 0;
        foreach (Document document in store.List(groupResource, null))
        {
            foreach (JsonObject webhook in (document.ToNode()["webhooks"] as JsonArray ?? []).OfType<JsonObject>())
            {
                yield return new ConfiguredWebhook(index++, document.Header.Name, webhook);
            }
        }
    }

    /// <exception cref="StatusException">400: a dry run asks a webhook that has side effects.</exception>
    public void RequireDryRun(AdmissionRequest request)
    {
        if (request.DryRun && (string?)Webhook["sideEffects"] is not ("None" or "NoneOnDryRun"))
        {
            throw StatusException.BadRequest($"admission webhook \"{Name}\" does not support dry run");
        }
    }

    public StatusException Failed(WebhookUnavailableException why) => Refusals.Internal($"failed calling webhook \"{Name}\": {why.Message}");
}

/// <summary>Asks one webhook about a request and notes what it tells besides.</summary>
internal sealed class WebhookDialogue(WebhookCaller caller)
{
    /// <exception cref="WebhookUnavailableException">It gives no answer.</exception>
    public async Task<WebhookVerdict> AskAsync(
        ConfiguredWebhook hook, AdmissionRequest request, WebhookInvocation invocation, bool isMutating, CancellationToken cancellation)
    {
        string version = WebhookReview.Version(hook.Webhook);
        var uid = Guid.NewGuid();
        byte[] answer = await caller.PostAsync(hook.Webhook, WebhookReview.Write(request, invocation, version, uid), cancellation);
        return WebhookReview.Read(answer, version, uid, isMutating);
    }

    public static void Note(ConfiguredWebhook hook, AdmissionRequest request, WebhookVerdict verdict)
    {
        foreach ((string key, string value) in verdict.AuditAnnotations)
        {
            request.Annotate($"{hook.Name}/{key}", value);
        }

        foreach (string warning in verdict.Warnings)
        {
            request.Warn(warning);
        }
    }
}

/// <summary>
/// MutatingAdmissionWebhook: asks webhooks one after the other, each seeing what those before it made of the object. When one
/// changed it, the chain runs again, and those that ask for it (reinvocationPolicy IfNeeded) are asked again.
/// </summary>
internal sealed class MutatingWebhooks(ObjectStore store, Func<KindCatalog> catalog, WebhookCaller caller, EvaluateConditions? conditions = null) : IMutatingPlugin
{
    private const string Configurations = "mutatingwebhookconfigurations.admissionregistration.k8s.io";

    private readonly WebhookDialogue _dialogue = new(caller);

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
        => WebhookMatching.IsExempt(request) || !store.List(Configurations, null).Any() ? ValueTask.CompletedTask : AskAllAsync(request, cancellation);

    private async ValueTask AskAllAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        Rounds rounds = RoundsOf(request);
        if (request.IsReinvocation && !JsonNode.DeepEquals(rounds.LastOutput, request.Object))
        {
            rounds.RequireAll(); // other plug-ins changed the object since webhooks saw it
        }

        JsonObject? labels = null;
        JsonObject? NamespaceLabels() => labels ??= store.Find("namespaces", "", request.Namespace)?.ToNode()["metadata"]?["labels"] as JsonObject ?? [];
        foreach (ConfiguredWebhook hook in ConfiguredWebhook.All(store, Configurations))
        {
            WebhookInvocation? invocation = WebhookMatching.Match(hook.Webhook, request, catalog(), NamespaceLabels);
            if (invocation is null || !MatchConditions.Hold(hook.Webhook, request, conditions) || (request.IsReinvocation && !rounds.Again.Contains(hook.Id)))
            {
                continue;
            }

            if (await AskAsync(hook, request, invocation, cancellation))
            {
                rounds.RequireAll();
                request.ShouldReinvoke = true;
            }

            if ((string?)hook.Webhook["reinvocationPolicy"] == "IfNeeded")
            {
                rounds.Invoked.Add(hook.Id);
            }
        }

        rounds.LastOutput = request.Object?.DeepClone();
    }

    private static Rounds RoundsOf(AdmissionRequest request)
    {
        if (!request.Memory.TryGetValue(nameof(MutatingWebhooks), out object? kept))
        {
            kept = new Rounds();
            request.Memory[nameof(MutatingWebhooks)] = kept;
        }

        return (Rounds)kept;
    }

    /// <returns>Whether the object is another now.</returns>
    private async Task<bool> AskAsync(ConfiguredWebhook hook, AdmissionRequest request, WebhookInvocation invocation, CancellationToken cancellation)
    {
        string place = $"round_{(request.IsReinvocation ? 1 : 0)}_index_{hook.Index}";
        hook.RequireDryRun(request);
        bool hasChanged = false;
        try
        {
            WebhookVerdict verdict = await _dialogue.AskAsync(hook, request, invocation, isMutating: true, cancellation);
            WebhookDialogue.Note(hook, request, verdict);
            if (!verdict.Allowed)
            {
                throw WebhookReview.Denial(hook.Name, verdict.Result);
            }

            hasChanged = verdict.Patch is { Count: > 0 } patch && Patch(hook, request, patch);
        }
        catch (WebhookUnavailableException why)
        {
            if (!hook.IgnoresFailure)
            {
                throw hook.Failed(why);
            }

            request.Annotate($"failed-open.mutating.webhook.admission.k8s.io/{place}", hook.Name);
        }

        var note = new JsonObject { ["configuration"] = hook.Configuration, ["webhook"] = hook.Name, ["mutated"] = hasChanged };
        request.Annotate($"mutation.webhook.admission.k8s.io/{place}", note.ToJsonString());
        return hasChanged;
    }

    private static bool Patch(ConfiguredWebhook hook, AdmissionRequest request, JsonArray patch)
    {
        if (request.Object is not { } before)
        {
            throw Refusals.Internal($"admission webhook \"{hook.Name}\" attempted to modify the object, which is not supported for this operation");
        }

        JsonObject after;
        try
        {
            after = JsonPatch.Apply(before.DeepClone(), patch) as JsonObject ?? throw Refusals.Internal("the patch does not leave an object");
        }
        catch (StatusException broken) when (broken.Code < 500)
        {
            throw Refusals.Internal(broken.Message);
        }

        if (request.Definition is { } kind)
        {
            // What the webhook was shown under another version's name is stored under its own.
            after["apiVersion"] = kind.Type.ApiVersion;
            after["kind"] = kind.Type.Kind;
            KindRules rules = KindRules.Of(kind);
            try
            {
                rules.Admit(after, FieldValidation.Ignore, []);
            }
            catch (StatusException undecodable) when (undecodable.Code < 500)
            {
                const string Handled = " cannot be handled as a ";
                int at = undecodable.Message.IndexOf(Handled, StringComparison.Ordinal);
                int colon = at < 0 ? -1 : undecodable.Message.IndexOf(": ", at, StringComparison.Ordinal);
                throw Refusals.Internal(colon < 0 ? undecodable.Message : undecodable.Message[(colon + 2)..]);
            }

            rules.Default(after);
        }

        bool hasChanged = !JsonNode.DeepEquals(before, after);
        request.Object = after;
        return hasChanged;
    }

    private sealed class Rounds
    {
        public HashSet<string> Invoked { get; } = [];

        public HashSet<string> Again { get; } = [];

        public JsonNode? LastOutput { get; set; }

        public void RequireAll()
        {
            Again.UnionWith(Invoked);
            Invoked.Clear();
        }
    }
}

/// <summary>ValidatingAdmissionWebhook: asks all webhooks at once; each can refuse.</summary>
internal sealed class ValidatingWebhooks(ObjectStore store, Func<KindCatalog> catalog, WebhookCaller caller, EvaluateConditions? conditions = null) : IValidatingPlugin
{
    private const string Configurations = "validatingwebhookconfigurations.admissionregistration.k8s.io";

    private readonly WebhookDialogue _dialogue = new(caller);

    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
        => WebhookMatching.IsExempt(request) || !store.List(Configurations, null).Any() ? ValueTask.CompletedTask : AskAllAsync(request, cancellation);

    private async ValueTask AskAllAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        JsonObject? labels = null;
        JsonObject? NamespaceLabels() => labels ??= store.Find("namespaces", "", request.Namespace)?.ToNode()["metadata"]?["labels"] as JsonObject ?? [];
        var asked = new List<(ConfiguredWebhook Hook, Task<WebhookVerdict> Verdict)>();
        foreach (ConfiguredWebhook hook in ConfiguredWebhook.All(store, Configurations))
        {
            if (WebhookMatching.Match(hook.Webhook, request, catalog(), NamespaceLabels) is { } invocation && MatchConditions.Hold(hook.Webhook, request, conditions))
            {
                hook.RequireDryRun(request);
                asked.Add((hook, _dialogue.AskAsync(hook, request, invocation, isMutating: false, cancellation)));
            }
        }

        // All answers are waited for, so that every warning and annotation is told; the first refusal in order decides.
        StatusException? refusal = null;
        foreach ((ConfiguredWebhook hook, Task<WebhookVerdict> verdict) in asked)
        {
            refusal ??= await JudgeAsync(hook, request, verdict);
        }

        if (refusal is not null)
        {
            await Task.WhenAll(asked.Select(entry => entry.Verdict)).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw refusal;
        }
    }

    private static async Task<StatusException?> JudgeAsync(ConfiguredWebhook hook, AdmissionRequest request, Task<WebhookVerdict> asked)
    {
        try
        {
            WebhookVerdict verdict = await asked;
            WebhookDialogue.Note(hook, request, verdict);
            return verdict.Allowed ? null : WebhookReview.Denial(hook.Name, verdict.Result);
        }
        catch (WebhookUnavailableException why)
        {
            if (!hook.IgnoresFailure)
            {
                return hook.Failed(why);
            }

            request.Annotate($"failed-open.validating.webhook.admission.k8s.io/round_0_index_{hook.Index}", hook.Name);
            return null;
        }
    }
}

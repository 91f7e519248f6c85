namespace Fairway.ApiServer;

/// <summary>
/// The admission plug-ins in the order of kube-apiserver: first every mutating one, then, on the object that would be stored,
/// every validating one. A request that a later mutating plug-in changed goes through the mutating phase once more.
/// </summary>
/// <param name="mutating">In order.</param>
/// <param name="validating">In order.</param>
internal sealed class AdmissionChain(IReadOnlyList<IMutatingPlugin> mutating, IReadOnlyList<IValidatingPlugin> validating)
{
    /// <summary>The mutating phase. Completes synchronously when no plug-in has to ask anyone else.</summary>
    public async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        foreach (IMutatingPlugin plugin in mutating)
        {
            await plugin.AdmitAsync(request, cancellation);
        }

        if (!request.ShouldReinvoke)
        {
            return;
        }

        request.IsReinvocation = true;
        foreach (IMutatingPlugin plugin in mutating)
        {
            await plugin.AdmitAsync(request, cancellation);
        }
    }

    /// <summary>The validating phase.</summary>
    public async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        foreach (IValidatingPlugin plugin in validating)
        {
            await plugin.ValidateAsync(request, cancellation);
        }
    }

    /// <summary>Both phases at once, for what is judged as it is sent: deletions, connections, forms that are not stored.</summary>
    public async ValueTask RunAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        await MutateAsync(request, cancellation);
        await ValidateAsync(request, cancellation);
    }
}

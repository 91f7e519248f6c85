namespace Fairway.ApiServer;

/// <summary>
/// A plug-in of the mutating phase: completes or changes the object of a request, or refuses it by throwing a
/// <see cref="Fairway.Resources.StatusException"/>. Called for every request; returns at once for what does not concern it. May be
/// called again for the same request after a lost race, so it has no effects beyond the request.
/// </summary>
internal interface IMutatingPlugin
{
    ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation);
}

/// <summary>A plug-in of the validating phase: sees the object as it would be stored, changes nothing, and refuses by throwing.</summary>
internal interface IValidatingPlugin
{
    ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation);
}

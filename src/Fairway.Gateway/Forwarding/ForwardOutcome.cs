using Fairway.Gateway.Backends;

namespace Fairway.Gateway.Forwarding;

/// <summary>What became of a request.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Pool">The backend that was chosen; null when there was none to choose.</param>
/// <param name="Endpoint">The endpoint that was asked last.</param>
internal readonly record struct Forwarded(ForwardOutcome Outcome, BackendPool? Pool = null, BackendEndpoint? Endpoint = null);

/// <summary>How forwarding ended, named by whose doing it was.</summary>
internal enum ForwardOutcome
{
    /// <summary>The backend answered, whatever its status.</summary>
    Answered,

    /// <summary>The backend agreed to another protocol (WebSocket), which was spoken until one side ended it.</summary>
    Tunnelled,

    /// <summary>No route matches host and path.</summary>
    NoRoute,

    /// <summary>The rule names no Service that exists.</summary>
    NoBackend,

    /// <summary>The Service has no ready endpoint.</summary>
    NoEndpoint,

    /// <summary>No endpoint could be connected to.</summary>
    ConnectFailed,

    /// <summary>The backend broke the connection before it answered.</summary>
    BackendBroke,

    /// <summary>The backend broke the connection in the middle of its answer.</summary>
    AnswerBroke,

    /// <summary>The rule's time was up.</summary>
    TimedOut,

    /// <summary>The client went away.</summary>
    ClientGone,
}

namespace Fairway.Gateway.Forwarding;

/// <summary>How forwarding ended, named by whose doing it was.</summary>
internal enum ForwardOutcome
{
    /// <summary>The backend answered, whatever its status.</summary>
    Answered,

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

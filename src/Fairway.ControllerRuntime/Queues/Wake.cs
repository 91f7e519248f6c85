namespace Fairway.ControllerRuntime;

/// <summary>How soon a key that waits after a failure must be looked at again; a key that has not failed is looked at at once.</summary>
public enum Wake
{
    /// <summary>At once: what is asked for changed.</summary>
    Now,

    /// <summary>A second later, or with its retry: something around it changed, which may have been what was in the way.</summary>
    Soon,

    /// <summary>With its retry: only what is reported of it changed, which is what a failing reconcile itself does.</summary>
    WithRetry,
}

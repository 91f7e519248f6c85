namespace Fairway.Node.Configuration;

/// <summary>A pod refers to something that is not there (yet). The message names it and is shown in the pod's status.</summary>
internal sealed class ConfigurationException(string message) : Exception(message);

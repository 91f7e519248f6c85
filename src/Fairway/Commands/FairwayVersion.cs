using System.Reflection;

namespace Fairway.Commands;

/// <summary>The program's own version.</summary>
internal static class FairwayVersion
{
    /// <summary>Without build metadata: <c>0.1.0</c>.</summary>
    public static string Text { get; } =
        (typeof(FairwayVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0").Split('+')[0];
}

namespace Fairway.Cel.Tests.Conformance;

/// <summary>A test that needs a directory from outside the repository, named by an environment variable.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SkippableDirectoryFactAttribute : FactAttribute
{
    public SkippableDirectoryFactAttribute(string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } directory || !Directory.Exists(directory))
        {
            Skip = $"Set {variable} to a directory of published cases (*.textproto) to run them.";
        }
    }
}

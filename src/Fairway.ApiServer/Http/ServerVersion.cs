using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary><c>/version</c>: the Kubernetes version whose API is spoken, and Fairway's own.</summary>
internal static class ServerVersion
{
    private const string Spoken = "1.32.13";

    public static Task WriteAsync(HttpContext context, string version)
    {
        var body = new JsonObject
        {
            ["major"] = "1",
            ["minor"] = "32",
            ["gitVersion"] = $"v{Spoken}+fairway.{version}",
            ["gitCommit"] = "0000000000000000000000000000000000000000",
            ["gitTreeState"] = "clean",
            ["buildDate"] = "1970-01-01T00:00:00Z",
            ["goVersion"] = $"dotnet{Environment.Version.ToString(3)}",
            ["compiler"] = "roslyn",
            ["platform"] = $"{Platform()}/{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64")}",
        };
        return Responses.WriteBytesAsync(context, 200, Document.From(body).Json, "application/json");
    }

    private static string Platform() => OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
}

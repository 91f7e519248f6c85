using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.ApiServer;

/// <summary><c>/healthz</c>, <c>/livez</c> and <c>/readyz</c>, with <c>?verbose</c> and single checks below them.</summary>
internal sealed class Health(EmbeddedApiOptions options)
{
    public Task WriteAsync(HttpContext context, string path)
    {
        (string Name, bool IsWell)[] checks = [("ping", true), .. options.HealthChecks.Select(check => (check.Key, check.Value()))];
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length > 1)
        {
            checks = [.. checks.Where(check => check.Name == parts[1])];
            if (checks.Length == 0)
            {
                return Responses.WriteTextAsync(context, 404, "404 page not found\n");
            }
        }

        bool isWell = checks.All(check => check.IsWell);
        if (isWell && !context.Request.Query.ContainsKey("verbose"))
        {
            return Responses.WriteTextAsync(context, 200, "ok");
        }

        var text = new StringBuilder();
        foreach ((string name, bool well) in checks)
        {
            text.Append(well ? $"[+]{name} ok\n" : $"[-]{name} failed: reason withheld\n");
        }

        text.Append(parts[0]).Append(isWell ? " check passed\n" : " check failed\n");
        return Responses.WriteTextAsync(context, isWell ? 200 : 500, text.ToString());
    }
}

/// <summary><c>/version</c>: the Kubernetes version whose API is spoken, and Fairway's own.</summary>
internal static class ServerVersion
{
    public static Task WriteAsync(HttpContext context, string version)
    {
        var body = new JsonObject
        {
            ["major"] = "1",
            ["minor"] = "32",
            ["gitVersion"] = $"v1.32.4+fairway.{version}",
            ["gitCommit"] = "",
            ["gitTreeState"] = "clean",
            ["buildDate"] = "1970-01-01T00:00:00Z",
            ["goVersion"] = "",
            ["compiler"] = "roslyn",
            ["platform"] = $"{(OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux")}/{(System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64")}",
        };
        return Responses.WriteBytesAsync(context, 200, Document.From(body).Json, "application/json");
    }
}

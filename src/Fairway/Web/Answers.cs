using System.Globalization;
using System.Text.Json.Nodes;
using Fairway.Resources;
using Microsoft.AspNetCore.Http;

namespace Fairway.Web;

/// <summary>JSON answers and query parameters of Fairway's own endpoints.</summary>
internal static class Answers
{
    public static Task JsonAsync(HttpContext context, JsonNode body)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(body.ToJsonString(), context.RequestAborted);
    }

    public static string? Text(HttpContext context, string name)
        => context.Request.Query[name].ToString() is { Length: > 0 } text ? text : null;

    /// <summary>A whole number within bounds.</summary>
    /// <exception cref="StatusException">400, naming the parameter, the value and what was expected.</exception>
    public static long Number(HttpContext context, string name, long otherwise, long minimum, long maximum)
    {
        if (Text(context, name) is not { } text)
        {
            return otherwise;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= minimum && number <= maximum
            ? number
            : throw StatusException.BadRequest($"query parameter {name}: \"{text}\" is no whole number from {minimum} to {maximum}");
    }

    public static string Required(HttpContext context, string name)
        => Text(context, name) ?? throw StatusException.BadRequest($"query parameter {name} is required");
}

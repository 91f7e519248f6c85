using Fairway.PromQL;
using Microsoft.AspNetCore.Http;

namespace Fairway.Telemetry.Alerting;

/// <summary>Which alerts a request asks for.</summary>
internal sealed record AlertFilter(IReadOnlyList<LabelMatcher> Matchers, bool Active, bool Silenced, bool Inhibited, bool Muted, bool Expired, bool Pending, Re2Pattern? Receiver)
{
    /// <exception cref="FormatException">A condition or a pattern cannot be read.</exception>
    public static AlertFilter Of(IQueryCollection query)
    {
        // As in the original, whatever is not one of the words for yes is a no.
        bool Flag(string name) => !query.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values)
            || values.ToString().ToLowerInvariant() is "" or "true" or "1" or "yes" or "ok" or "y" or "on" or "selected" or "checked" or "t" or "enabled";
        string receiver = query["receiver"].ToString();
        Re2Pattern? pattern;
        try
        {
            pattern = receiver.Length > 0 ? Re2Pattern.Anchored(receiver) : null;
        }
        catch (Exception broken) when (broken is PromQLException or FormatException)
        {
            throw new FormatException($"failed to parse receiver param: {AlertMatchers.PatternProblem(broken, receiver)}", broken);
        }

        return new AlertFilter(
            [.. query["filter"].Select(text => One(text ?? string.Empty))],
            Flag("active"), Flag("silenced"), Flag("inhibited"), Flag("muted"), Flag("expired"), Flag("pending"), pattern);
    }

    public bool TakesReceiver(string name) => Receiver?.IsMatch(name) ?? true;

    private static LabelMatcher One(string text)
    {
        if (text.StartsWith('{') || text.EndsWith('}'))
        {
            throw new FormatException($"unexpected open or close brace: {text}");
        }

        IReadOnlyList<LabelMatcher> matchers = text.Length == 0 ? [] : AlertMatchers.Parse(text);
        return matchers.Count == 1 ? matchers[0] : throw new FormatException(matchers.Count == 0 ? $"bad matcher format: {text}" : $"expected 1 matcher, found {matchers.Count}");
    }
}

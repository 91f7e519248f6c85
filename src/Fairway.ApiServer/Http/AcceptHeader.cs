using System.Globalization;

namespace Fairway.ApiServer;

/// <summary>One of the media types that a client takes.</summary>
/// <param name="Type"><c>application</c>, or <c>*</c>.</param>
/// <param name="Subtype"><c>json</c>, or <c>*</c>.</param>
/// <param name="Quality">From 0 to 1; 1 where none is given.</param>
/// <param name="Parameters">All but the quality; names and values as they were sent.</param>
internal sealed record AcceptClause(string Type, string Subtype, double Quality, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>The value of a parameter; null when it is absent.</summary>
    public string? Parameter(string name) => Parameters.GetValueOrDefault(name);

    public bool Takes(string mediaType)
    {
        int slash = mediaType.IndexOf('/', StringComparison.Ordinal);
        ReadOnlySpan<char> type = mediaType.AsSpan(0, slash);
        return (Type == "*" && Subtype == "*") || (type.SequenceEqual(Type) && (Subtype == "*" || mediaType.AsSpan(slash + 1).SequenceEqual(Subtype)));
    }
}

/// <summary>
/// Reads Accept headers as kube-apiserver does: what is malformed is left out, letters' case counts, the best quality comes first
/// and, of equals, what says more exactly what it wants.
/// </summary>
internal static class AcceptHeader
{
    private static readonly Dictionary<string, string> NoParameters = [];

    public static IReadOnlyList<AcceptClause> Parse(string header)
        =>
        [
            .. header.Split(',').Select(Clause).OfType<AcceptClause>()
                .OrderByDescending(clause => clause.Quality).ThenBy(clause => clause.Type == "*").ThenBy(clause => clause.Subtype == "*"),
        ];

    private static AcceptClause? Clause(string part)
    {
        string[] pieces = part.Split(';');
        string[] type = pieces[0].Split('/');
        if (type.Length > 2 || (type.Length == 1 && type[0].Trim() != "*") || (type.Length == 2 && type[1].Length == 0))
        {
            return null;
        }

        double quality = 1;
        Dictionary<string, string>? parameters = null;
        foreach (string piece in pieces.AsSpan(1))
        {
            string[] pair = piece.Split('=');
            if (pair.Length != 2 || pair[1].Length == 0)
            {
                continue;
            }

            string name = pair[0].Trim();
            if (name == "q")
            {
                _ = double.TryParse(pair[1], NumberStyles.Float, CultureInfo.InvariantCulture, out quality);
            }
            else
            {
                (parameters ??= [])[name] = pair[1].Trim();
            }
        }

        return new AcceptClause(type[0].Trim(), type.Length == 1 ? "*" : type[1].Trim(), quality, parameters ?? NoParameters);
    }
}

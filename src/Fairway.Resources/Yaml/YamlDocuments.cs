using System.Text.Json.Nodes;

namespace Fairway.Resources.Yaml;

/// <summary>What reading YAML may cost.</summary>
public sealed record YamlLimits
{
    public static YamlLimits Default { get; } = new();

    /// <summary>Characters of text.</summary>
    public int MaxLength { get; init; } = 3 * 1024 * 1024;

    public int MaxDepth { get; init; } = Document.MaxDepth;

    /// <summary>Nodes in all documents together after aliases are expanded.</summary>
    public int MaxNodes { get; init; } = 1_000_000;
}

/// <summary>YAML that cannot be read; the message names file, line and column.</summary>
public sealed class YamlException(string message, string? file, int line, int column) : Exception(message)
{
    public string? File { get; } = file;

    /// <summary>From 1.</summary>
    public int Line { get; } = line;

    /// <summary>From 1.</summary>
    public int Column { get; } = column;
}

/// <summary>One document of a YAML stream.</summary>
/// <param name="Node">The value; null for an empty document.</param>
/// <param name="Line">Where its content begins, from 1.</param>
public sealed record YamlDocument(JsonNode? Node, int Line);

using System.Text.Json.Nodes;

namespace Fairway.Resources.Yaml;

/// <summary>What reading YAML may cost, and which dialect it is.</summary>
public sealed record YamlOptions
{
    public static YamlOptions Default { get; } = new();

    /// <summary>Characters of text.</summary>
    public int MaxLength { get; init; } = 3 * 1024 * 1024;

    public int MaxDepth { get; init; } = Document.MaxDepth;

    /// <summary>Nodes in all documents together after aliases are expanded.</summary>
    public int MaxNodes { get; init; } = 1_000_000;

    /// <summary>
    /// Plain <c>yes</c>, <c>no</c>, <c>on</c>, <c>off</c>, <c>y</c> and <c>n</c> are booleans, as Kubernetes reads them; off, only
    /// <c>true</c> and <c>false</c> are (YAML 1.2).
    /// </summary>
    public bool OldBooleans { get; init; } = true;
}

/// <summary>YAML that cannot be read; the message names file, line and column.</summary>
public sealed class YamlException : Exception
{
    public YamlException(string reason, string? file, int line, int column)
        : base($"{file ?? "YAML"}:{line}:{column}: {reason}")
    {
        Reason = reason;
        File = file;
        Line = line;
        Column = column;
    }

    /// <summary>What is wrong, without the place.</summary>
    public string Reason { get; }

    public string? File { get; }

    /// <summary>From 1.</summary>
    public int Line { get; }

    /// <summary>From 1.</summary>
    public int Column { get; }
}

/// <summary>One document of a YAML stream.</summary>
/// <param name="Node">The value; null for an empty document.</param>
/// <param name="Line">Where its content begins, from 1.</param>
public sealed record YamlDocument(JsonNode? Node, int Line);

namespace Fairway.ApiServer;

/// <summary>Who asks: a name and groups, as authorization, audit and managedFields see them. Immutable.</summary>
public sealed record Identity
{
    /// <summary>The group whose members may do everything.</summary>
    public const string Masters = "system:masters";

    /// <summary>The group of everyone who is known.</summary>
    public const string Authenticated = "system:authenticated";

    private Identity(string name, IReadOnlyList<string> groups)
    {
        Name = name;
        Groups = groups;
        IsMaster = groups.Contains(Masters);
    }

    public string Name { get; }

    /// <summary>Always with <see cref="Authenticated"/>.</summary>
    public IReadOnlyList<string> Groups { get; }

    /// <summary>May do everything.</summary>
    public bool IsMaster { get; }

    /// <summary>A part of the platform itself, which audit does not record when it only reads.</summary>
    public bool IsComponent { get; private init; }

    /// <summary>A person or a program.</summary>
    public static Identity Of(string name, params IEnumerable<string> groups)
        => new(name, [.. groups.Where(group => group != Authenticated), Authenticated]);

    /// <summary>A part of the platform (<c>system:deployment-controller</c>), with all rights.</summary>
    public static Identity Component(string name) => new($"system:{name}", [Masters, Authenticated]) { IsComponent = true };

    public override string ToString() => Name;
}

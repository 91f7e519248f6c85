using System.Text.Json.Nodes;

namespace Fairway.ApiServer;

/// <summary>Who asks: a name and groups, as authorization, admission, audit and managedFields see them. Immutable.</summary>
public sealed record Identity
{
    /// <summary>The group whose members may do everything.</summary>
    public const string Masters = "system:masters";

    /// <summary>The group of everyone who is known.</summary>
    public const string Authenticated = "system:authenticated";

    /// <summary>The group of everyone who is not.</summary>
    public const string Unauthenticated = "system:unauthenticated";

    private static readonly Dictionary<string, IReadOnlyList<string>> NoExtra = [];

    private Identity(string name, IReadOnlyList<string> groups)
    {
        Name = name;
        Groups = groups;
        IsMaster = groups.Contains(Masters);
    }

    public string Name { get; }

    /// <summary>With <see cref="Authenticated"/>, unless the name is anonymous.</summary>
    public IReadOnlyList<string> Groups { get; }

    /// <summary>Tells one bearer of the name from a later one; empty when it is not known.</summary>
    public string Uid { get; init; } = "";

    /// <summary>What else the authenticator knows: <c>authentication.kubernetes.io/pod-name</c>, …</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = NoExtra;

    /// <summary>May do everything.</summary>
    public bool IsMaster { get; }

    /// <summary>A part of the platform itself, which audit does not record when it only reads.</summary>
    public bool IsComponent { get; private init; }

    /// <summary>A person or a program.</summary>
    public static Identity Of(string name, params IEnumerable<string> groups)
        => new(name, [.. groups.Where(group => group != Authenticated), Authenticated]);

    /// <summary>The same without the group of all who are known: what a review asks about, or anonymous.</summary>
    public static Identity Exactly(string name, params IEnumerable<string> groups) => new(name, [.. groups.Distinct()]);

    /// <summary>The ServiceAccount of a namespace.</summary>
    public static Identity ServiceAccount(string @namespace, string name)
        => Of($"system:serviceaccount:{@namespace}:{name}", "system:serviceaccounts", $"system:serviceaccounts:{@namespace}");

    /// <summary>Who brought no credentials.</summary>
    public static Identity Anonymous { get; } = Exactly("system:anonymous", Unauthenticated);

    /// <summary>A part of the platform (<c>system:deployment-controller</c>), with all rights.</summary>
    public static Identity Component(string name) => new($"system:{name}", [Masters, Authenticated]) { IsComponent = true };

    /// <summary>authentication.k8s.io UserInfo.</summary>
    public JsonObject ToUserInfo()
    {
        var info = new JsonObject { ["username"] = Name };
        if (Uid.Length > 0)
        {
            info["uid"] = Uid;
        }

        info["groups"] = new JsonArray([.. Groups.Select(group => (JsonNode)group)]);
        if (Extra.Count > 0)
        {
            var extra = new JsonObject();
            foreach ((string key, IReadOnlyList<string> values) in Extra)
            {
                extra[key] = new JsonArray([.. values.Select(value => (JsonNode)value)]);
            }

            info["extra"] = extra;
        }

        return info;
    }

    public override string ToString() => Name;
}

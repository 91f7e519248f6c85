using System.Text.Json;
using System.Text.Json.Nodes;
using Fairway.PromQL;
using MatchType = Fairway.PromQL.MatchType;

namespace Fairway.Telemetry.Alerting;

/// <summary>A time during which alerts with certain labels are quiet. Ended ones are kept as history.</summary>
internal sealed record Silence(
    string Id, IReadOnlyList<LabelMatcher> Matchers, DateTimeOffset StartsAt, DateTimeOffset EndsAt, DateTimeOffset UpdatedAt, string CreatedBy, string Comment)
{
    /// <summary>What happened to it, oldest first.</summary>
    public IReadOnlyList<SilenceChange> History { get; init; } = [];

    public IReadOnlyList<SilenceChange> Changed(DateTimeOffset now, string what) => [.. History.TakeLast(99), new SilenceChange(now, what, CreatedBy, EndsAt)];

    public string State(DateTimeOffset now) => now < StartsAt ? "pending" : now < EndsAt ? "active" : "expired";
}

/// <summary>One change of a silence.</summary>
internal sealed record SilenceChange(DateTimeOffset At, string What, string By, DateTimeOffset EndsAt);

/// <summary>All silences, kept in a file. Safe for several threads.</summary>
internal sealed class SilenceBook
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(5);

    // Guards the table and its file.
    private readonly Lock gate = new();
    private readonly Dictionary<string, Silence> silences = new(StringComparer.Ordinal);
    private readonly StateFile file;
    private readonly TimeProvider time;

    public SilenceBook(StateFile file, TimeProvider time)
    {
        this.file = file;
        this.time = time;
        foreach (JsonNode? node in file.Read())
        {
            Silence silence = FromJson(node!.AsObject());
            silences[silence.Id] = silence;
        }
    }

    public IReadOnlyList<Silence> All
    {
        get
        {
            lock (gate)
            {
                return [.. silences.Values];
            }
        }
    }

    public Silence? Find(string id)
    {
        lock (gate)
        {
            return silences.GetValueOrDefault(id);
        }
    }

    /// <summary>Active silences that an alert falls under.</summary>
    public IReadOnlyList<Silence> Over(Labels labels, DateTimeOffset now)
        => [.. All.Where(silence => silence.State(now) == "active" && AlertMatchers.Match(silence.Matchers, labels))];

    /// <summary>
    /// Adds a silence or changes one. What would change whom it keeps quiet ends the old one and makes a new one, so that the history
    /// stays true; a new end or comment changes it in place.
    /// </summary>
    /// <exception cref="KeyNotFoundException">There is none with the id.</exception>
    /// <exception cref="FormatException">It cannot be.</exception>
    public string Set(Silence wanted)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (gate)
        {
            Check(wanted, now);
            if (wanted.Id.Length > 0)
            {
                Silence before = silences.GetValueOrDefault(wanted.Id) ?? throw new KeyNotFoundException("silence not found");
                string state = before.State(now);
                bool sameScope = before.Matchers.SequenceEqual(wanted.Matchers)
                    && (state == "active" ? before.StartsAt.ToUnixTimeSeconds() == wanted.StartsAt.ToUnixTimeSeconds() && wanted.EndsAt >= now : state == "pending" && wanted.StartsAt >= now);
                if (sameScope)
                {
                    silences[wanted.Id] = wanted with { UpdatedAt = now, History = before.Changed(now, "changed") };
                    Save(now);
                    return wanted.Id;
                }

                End(before, now);
            }

            string id = Guid.NewGuid().ToString();
            Silence? replaced = wanted.Id.Length > 0 ? silences[wanted.Id] : null;
            silences[id] = wanted with
            {
                Id = id,
                StartsAt = wanted.StartsAt < now ? now : wanted.StartsAt,
                UpdatedAt = now,
                History = [new SilenceChange(now, replaced is null ? "created" : $"created in place of {replaced.Id}", wanted.CreatedBy, wanted.EndsAt)],
            };
            Save(now);
            return id;
        }
    }

    /// <summary>Ends a silence now; nothing changes when it has ended already. False when there is none with the id.</summary>
    public bool Expire(string id)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (gate)
        {
            if (!silences.TryGetValue(id, out Silence? silence))
            {
                return false;
            }

            End(silence, now);
            Save(now);
            return true;
        }
    }

    private void End(Silence silence, DateTimeOffset now)
    {
        if (silence.State(now) != "expired")
        {
            silences[silence.Id] = silence with { StartsAt = silence.StartsAt > now ? now : silence.StartsAt, EndsAt = now, UpdatedAt = now, History = silence.Changed(now, "ended") };
        }
    }

    private static void Check(Silence silence, DateTimeOffset now)
    {
        string? problem = silence.EndsAt <= silence.StartsAt ? "Failed to create silence: start time must be before end time"
            : silence.EndsAt < now ? "Failed to create silence: end time can't be in the past"
            : silence.Matchers.Count == 0 ? "invalid silence: matcher set 0 is empty"
            : silence.Matchers.All(matcher => matcher.MatchesEmpty) ? "invalid silence: matcher set 0: at least one matcher must not match the empty string"
            : null;
        if (problem is not null)
        {
            throw new FormatException(problem);
        }
    }

    private void Save(DateTimeOffset now)
    {
        foreach (string old in silences.Values.Where(silence => silence.EndsAt + Keep < now).Select(silence => silence.Id).ToList())
        {
            silences.Remove(old);
        }

        file.Write([.. silences.Values.Select(silence =>
        {
            JsonObject node = ToJson(silence, now);
            node["history"] = History(silence);
            return (JsonNode)node;
        })]);
    }

    public static JsonArray History(Silence silence) => new([.. silence.History.Select(one => (JsonNode)new JsonObject
    {
        ["at"] = AlertJson.Time(one.At), ["what"] = one.What, ["by"] = one.By, ["endsAt"] = AlertJson.Time(one.EndsAt),
    })]);

    public static JsonObject ToJson(Silence silence, DateTimeOffset now) => new()
    {
        ["id"] = silence.Id,
        ["status"] = new JsonObject { ["state"] = silence.State(now) },
        ["updatedAt"] = AlertJson.Time(silence.UpdatedAt),
        ["comment"] = silence.Comment,
        ["createdBy"] = silence.CreatedBy,
        ["endsAt"] = AlertJson.Time(silence.EndsAt),
        ["matchers"] = new JsonArray([.. silence.Matchers.Select(matcher => (JsonNode)new JsonObject
        {
            ["isEqual"] = matcher.Type is MatchType.Equal or MatchType.Regexp,
            ["isRegex"] = matcher.Type is MatchType.Regexp or MatchType.NotRegexp,
            ["name"] = matcher.Name,
            ["value"] = matcher.Value,
        })]),
        ["startsAt"] = AlertJson.Time(silence.StartsAt),
    };

    /// <exception cref="FormatException">A field is missing or not of its form.</exception>
    public static Silence FromJson(JsonObject node)
    {
        try
        {
            var matchers = new List<LabelMatcher>();
            foreach (JsonObject matcher in (node["matchers"] as JsonArray ?? throw new FormatException("matchers in body is required")).Select(one => one!.AsObject()))
            {
                bool isRegex = matcher["isRegex"]?.GetValue<bool>() ?? false;
                bool isEqual = matcher["isEqual"]?.GetValue<bool>() ?? true;
                MatchType type = (isRegex, isEqual) switch
                {
                    (true, true) => MatchType.Regexp,
                    (true, false) => MatchType.NotRegexp,
                    (false, true) => MatchType.Equal,
                    _ => MatchType.NotEqual,
                };
                matchers.Add(new LabelMatcher(type, AlertConfigReader.Text(matcher["name"]), AlertConfigReader.Text(matcher["value"])));
            }

            return new Silence(
                AlertConfigReader.Text(node["id"]), matchers, AlertJson.Time(node, "startsAt"), AlertJson.Time(node, "endsAt"),
                node["updatedAt"] is null ? default : AlertJson.Time(node, "updatedAt"), AlertConfigReader.Text(node["createdBy"]), AlertConfigReader.Text(node["comment"]))
            {
                History = [.. (node["history"] as JsonArray ?? []).OfType<JsonObject>().Select(one
                    => new SilenceChange(AlertJson.Time(one, "at"), AlertConfigReader.Text(one["what"]), AlertConfigReader.Text(one["by"]), AlertJson.Time(one, "endsAt")))],
            };
        }
        catch (Exception broken) when (broken is InvalidOperationException or JsonException)
        {
            throw new FormatException($"a silence has a field of the wrong kind: {broken.Message}", broken);
        }
    }
}

/// <summary>A list kept in one file, replaced as a whole, so that a crash leaves the old or the new one.</summary>
internal sealed class StateFile(string path)
{
    public JsonArray Read()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonArray ?? [];
        }
        catch (JsonException)
        {
            // Set aside, so that nothing is lost and the program starts.
            File.Move(path, path + ".broken", overwrite: true);
            return [];
        }
    }

    public void Write(JsonArray items)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string next = path + ".next";
        using (var stream = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            stream.Write(System.Text.Encoding.UTF8.GetBytes(items.ToJsonString()));
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }
}

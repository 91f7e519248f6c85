using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Events of both groups, which are one kind in two forms: the newer has to be complete, the older hardly anything.</summary>
internal static class EventRules
{
    private const int MaxShort = 128;
    private const int MaxNote = 1024;

    private static readonly (string Older, string Newer)[] Constant =
    [
        ("involvedObject", "regarding"), ("reason", "reason"), ("message", "note"), ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"), ("reason", "reason"),
        ("type", "type"), ("eventTime", "eventTime"), ("action", "action"), ("related", "related"),
        ("reportingController", "reportingController"), ("reportingInstance", "reportingInstance"),
    ];

    /// <summary>An event of the core group.</summary>
    public static void Older(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        _ = old;
        Both(target, target["involvedObject"], target.Text("reportingComponent") ?? "", "reportingComponent", target.Text("message") ?? "", errors);
    }

    /// <summary>An event of events.k8s.io, told in the terms of the older form.</summary>
    public static void Newer(JsonObject target, JsonObject? old, FieldErrors errors)
    {
        Both(target, target["regarding"], target.Text("reportingController") ?? "", "reportingController", target.Text("note") ?? "", errors);
        if (old is not null)
        {
            Changes(target, old, errors);
            return;
        }

        Series(target["series"], errors);
        if (target.Text("eventTime") is null)
        {
            errors.Required("eventTime");
        }

        if (target.Text("type") is not ("Normal" or "Warning"))
        {
            errors.Invalid("type", "", $"has invalid value: {target.Text("type")}");
        }

        Unset("firstTimestamp", target.Text("deprecatedFirstTimestamp") is not null, errors);
        Unset("lastTimestamp", target.Text("deprecatedLastTimestamp") is not null, errors);
        Unset("count", target.Long("deprecatedCount") is not (null or 0), errors);
        JsonNode? source = target["deprecatedSource"];
        Unset("source", source.Text("component") is { Length: > 0 } || source.Text("host") is { Length: > 0 }, errors);
    }

    private static void Both(JsonObject target, JsonNode? subject, string reporter, string reporterName, string note, FieldErrors errors)
    {
        string home = target["metadata"].Text("namespace") ?? "";
        string of = subject.Text("namespace") ?? "";
        bool isTimed = target.Text("eventTime") is not null;
        bool fits = isTimed ? of.Length > 0 || home is "default" or "kube-system" : of.Length == 0 ? home is "" or "default" : home == of;
        if (!fits)
        {
            errors.Invalid("involvedObject.namespace", of, "does not match event.namespace");
        }

        if (!isTimed)
        {
            return;
        }

        if (reporter.Length == 0)
        {
            errors.Required(reporterName);
        }

        SelectorRules.QualifiedName(reporter, FieldPath.Root(reporterName), errors);
        Short(target, "reportingInstance", errors);
        Short(target, "action", errors);
        Short(target, "reason", errors);
        if (note.Length > MaxNote)
        {
            errors.Invalid("message", "", $"can have at most {MaxNote} characters");
        }
    }

    private static void Short(JsonObject target, string member, FieldErrors errors)
    {
        string text = target.Text(member) ?? "";
        if (text.Length == 0)
        {
            errors.Required(member);
        }
        else if (text.Length > MaxShort)
        {
            errors.Invalid(member, "", $"can have at most {MaxShort} characters");
        }
    }

    private static void Unset(string member, bool isSet, FieldErrors errors)
    {
        if (isSet)
        {
            errors.Invalid(member, "", "needs to be unset");
        }
    }

    private static void Series(JsonNode? series, FieldErrors errors)
    {
        if (series is not JsonObject)
        {
            return;
        }

        if (series.Long("count") is null or < 2)
        {
            errors.Invalid("series.count", "", "should be at least 2");
        }

        if (series.Text("lastObservedTime") is null)
        {
            errors.Required("series.lastObservedTime");
        }
    }

    private static void Changes(JsonObject target, JsonObject old, FieldErrors errors)
    {
        if (!JsonNode.DeepEquals(target["series"], old["series"]))
        {
            Series(target["series"], errors);
        }

        foreach ((string older, string newer) in Constant)
        {
            if (!JsonNode.DeepEquals(target[newer], old[newer]))
            {
                errors.Invalid(older, target[newer]?.DeepClone(), "field is immutable");
            }
        }
    }
}

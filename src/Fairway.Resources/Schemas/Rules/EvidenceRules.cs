using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Fairway.Resources.Schemas;

/// <summary>Freeze windows and trusted keys.</summary>
internal static class EvidenceRules
{
    private static readonly string[] Purposes = ["Signature", "Provenance"];

    public static void Freeze(JsonObject target, FieldErrors errors)
    {
        JsonNode? spec = target["spec"];
        bool once = spec?["from"] is not null || spec?["until"] is not null;
        bool again = spec?["schedule"] is not null || spec?["duration"] is not null || spec?["timeZone"] is not null;
        if (once && again)
        {
            errors.Forbidden("spec.schedule", "a window is either once, with from and until, or again and again, with schedule and duration");
        }
        else if (again)
        {
            Repeated(spec!, errors);
        }
        else if (spec.Text("until") is not { } until)
        {
            errors.Required("spec.until", "a freeze has an end: until, or schedule and duration");
        }
        else if (spec.Text("from") is { } from && Time(until) <= Time(from))
        {
            errors.Invalid("spec.until", until, "must be after from");
        }
    }

    public static void Key(JsonObject target, FieldErrors errors)
    {
        string text = target["spec"].Text("publicKey") ?? "";
        if (text.Length > 0 && Problem(text) is { } problem)
        {
            // What was pasted by mistake may be the private key: it is not repeated.
            errors.InvalidOmitted("spec.publicKey", problem);
        }

        JsonArray purposes = target["spec"].Array("purposes") ?? [];
        for (int i = 0; i < purposes.Count; i++)
        {
            if (!Purposes.Contains(KubeJson.AsString(purposes[i])))
            {
                errors.NotSupported($"spec.purposes[{i}]", purposes[i], Purposes);
            }
        }
    }

    private static void Repeated(JsonNode spec, FieldErrors errors)
    {
        if (spec.Text("schedule") is not { } schedule)
        {
            errors.Required("spec.schedule", "five fields like \"0 15 * * 5\"");
        }
        else if (CronSchedule.Problem(schedule) is { } wrong)
        {
            errors.Invalid("spec.schedule", schedule, wrong);
        }
        else if (schedule.StartsWith("@every", StringComparison.Ordinal))
        {
            errors.Invalid("spec.schedule", schedule, "must be a timetable: @every has no beginning");
        }

        if (spec.Text("duration") is not { } duration)
        {
            errors.Required("spec.duration", "how long each freeze lasts, like 64h");
        }
        else if (!GoDuration.TryParse(duration, out TimeSpan length) || length < TimeSpan.FromMinutes(1) || length > TimeSpan.FromDays(31))
        {
            errors.Invalid("spec.duration", duration, "must be a duration like 64h, from 1m to 744h");
        }

        if (spec.Text("timeZone") is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            errors.Invalid("spec.timeZone", zone, "must be the name of a time zone, like Europe/Berlin");
        }
    }

    private static string? Problem(string text)
    {
        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            return "must be a public key: this is a private one, which nobody else should see. Make its public key: openssl pkey -in KEY -pubout";
        }

        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(text);
            return key.KeySize == 256 ? null : "must be on the curve P-256";
        }
        catch (Exception bad) when (bad is ArgumentException or CryptographicException)
        {
            return "must be an ECDSA public key in PEM, -----BEGIN PUBLIC KEY-----";
        }
    }

    private static DateTimeOffset? Time(string text)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;
}

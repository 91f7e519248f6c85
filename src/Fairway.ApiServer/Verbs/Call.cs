using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>One request on its way through the server, whichever transport brought it.</summary>
internal sealed class Call
{
    public required string Cluster { get; init; }

    public required Identity User { get; init; }

    public required RequestInfo Info { get; init; }

    public required string Uri { get; init; }

    /// <summary>Who sent the request, where that is not whom it is done as.</summary>
    public Identity? Sender { get; init; }

    /// <summary>How much of the request audit keeps.</summary>
    public AuditDecision Audit { get; set; } = AuditDecision.Default;

    /// <summary>What was sent, where audit keeps it.</summary>
    public JsonNode? RequestObject { get; private set; }

    /// <summary>What is answered, where audit keeps it.</summary>
    public Document? ResponseObject { get; private set; }

    public string? SourceIp { get; init; }

    public string? UserAgent { get; init; }

    public required DateTimeOffset Received { get; init; }

    public Guid AuditId { get; } = Guid.NewGuid();

    /// <summary>What admission tells about the request: warnings for the client, annotations for audit.</summary>
    public AdmissionContext Admission => field ??= new AdmissionContext(User);

    /// <summary>A request that came by no wire.</summary>
    public static Call Of(
        string cluster, Identity user, string verb, ResourceType type, string? @namespace, string? name, string? subresource, DateTimeOffset now)
    {
        string home = type.Namespaced ? @namespace ?? "" : type.GroupResource == "namespaces" ? name ?? "" : "";
        string path = "/" + type.Path(type.Namespaced ? @namespace : null, name, string.IsNullOrEmpty(subresource) ? null : subresource);
        return new Call
        {
            Cluster = cluster,
            User = user,
            Uri = path,
            Received = now,
            Info = new RequestInfo
            {
                IsResource = true,
                Path = path,
                Verb = verb,
                Group = type.Group,
                Version = type.Version,
                Resource = type.Plural,
                Namespace = home,
                Name = name ?? "",
                Subresource = subresource ?? "",
            },
        };
    }

    /// <summary>Notes the body of the request for audit, if that keeps it.</summary>
    public void NoteRequest(Func<JsonNode?> body)
    {
        if (Audit.Level >= AuditLevel.Request && !AuditPolicy.IsSecret(Info))
        {
            RequestObject = body();
        }
    }

    /// <summary>Notes the answer for audit, if that keeps it.</summary>
    public void NoteResponse(Document answer)
    {
        if (Audit.Level == AuditLevel.RequestResponse && !AuditPolicy.IsSecret(Info))
        {
            ResponseObject = answer;
        }
    }

    /// <summary>The manager that writes are recorded under: as asked, else the client program's name, else the user's.</summary>
    public string Manager(string? asked)
    {
        if (!string.IsNullOrEmpty(asked))
        {
            return asked.Length <= 128
                ? asked
                : throw new StatusException(422, "Invalid", $"fieldManager: Too long: may not be more than 128 bytes");
        }

        string program = UserAgent?.Split('/', 2)[0] ?? "";
        string name = program.Length > 0 ? program : User.Name;
        return name.Length <= 128 ? name : name[..128];
    }
}

/// <summary>How a write is to be done: the query parameters of create, update and patch.</summary>
internal sealed record WriteParameters
{
    public string? FieldManager { get; init; }

    public bool DryRun { get; init; }

    public bool Force { get; init; }

    public Fairway.Resources.Schemas.FieldValidation Validation { get; init; }

    /// <summary><c>fieldValidation</c> as it was given; admission is shown no other.</summary>
    public string? AskedValidation { get; init; }

    /// <summary>Throws when the writer may not create: apply asks before it makes an object of nothing.</summary>
    public required Action MayCreate { get; init; }

    /// <summary>Throws when the writer may not store this very object: judged last, on the object as it would be stored.</summary>
    public required Action<ResourceType, JsonObject> MayStore { get; init; }

    /// <summary>Who writes, and what admission tells about it.</summary>
    public required AdmissionContext Admission { get; init; }

    /// <summary>Texts for Warning headers are added here.</summary>
    public List<string> Warnings => Admission.Warnings;
}

/// <summary>What a write came to.</summary>
/// <param name="Object">The object after it.</param>
/// <param name="Created">It did not exist before.</param>
internal readonly record struct Written(Document Object, bool Created);

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Fairway.Resources;

namespace Fairway.ApiServer;

/// <summary>
/// CertificateSigningRequests: who asks is who is signed in; only who may approve for the signer approves; and an approved request
/// for a client of this API is signed at once by the platform's authority.
/// </summary>
internal sealed class CertificateRequests(RbacAuthorizer authorizer, LocalAuthority? authority, TimeProvider time) : IMutatingPlugin
{
    private const string Resource = "certificatesigningrequests.certificates.k8s.io";
    private const string ClientSigner = "kubernetes.io/kube-apiserver-client";

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Resource.GroupResource == Resource && request.Object is { } target)
        {
            switch (request.Operation, request.Subresource)
            {
                case (AdmissionOperation.Create, ""):
                    Begin(request, target);
                    break;
                case (AdmissionOperation.Update, "approval"):
                    Decide(request, target);
                    break;
            }
        }

        return ValueTask.CompletedTask;
    }

    private static void Begin(AdmissionRequest request, JsonObject target)
    {
        JsonObject spec = target["spec"] as JsonObject ?? [];
        JsonObject user = request.UserInfo.ToUserInfo();
        foreach (string member in (ReadOnlySpan<string>)["username", "uid", "groups", "extra"])
        {
            spec.Remove(member);
            if (user[member] is { } value)
            {
                spec[member] = value.DeepClone();
            }
        }

        target["spec"] ??= spec;
        string name = (string?)target["metadata"]?["name"] ?? "";
        string signer = (string?)spec["signerName"] ?? "";
        if (Read(spec) is null)
        {
            throw Invalid(name, "spec.request", "***", "unable to parse certificate request");
        }

        if (signer.Length > 0 && !signer.Contains('/', StringComparison.Ordinal))
        {
            throw Invalid(name, "spec.signerName", signer, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
        }

        if ((int?)spec["expirationSeconds"] is < 600 and var seconds)
        {
            throw Invalid(name, "spec.expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)");
        }
    }

    private void Decide(AdmissionRequest request, JsonObject target)
    {
        string signer = (string?)target["spec"]?["signerName"] ?? "";
        string[] names = [signer, $"{signer.Split('/')[0]}/*"];
        bool mayApprove = names.Any(name => authorizer.Allows(request.UserInfo, new AccessAttributes
        {
            Verb = "approve",
            Group = "certificates.k8s.io",
            Resource = "signers",
            Subresource = "",
            Namespace = "",
            Name = name,
            Path = "",
        }));
        if (!mayApprove)
        {
            throw request.Forbidden($"user not permitted to approve requests with signerName \"{signer}\"");
        }

        JsonObject status = target["status"] as JsonObject ?? [];
        string[] types = [.. (status["conditions"] as JsonArray ?? []).Select(condition => (string?)condition?["type"] ?? "")];
        if (types.Contains("Approved") && types.Contains("Denied"))
        {
            throw Invalid((string?)target["metadata"]?["name"] ?? "", "status.conditions", "Approved", "Approved and Denied conditions are mutually exclusive");
        }

        if (types.Contains("Approved") && status["certificate"] is null && signer == ClientSigner && authority is not null)
        {
            Sign(target, status, authority);
        }
    }

    private void Sign(JsonObject target, JsonObject status, LocalAuthority signer)
    {
        var spec = (JsonObject)target["spec"]!;
        TimeSpan lifetime = TimeSpan.FromSeconds((int?)spec["expirationSeconds"] ?? 365 * 24 * 3600);
        if (Read(spec) is { } request)
        {
            status["certificate"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(signer.SignClient(request, lifetime, time.GetUtcNow())));
            target["status"] ??= status;
        }
    }

    private static CertificateRequest? Read(JsonObject spec)
    {
        try
        {
            string pem = Encoding.ASCII.GetString(Convert.FromBase64String((string?)spec["request"] ?? ""));
            return CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1);
        }
        catch (Exception broken) when (broken is FormatException or CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static StatusException Invalid(string name, string field, JsonNode? value, string why)
    {
        var errors = new Fairway.Resources.Schemas.FieldErrors();
        errors.Invalid(field, value, why);
        return StatusException.Invalid(KindOf<Fairway.Resources.Kinds.Certificates.CertificateSigningRequest>.Type, name, errors.Causes);
    }
}

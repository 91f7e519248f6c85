using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Certificates;

namespace Fairway.Resources;

[JsonSerializable(typeof(CertificateSigningRequest))]
internal sealed partial class CertificatesJson : JsonSerializerContext;

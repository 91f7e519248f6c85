using System.Text.Json.Serialization;
using Fairway.Resources.Kinds.Rbac;

namespace Fairway.Resources;

[JsonSerializable(typeof(Role))]
[JsonSerializable(typeof(ClusterRole))]
[JsonSerializable(typeof(RoleBinding))]
[JsonSerializable(typeof(ClusterRoleBinding))]
internal sealed partial class RbacJson : JsonSerializerContext;

using System.Reflection;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Fairway.Resources.Schemas;

/// <summary>
/// The records' doc comments as plain text, from the XML file that the compiler writes beside the assembly; read on first use
/// and once. Without the file there are no descriptions.
/// </summary>
internal static class RecordDocumentation
{
    private static readonly Lazy<Dictionary<string, string>> Members = new(Load);

    public static string? OfType(Type type) => Members.Value.GetValueOrDefault("T:" + type.FullName);

    public static string? OfProperty(PropertyInfo property)
        => Members.Value.GetValueOrDefault($"P:{property.DeclaringType?.FullName}.{property.Name}")
            ?? (property.PropertyType.IsClass ? OfType(property.PropertyType) : null);

    private static Dictionary<string, string> Load()
    {
        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        string path = Path.ChangeExtension(Path.Combine(AppContext.BaseDirectory, typeof(RecordDocumentation).Assembly.GetName().Name + ".dll"), ".xml");
        if (!File.Exists(path))
        {
            return members;
        }

        try
        {
            foreach (XElement member in XDocument.Load(path).Descendants("member"))
            {
                if (member.Attribute("name")?.Value is { } name && member.Element("summary") is { } summary)
                {
                    members[name] = Plain(summary);
                }
            }
        }
        catch (Exception error) when (error is IOException or XmlException or UnauthorizedAccessException)
        {
            return members;
        }

        return members;
    }

    private static string Plain(XElement summary)
    {
        var text = new StringBuilder();
        foreach (XNode node in summary.DescendantNodes())
        {
            if (node is XText words)
            {
                text.Append(words.Value);
            }
            else if (node is XElement { IsEmpty: true } reference && (reference.Attribute("cref") ?? reference.Attribute("langword") ?? reference.Attribute("name")) is { } target)
            {
                text.Append(target.Value[(target.Value.LastIndexOf('.') + 1)..]);
            }
        }

        return string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}

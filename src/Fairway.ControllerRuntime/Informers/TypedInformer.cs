using System.Text.Json;
using Fairway.Resources;

namespace Fairway.ControllerRuntime;

/// <summary>The typed face of an <see cref="Informer"/>. Objects that do not fit the record are left out.</summary>
/// <typeparam name="T">The record.</typeparam>
public sealed class Informer<T>
    where T : class, IResource
{
    internal Informer(Informer documents) => Documents = documents;

    /// <summary>The same objects as documents.</summary>
    public Informer Documents { get; }

    public T? Get(ObjectKey key) => Documents.Get(key) is { } document ? View(document) : null;

    public T? Get(string? @namespace, string name) => Get(new ObjectKey(@namespace ?? "", name));

    /// <summary>The objects of a namespace, or all, in no order.</summary>
    public IReadOnlyList<T> List(string? @namespace = null) => Views(Documents.List(@namespace));

    /// <summary>The objects that name this uid among their owners.</summary>
    public IReadOnlyList<T> OwnedBy(string uid) => Views(Documents.OwnedBy(uid));

    /// <summary>Adds an index by computed keys.</summary>
    public ObjectIndex<T> AddIndex(Func<T, IEnumerable<string>> keys)
        => new(Documents.AddIndex(document => View(document) is { } view ? keys(view) : []));

    /// <summary>Handles every object that is there and then every change (before, after), in order and without waiting.</summary>
    public void Subscribe(Action<T?, T?> handler)
        => Documents.Subscribe(change => handler(
            change.Before is null ? null : View(change.Before), change.After is null ? null : View(change.After)));

    public Task WaitForSyncAsync(CancellationToken cancellation) => Documents.WaitForSyncAsync(cancellation);

    internal static List<T> Views(IReadOnlyList<Document> documents)
    {
        var views = new List<T>(documents.Count);
        foreach (Document document in documents)
        {
            if (View(document) is { } view)
            {
                views.Add(view);
            }
        }

        return views;
    }

    private static T? View(Document document)
    {
        try
        {
            return document.As<T>();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The typed face of an <see cref="ObjectIndex"/>.</summary>
/// <typeparam name="T">The record.</typeparam>
public sealed class ObjectIndex<T>
    where T : class, IResource
{
    private readonly ObjectIndex _documents;

    internal ObjectIndex(ObjectIndex documents) => _documents = documents;

    /// <summary>The objects with this key, in no order.</summary>
    public IReadOnlyList<T> Find(string key) => Informer<T>.Views(_documents.Find(key));
}

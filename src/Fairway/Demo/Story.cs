using System.Diagnostics;
using System.Globalization;
using Fairway.Cli;
using Spectre.Console;

namespace Fairway.Demo;

/// <summary>Tells what happens as it happens: a line for each thing done, with the seconds since the start.</summary>
/// <param name="time">Whose seconds are told.</param>
/// <param name="aside">Tell it on standard error, because standard output belongs to a machine.</param>
internal sealed class Story(TimeProvider time, bool aside)
{
    private readonly long _start = time.GetTimestamp();
    private readonly bool _plain = aside || Console.IsOutputRedirected;

    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    public void Chapter(string title) => Print($"\n[bold]{Markup.Escape(title)}[/]", $"\n{title}");

    public void Done(string what) => Print($"{Clock} [green]✓[/] {Markup.Escape(what)}", $"{Clock} ok {what}");

    public void Note(string what) => Print($"{Clock}   [grey]{Markup.Escape(what)}[/]", $"{Clock}    {what}");

    public void Failed(string what) => Print($"{Clock} [red]✗[/] {Markup.Escape(what)}", $"{Clock} FAILED {what}");

    /// <summary>Shows that something is being waited for while it is; the text may change as it goes.</summary>
    public async Task<T> WhileAsync<T>(string what, Func<Action<string>, Task<T>> work)
    {
        if (_plain)
        {
            return await work(_ => { });
        }

        return await AnsiConsole.Status()
            .Spinner(Spinner.Known.Dots)
            .StartAsync(Markup.Escape(what), status => work(text => status.Status(Markup.Escape($"{what} · {text}"))));
    }

    private string Clock => Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture).PadLeft(6) + "s";

    private void Print(string markup, string plain)
    {
        if (aside)
        {
            Console.Error.WriteLine(plain);
        }
        else if (_plain)
        {
            Terminal.Line(plain);
        }
        else
        {
            AnsiConsole.MarkupLine(markup);
        }
    }
}

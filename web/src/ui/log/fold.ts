import { plainText } from './ansi';

export type LineKind = 'text' | 'group' | 'error' | 'warning' | 'notice' | 'command';

/** One line of a log as it is shown. */
export interface LogLine {
  /** Position in the log as sent, from 1: what links point to. */
  readonly number: number;
  readonly kind: LineKind;
  /** With colour codes. */
  readonly text: string;
  readonly plain: string;
  /** The number of the group's own line; 0 outside of groups. */
  readonly group: number;
}

/** A log that grows: lines so far, and the group that is open at its end. */
export interface FoldedLog {
  readonly lines: readonly LogLine[];
  readonly openGroup: number;
  /** Lines in each group, by the group's number. */
  readonly sizes: ReadonlyMap<number, number>;
  readonly errors: readonly number[];
}

export const emptyLog: FoldedLog = { lines: [], openGroup: 0, sizes: new Map(), errors: [] };

const command = /^::(group|endgroup|error|warning|notice|debug|add-mask|stop-commands)(?: ([^:]*))?::(.*)$/;
const bracket = /^##\[(group|endgroup|error|warning|notice|command|debug)\](.*)$/;

/** Adds lines to a log. Groups do not nest, as in GitHub Actions: a new one ends the one before. */
export function appendLines(log: FoldedLog, texts: readonly string[], firstNumber = log.lines.length ? lastNumber(log) + 1 : 1): FoldedLog {
  const lines = [...log.lines];
  const sizes = new Map(log.sizes);
  const errors = [...log.errors];
  let group = log.openGroup;
  texts.forEach((text, index) => {
    const number = firstNumber + index;
    const parsed = parseLine(text);
    if (parsed === 'end') {
      group = 0;
      return;
    }
    if (!parsed) return;
    if (parsed.kind === 'group') group = 0;
    if (group) sizes.set(group, (sizes.get(group) ?? 0) + 1);
    if (parsed.kind === 'error') errors.push(number);
    lines.push({ number, kind: parsed.kind, text: parsed.text, plain: plainText(parsed.text), group });
    if (parsed.kind === 'group') {
      group = number;
      sizes.set(number, 0);
    }
  });
  return { lines, openGroup: group, sizes, errors };
}

/** The lines to show when these groups are folded. */
export function visibleLines(log: FoldedLog, folded: ReadonlySet<number>): readonly LogLine[] {
  return folded.size === 0 ? log.lines : log.lines.filter((line) => line.group === 0 || !folded.has(line.group));
}

/** Numbers of the lines that contain the text, without regard to case. */
export function findLines(log: FoldedLog, text: string): readonly number[] {
  const wanted = text.toLowerCase();
  return wanted ? log.lines.filter((line) => line.plain.toLowerCase().includes(wanted)).map((line) => line.number) : [];
}

function parseLine(text: string): { kind: LineKind; text: string } | 'end' | null {
  const match = command.exec(text) ?? undefined;
  if (match) return fromCommand(match[1] ?? '', match[3] ?? '', match[2]);
  const marked = bracket.exec(text);
  if (marked) return fromCommand(marked[1] ?? '', marked[2] ?? '', undefined);
  const plain = plainText(text);
  // Where one job's step gives way to the next.
  if (/^=== .+ \/ .+$/.test(plain)) return { kind: 'command', text: plain.slice(4) };
  if (/^\s*(error\b|fatal:|Unhandled exception)|\berror [A-Z]{2,}\d+:/i.test(plain)) return { kind: 'error', text };
  if (/\bwarning [A-Z]{2,}\d+:/.test(plain)) return { kind: 'warning', text };
  return { kind: 'text', text };
}

function fromCommand(name: string, message: string, properties: string | undefined): { kind: LineKind; text: string } | 'end' | null {
  switch (name) {
    case 'group': return { kind: 'group', text: message || 'Group' };
    case 'endgroup': return 'end';
    case 'command': return { kind: 'command', text: message };
    case 'error':
    case 'warning':
    case 'notice': return { kind: name, text: place(properties) + message };
    // Not for readers: masks would show a secret, the others only steer the runner.
    default: return null;
  }
}

/** `file=a.cs,line=3` as `a.cs:3: `. */
function place(properties: string | undefined): string {
  const values = new Map(properties?.split(',').map((pair) => pair.split('=', 2) as [string, string]));
  const file = values.get('file');
  return file ? `${file}${values.has('line') ? `:${values.get('line')}` : ''}: ` : '';
}

function lastNumber(log: FoldedLog): number {
  return log.lines.at(-1)?.number ?? 0;
}

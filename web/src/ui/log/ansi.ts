/** A run of text in one style. */
export interface Span {
  readonly text: string;
  readonly color?: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
}

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const escapes = /\u001b\[([0-9;]*)([A-Za-z])|\u001b\][^\u0007]*(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]/g;

/** Splits a line into styled spans; escape sequences that are not colours are dropped. */
export function parseAnsi(line: string): readonly Span[] {
  if (!line.includes('\u001b')) return [{ text: line }];
  const spans: Span[] = [];
  let style: Omit<Span, 'text'> = {};
  let from = 0;
  const push = (to: number) => {
    if (to > from) spans.push({ text: line.slice(from, to), ...style });
  };
  for (const match of line.matchAll(escapes)) {
    push(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') style = restyled(style, match[1] ?? '');
  }
  push(line.length);
  return spans;
}

/** The line as plain text, for searching and copying. */
export function plainText(line: string): string {
  return line.includes('\u001b') ? line.replace(escapes, '') : line;
}

function restyled(style: Omit<Span, 'text'>, codes: string): Omit<Span, 'text'> {
  let next = style;
  const list = codes === '' ? [0] : codes.split(';').map(Number);
  for (let index = 0; index < list.length; index++) {
    const code = list[index] ?? 0;
    if (code === 0) next = {};
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code >= 30 && code <= 37) next = { ...next, color: names[code - 30] };
    else if (code >= 90 && code <= 97) next = { ...next, color: names[code - 90] };
    else if (code === 39) next = { ...next, color: undefined };
    // Extended colours carry arguments of their own; the text is shown in the plain colour.
    else if (code === 38 || code === 48) index += list[index + 1] === 5 ? 2 : 4;
  }
  return next;
}

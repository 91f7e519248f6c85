import { describe, expect, it } from 'vitest';
import { parseAnsi, plainText } from './ansi';
import { appendLines, emptyLog, findLines, visibleLines } from './fold';

const texts = (lines: readonly { plain: string }[]) => lines.map((line) => line.plain);

describe('appendLines', () => {
  it('folds what stands between group marks', () => {
    const log = appendLines(emptyLog, ['before', '::group::Restore', 'one', 'two', '::endgroup::', 'after']);
    expect(texts(log.lines)).toEqual(['before', 'Restore', 'one', 'two', 'after']);
    expect(log.sizes.get(2)).toBe(2);
    expect(texts(visibleLines(log, new Set([2])))).toEqual(['before', 'Restore', 'after']);
  });

  it('numbers lines by their place in the log as sent, so that links stay true', () => {
    const log = appendLines(emptyLog, ['::group::A', 'x', '::endgroup::', 'y']);
    expect(log.lines.map((line) => line.number)).toEqual([1, 2, 4]);
  });

  it('gives the same result however the lines are cut into pieces', () => {
    const all = ['a', '::group::G', 'b', '::error file=x.cs,line=3::bad', '::endgroup::', 'c'];
    const whole = appendLines(emptyLog, all, 1);
    const pieces = all.reduce((log, line, index) => appendLines(log, [line], index + 1), emptyLog);
    expect(pieces).toEqual(whole);
  });

  it('ends a group where the next begins', () => {
    const log = appendLines(emptyLog, ['::group::A', 'x', '::group::B', 'y']);
    expect(log.sizes).toEqual(new Map([[1, 1], [3, 1]]));
    expect(texts(visibleLines(log, new Set([1])))).toEqual(['A', 'B', 'y']);
  });

  it('marks errors with their place and counts them', () => {
    const log = appendLines(emptyLog, ['::error file=a.cs,line=3::wrong', 'Basket.cs(41,17): error CS1002: ; expected', 'no error here']);
    expect(log.lines.map((line) => line.kind)).toEqual(['error', 'error', 'text']);
    expect(log.lines[0]?.plain).toBe('a.cs:3: wrong');
    expect(log.errors).toEqual([1, 2]);
  });

  it('never shows what is to be masked', () => {
    expect(appendLines(emptyLog, ['::add-mask::hunter2', '::debug::x']).lines).toEqual([]);
  });
});

describe('findLines', () => {
  it('looks at the text without its colours, in either case', () => {
    const log = appendLines(emptyLog, ['\u001b[31mFailed\u001b[0m test', 'passed', 'failed again']);
    expect(findLines(log, 'failed')).toEqual([1, 3]);
    expect(findLines(log, '')).toEqual([]);
  });
});

describe('parseAnsi', () => {
  it('splits by colour and resets', () => {
    expect(parseAnsi('a\u001b[1;32mb\u001b[0mc')).toEqual([{ text: 'a' }, { text: 'b', bold: true, color: 'green' }, { text: 'c' }]);
  });
  it('drops what moves the cursor, and titles', () => {
    expect(plainText('\u001b[2K\u001b[1Gdone\u001b]0;title\u0007!')).toBe('done!');
  });
  it('skips the arguments of extended colours', () => {
    expect(parseAnsi('\u001b[38;5;31mx')).toEqual([{ text: 'x' }]);
  });
});

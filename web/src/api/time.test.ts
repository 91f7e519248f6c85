import { describe, expect, it } from 'vitest';
import { age, countdown, duration, parseDuration, span } from './time';

describe('span', () => {
  it.each([
    [-5, '0s'],
    [999, '0s'],
    [48_000, '48s'],
    [60_000, '1m'],
    [200_000, '3m 20s'],
    [59 * 60_000, '59m'],
    [2 * 3_600_000 + 5 * 60_000, '2h 5m'],
    [23 * 3_600_000, '23h'],
    [4 * 86_400_000, '4d'],
    [100 * 86_400_000, '100d'],
    [3 * 365 * 86_400_000, '3y'],
    [Number.NaN, '–'],
  ])('%d ms is %s', (milliseconds, text) => expect(span(milliseconds)).toBe(text));
});

describe('age', () => {
  it('counts from a time', () => expect(age('2030-01-01T00:00:00Z', Date.parse('2030-01-01T00:01:05Z'))).toBe('1m 5s'));
  it('is a dash without a time', () => expect(age(undefined, 0)).toBe('–'));
  it('never is negative when clocks differ', () => expect(age('2030-01-01T00:00:10Z', Date.parse('2030-01-01T00:00:00Z'))).toBe('0s'));
});

describe('countdown', () => {
  it.each([
    [-1, '0:00'],
    [41_001, '0:42'],
    [725_000, '12:05'],
    [3_723_000, '1:02:03'],
  ])('%d ms is %s', (milliseconds, text) => expect(countdown(milliseconds)).toBe(text));
});

describe('duration', () => {
  it('shows tenths only below a minute', () => expect([duration(340), duration(12_345), duration(61_000)]).toEqual(['0.3s', '12.3s', '1m 1s']));
});

describe('parseDuration', () => {
  it.each([
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
  ])('%s', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));
  it.each([[undefined], [''], ['soon'], ['5'], ['5 m']])('refuses %s', (text) => expect(parseDuration(text)).toBeUndefined());
});

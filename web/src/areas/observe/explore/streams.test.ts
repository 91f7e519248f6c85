import { describe, expect, it } from 'vitest';
import { selectorOf, streamOf } from './streams';

describe('streams', () => {
  it('names where a line comes from and nothing that was found in it', () => {
    expect(streamOf({ pod: 'web-1', namespace: 'shop', detected_level: 'info', user: 'a' })).toBe('{namespace="shop", pod="web-1"}');
  });

  it('takes the selector out of a query, braces in texts or not', () => {
    expect(selectorOf('{app="a}b"} |= "x" | json')).toBe('{app="a}b"}');
    expect(selectorOf('rate({app="web"}[5m])')).toBe('{app="web"}');
  });
});

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kinds';
import { applyMessages, emptyWatch, restart, type WatchMessage, type WatchState } from './reducer';

const object = (name: string, resourceVersion: number, uid = name): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name, namespace: 'shop', uid, resourceVersion: String(resourceVersion) },
});
const message = (type: WatchMessage['type'], of?: KubeObject): WatchMessage => ({ id: '1', type, object: of });
const versions = (state: WatchState) => Object.fromEntries([...state.objects].map(([key, value]) => [key, Number(value.metadata.resourceVersion)]));

describe('applyMessages', () => {
  it('shows nothing before the first list is complete', () => {
    const state = applyMessages(emptyWatch, [message('ADDED', object('a', 1))]);
    expect(state.synced).toBe(false);
    expect(state.objects.size).toBe(0);
    expect(versions(applyMessages(state, [message('SYNCED')]))).toEqual({ 'shop/a': 1 });
  });

  it('applies changes in order within one batch', () => {
    const state = applyMessages(emptyWatch, [
      message('ADDED', object('a', 1)),
      message('ADDED', object('b', 2)),
      message('SYNCED'),
      message('MODIFIED', object('a', 3)),
      message('DELETED', object('b', 4)),
      message('ADDED', object('c', 5)),
    ]);
    expect(versions(state)).toEqual({ 'shop/a': 3, 'shop/c': 5 });
  });

  it('ignores an older revision of the same object', () => {
    const state = applyMessages(emptyWatch, [message('ADDED', object('a', 7)), message('SYNCED'), message('MODIFIED', object('a', 6))]);
    expect(versions(state)).toEqual({ 'shop/a': 7 });
  });

  it('takes an object that was deleted and made again, whatever its revision', () => {
    const state = applyMessages(emptyWatch, [message('ADDED', object('a', 7, 'first')), message('SYNCED'), message('ADDED', object('a', 3, 'second'))]);
    expect(state.objects.get('shop/a')?.metadata.uid).toBe('second');
  });

  it('keeps the old list in sight while a new one arrives, then drops what is gone', () => {
    const before = applyMessages(emptyWatch, [message('ADDED', object('a', 1)), message('ADDED', object('b', 2)), message('SYNCED')]);
    const arriving = applyMessages(restart(before), [message('ADDED', object('b', 2))]);
    expect(versions(arriving)).toEqual({ 'shop/a': 1, 'shop/b': 2 });
    expect(versions(applyMessages(arriving, [message('SYNCED')]))).toEqual({ 'shop/b': 2 });
  });

  it('keeps identity when nothing changed, so that views are not drawn again', () => {
    const before = applyMessages(emptyWatch, [message('ADDED', object('a', 1)), message('SYNCED')]);
    const after = applyMessages(before, [message('BOOKMARK'), message('DELETED', object('unknown', 9)), message('MODIFIED', object('a', 1))]);
    expect(after.objects).toBe(before.objects);
  });

  it('shows the server’s reason for refusing, and forgets it when the list comes', () => {
    const refused = applyMessages(emptyWatch, [{ id: '1', type: 'ERROR', object: { code: 403, reason: 'Forbidden', message: 'no' } as unknown as KubeObject }]);
    expect(refused.error).toEqual({ code: 403, reason: 'Forbidden', message: 'no' });
    expect(applyMessages(refused, [message('SYNCED')]).error).toBeNull();
  });
});

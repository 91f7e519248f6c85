import { expect, test } from 'vitest';
import { layout } from './layout';

const call = (parent: string, child: string) => ({ parent, child, callCount: 1 });
const columns = (...calls: ReturnType<typeof call>[]) => Object.fromEntries(layout(calls).map((place) => [place.service, place.column]));

test.each([
  [[call('gateway', 'web'), call('web', 'db'), call('gateway', 'db')], { gateway: 0, web: 1, db: 2 }],
  [[call('a', 'b'), call('b', 'a')], { a: 0, b: 1 }],
  [[call('a', 'a')], { a: 0 }],
  [[], {}],
])('services stand right of everyone who calls them: %j', (calls, wanted) => {
  expect(columns(...calls)).toEqual(wanted);
});

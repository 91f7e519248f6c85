// Opens the built portal in Chromium against the fixture: every page draws, passes axe, fits a phone, moves by itself, acts, and survives a lost connection.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { startFixture } from '../fixture/server.mjs';
import { findChromium, launch } from './browser.mjs';

const skip = findChromium() ? false : 'no Chromium found: install the package chromium, or set CHROMIUM';
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const pages = {
  'delivery board': ['/', 'Delivery'],
  journey: ['/apps/shop/basket', 'Awaits approval'],
  cockpit: ['/apps/shop/web/rollouts/web-prod-45', 'Both versions'],
  releases: ['/apps/shop/web/releases', 'Show delivery dates in the basket'],
  'application runs': ['/apps/shop/web/runs', '#46'],
  objects: ['/apps/shop/pricing/tree?env=dev', 'exit code 139'],
  runs: ['/build', 'Offer two for one on Sundays'],
  run: ['/build/shop/pricing-ci-13', 'but was 25.00'],
  resources: ['/resources/dev/core/v1/pods', 'CrashLoopBackOff'],
  'object YAML': ['/resources/prod/apps/v1/deployments?name=web&objectNs=shop&view=yaml', 'containerPort'],
  'pod logs': ['/resources/prod/core/v1/pods?name=web-6c8f9d7b54-x7k2q&objectNs=shop&view=logs', 'GET /articles'],
  policies: ['/policy', 'Pod Security Standards: baseline'],
  violations: ['/policy/violations', 'Containers are not privileged'],
  waivers: ['/policy/waivers', 'vendor image'],
  playground: ['/policy/playground', 'images without a version'],
  ledger: ['/ledger', 'runs healthy in prod'],
  outcomes: ['/outcomes', 'Lead time'],
  explore: ['/observe', 'GET /articles'],
  'explored services': ['/observe/services', 'basket'],
  'service dashboard': ['/observe/services/prod/shop/web', 'Latency p95'],
  trace: ['/observe/traces/4bf92f3577b34da6a3ce929d0e0e4736', 'SELECT articles'],
  'service map': ['/observe/map', 'pricing'],
  'trace comparison': ['/observe/compare?left=web-9d40f6c&right=web-c7719e2', 'SELECT prices'],
  SLOs: ['/observe/slos', 'Budget low'],
  alerts: ['/observe/alerts', 'burns its error budget'],
};

describe('portal', { skip, timeout: 900_000 }, () => {
  let fixture;
  let browser;
  before(async () => {
    fixture = await startFixture();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    fixture?.close();
  });

  async function open(path, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto((options.base ?? fixture.url) + path);
    return { page, errors, close: () => context.close() };
  }

  /** Restyled and painted in this scheme. */
  async function settled(page, colorScheme) {
    await page.waitForFunction((dark) => Number(/\d+/.exec(getComputedStyle(document.querySelector('h1, h2, main') ?? document.body).color)[0]) > 127 === dark, colorScheme === 'dark');
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await page.waitForTimeout(200);
  }

  for (const [name, [path, text]] of Object.entries(pages))
    test(`${name}: draws without errors and passes axe, light and dark`, async () => {
      const { page, errors, close } = await open(path, { colorScheme: 'light' });
      await page.getByText(text).first().waitFor();
      await page.evaluate(axe);
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
        await settled(page, colorScheme);
        const result = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
        const violations = result.violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).slice(0, 4).join(' | ')}`);
        assert.deepEqual(violations, [], colorScheme);
      }
      assert.deepEqual(errors, []);
      await close();
    });

  for (const [name, [path, text]] of Object.entries(pages))
    test(`${name} on a phone: nothing is wider than the screen`, async () => {
      const { page, close } = await open(path, { viewport: { width: 390, height: 844 } });
      await page.getByText(text).first().waitFor();
      assert.equal(await page.evaluate(() => document.getElementById('content').scrollWidth - document.getElementById('content').clientWidth), 0);
      await close();
    });

  test('a rollout moves on the page by itself', async () => {
    const { page, close } = await open('/');
    await page.getByText('Analysis web-quality').first().waitFor();
    fixture.motion.go(3);
    await page.getByText('50 %').first().waitFor({ timeout: 5000 });
    fixture.motion.restart();
    await close();
  });

  test('an approval says what it does, does it, and shows the command', async () => {
    const { page, close } = await open('/');
    await page.getByRole('region', { name: 'Needs you' }).getByRole('button', { name: 'Approve' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('enters prod at once').waitFor();
    await dialog.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('Approved for prod').waitFor();
    await page.getByText('fairway promotions approve basket-prod-31 -n shop').last().waitFor();
    await close();
  });

  test('a violation opens the patch that mends it', async () => {
    const { page, errors, close } = await open('/policy/violations');
    await page.getByRole('button', { name: 'Patch: pss-privileged of Deployment web' }).click();
    await page.getByRole('dialog').getByText('/spec/template/spec/containers/0/securityContext/privileged').first().waitFor();
    await page.getByRole('dialog').getByText('kubectl --context prod patch deployment web').waitFor();
    assert.deepEqual(errors, []);
    await close();
  });

  test('a waiver is approved after its consequences were told', async () => {
    const { page, errors, close } = await open('/policy/waivers');
    await page.getByRole('button', { name: 'Approve: old-root' }).click();
    await page.getByRole('dialog').getByText('Nobody approves their own').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await page.getByRole('button', { name: 'Approve: old-root' }).waitFor({ state: 'detached' });
    assert.deepEqual(errors, []);
    await close();
  });

  test('the playground shows a syntax error in its place', async () => {
    const { page, errors, close } = await open('/policy/playground');
    await page.getByText('images without a version: proxy').waitFor();
    await page.getByLabel('Policy', { exact: true }).fill('object.');
    await page.getByText('Syntax error').waitFor();
    assert.deepEqual(errors, []);
    await close();
  });

  test('a silence says what it does, is made, and can be ended', async () => {
    const { page, close } = await open('/observe/alerts');
    await page.getByRole('button', { name: 'Silence' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('amtool silence add').waitFor();
    await dialog.getByRole('button', { name: 'Silence' }).click();
    await page.getByText('is silenced').first().waitFor();
    await page.getByRole('button', { name: 'End', exact: true }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'End silence' }).click();
    await page.getByText('The silence has ended').waitFor();
    await close();
  });

  test('a log line shows what surrounds it, and lines show their patterns', async () => {
    const { page, errors, close } = await open('/observe');
    await page.getByRole('log', { name: /newest first/ }).waitFor();
    await page.getByRole('button', { name: /\d\d:\d\d/ }).first().click();
    await page.getByText('connection from 10.0.0.7 closed').waitFor();
    await page.getByText('Patterns', { exact: true }).click();
    await page.getByText('cache refreshed in <_> ms').waitFor();
    assert.deepEqual(errors, []);
    await close();
  });

  test('two releases are compared by what a trace does with its time', async () => {
    const { page, errors, close } = await open('/observe/compare');
    await page.getByText('Name two releases').waitFor();
    await page.getByLabel('Release before').fill('web-9d40f6c');
    await page.getByLabel('Release after').fill('web-c7719e2');
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('420 and 388 traces').waitFor();
    await page.getByRole('cell', { name: 'slower' }).waitFor();
    assert.deepEqual(errors, []);
    await close();
  });

  test('fifty series of ten thousand points are drawn and followed by the cursor', async () => {
    const { page, errors, close } = await open(`/observe?q=${encodeURIComponent('large_series')}`);
    await page.getByText('50 series').first().waitFor({ timeout: 20_000 });
    const chart = page.getByRole('img', { name: /large_series/ });
    await chart.waitFor();
    const box = await chart.boundingBox();
    for (let step = 1; step < 20; step++) await page.mouse.move(box.x + 80 + step * 30, box.y + 100);
    assert.deepEqual(errors, []);
    await close();
  });

  test('the palette finds an application from the keyboard', async () => {
    const { page, close } = await open('/');
    await page.getByText('basket').first().waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('searchbox').or(page.getByRole('dialog').getByRole('textbox')).first().waitFor();
    await page.keyboard.type('pricing');
    await page.getByRole('dialog').locator('[data-selected]').filter({ hasText: 'pricing' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/apps/shop/pricing');
    await close();
  });

  test('a lost connection is shown and mends itself', async () => {
    const { page, close } = await open('/');
    await page.getByText('basket').first().waitFor();
    fixture.dropConnections();
    await page.getByText(/connection to Fairway is lost|Live/).first().waitFor();
    await page.waitForFunction(() => document.body.innerText.includes('Live'), undefined, { timeout: 10_000 });
    await close();
  });

  test('empty pages say what would be there', async () => {
    const empty = await startFixture({ empty: true });
    const { page, close } = await open('/', { base: empty.url });
    await page.getByText('No application yet').waitFor();
    await page.getByText('fairway demo').waitFor();
    await page.goto(`${empty.url}/build`);
    await page.getByText('No run yet').waitFor();
    await close();
    empty.close();
  });
});

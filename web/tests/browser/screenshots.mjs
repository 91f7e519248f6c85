// Pictures of every page at 1440 and 390 pixels, light and dark: npm run build && npm run screenshots -- DIRECTORY [page …]
import { mkdir } from 'node:fs/promises';
import { startFixture } from '../fixture/server.mjs';
import { launch } from './browser.mjs';

const pages = {
  board: '/',
  journey: '/apps/shop/web',
  cockpit: '/apps/shop/web/rollouts/web-prod-45',
  releases: '/apps/shop/web/releases',
  tree: '/apps/shop/pricing/tree?env=dev',
  build: '/build',
  run: '/build/shop/pricing-ci-13',
  resources: '/resources/prod/core/v1/pods',
  drawer: '/resources/prod/apps/v1/deployments?ns=shop&name=web&objectNs=shop&view=yaml',
  policies: '/policy',
  violations: '/policy/violations',
  waivers: '/policy/waivers',
  playground: '/policy/playground',
  ledger: '/ledger',
  outcomes: '/outcomes',
  explore: '/observe',
  services: '/observe/services',
  dashboard: '/observe/services/prod/shop/web',
  trace: '/observe/traces/4bf92f3577b34da6a3ce929d0e0e4736',
  map: '/observe/map',
  compare: '/observe/compare?left=web-9d40f6c&right=web-c7719e2',
  slos: '/observe/slos',
  alerts: '/observe/alerts',
};
const [directory = 'screenshots', ...wanted] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
const fixture = await startFixture();
const browser = await launch();
for (const colorScheme of ['light', 'dark'])
  for (const width of [1440, 390]) {
    const context = await browser.newContext({ viewport: { width, height: width > 500 ? 900 : 844 }, colorScheme, deviceScaleFactor: width > 500 ? 1 : 2 });
    const page = await context.newPage();
    for (const [name, path] of Object.entries(pages)) {
      if (wanted.length && !wanted.includes(name)) continue;
      await page.goto(fixture.url + path);
      await page.waitForTimeout(1200);
      await page.screenshot({ path: `${directory}/${name}-${width}-${colorScheme}.png` });
    }
    await context.close();
  }
await browser.close();
fixture.close();

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { Shell } from './shell/Shell';
import { Empty } from './ui/Empty';
import { Failure } from './ui/Failure';
import { LoadingRows } from './ui/Loading';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

/** Search parameters that are plain texts; anything else is dropped. */
function texts<Key extends string>(...keys: readonly Key[]) {
  return (search: Record<string, unknown>): { [K in Key]?: string } => {
    const result: { [K in Key]?: string } = {};
    for (const key of keys) {
      const value = search[key];
      if (value !== undefined && value !== null && value !== '' && typeof value !== 'object') result[key] = String(value);
    }
    return result;
  };
}

const board = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: texts('q', 'team'),
  component: lazyRouteComponent(() => import('./areas/deliver/board/BoardPage'), 'BoardPage'),
});

const application = createRoute({
  getParentRoute: () => root,
  path: '/apps/$namespace/$application',
  component: lazyRouteComponent(() => import('./areas/deliver/application/ApplicationPage'), 'ApplicationPage'),
});

const journey = createRoute({
  getParentRoute: () => application,
  path: '/',
  validateSearch: texts('release'),
  component: lazyRouteComponent(() => import('./areas/deliver/application/JourneyTab'), 'JourneyTab'),
});

const releases = createRoute({
  getParentRoute: () => application,
  path: '/releases',
  component: lazyRouteComponent(() => import('./areas/deliver/application/ReleasesTab'), 'ReleasesTab'),
});

const applicationRuns = createRoute({
  getParentRoute: () => application,
  path: '/runs',
  component: lazyRouteComponent(() => import('./areas/deliver/application/RunsTab'), 'RunsTab'),
});

const rollouts = createRoute({
  getParentRoute: () => application,
  path: '/rollouts',
  component: lazyRouteComponent(() => import('./areas/deliver/rollouts/RolloutsTab'), 'RolloutsTab'),
});

const rollout = createRoute({
  getParentRoute: () => application,
  path: '/rollouts/$rollout',
  component: lazyRouteComponent(() => import('./areas/deliver/rollouts/CockpitTab'), 'CockpitTab'),
});

const tree = createRoute({
  getParentRoute: () => application,
  path: '/tree',
  validateSearch: texts('env', 'cluster', 'apiVersion', 'kind', 'ns', 'name', 'view'),
  component: lazyRouteComponent(() => import('./areas/deliver/application/TreeTab'), 'TreeTab'),
});

const build = createRoute({
  getParentRoute: () => root,
  path: '/build',
  validateSearch: texts('q', 'phase'),
  component: lazyRouteComponent(() => import('./areas/build/RunsPage'), 'RunsPage'),
});

const run = createRoute({
  getParentRoute: () => root,
  path: '/build/$namespace/$run',
  validateSearch: texts('job', 'step'),
  component: lazyRouteComponent(() => import('./areas/build/RunPage'), 'RunPage'),
});

const resourceSearch = texts('ns', 'q', 'objectNs', 'name', 'view');

const resources = createRoute({
  getParentRoute: () => root,
  path: '/resources',
  component: lazyRouteComponent(() => import('./areas/resources/ResourcesPage'), 'ResourcesStart'),
});

const clusterResources = createRoute({
  getParentRoute: () => root,
  path: '/resources/$cluster',
  component: lazyRouteComponent(() => import('./areas/resources/ResourcesPage'), 'ResourcesStart'),
});

const kindResources = createRoute({
  getParentRoute: () => root,
  path: '/resources/$cluster/$group/$version/$plural',
  validateSearch: resourceSearch,
  component: lazyRouteComponent(() => import('./areas/resources/ResourcesPage'), 'ResourcesPage'),
});

const ledger = createRoute({
  getParentRoute: () => root,
  path: '/ledger',
  validateSearch: texts('application', 'type', 'entry'),
  component: lazyRouteComponent(() => import('./areas/ledger/LedgerPage'), 'LedgerPage'),
});

const outcomes = createRoute({
  getParentRoute: () => root,
  path: '/outcomes',
  validateSearch: texts('application', 'window'),
  component: lazyRouteComponent(() => import('./areas/outcomes/OutcomesPage'), 'OutcomesPage'),
});

const rangeSearch = ['range', 'from', 'to'] as const;

const explore = createRoute({
  getParentRoute: () => root,
  path: '/observe',
  validateSearch: texts(...rangeSearch, 'q', 'logs', 'service'),
  component: lazyRouteComponent(() => import('./areas/observe/explore/ExplorePage'), 'ExplorePage'),
});

const services = createRoute({
  getParentRoute: () => root,
  path: '/observe/services',
  validateSearch: texts(...rangeSearch),
  component: lazyRouteComponent(() => import('./areas/observe/services/ServicesPage'), 'ServicesPage'),
});

const service = createRoute({
  getParentRoute: () => root,
  path: '/observe/services/$cluster/$namespace/$service',
  validateSearch: texts(...rangeSearch, 'logs'),
  component: lazyRouteComponent(() => import('./areas/observe/services/ServicePage'), 'ServicePage'),
});

const trace = createRoute({
  getParentRoute: () => root,
  path: '/observe/traces/$trace',
  component: lazyRouteComponent(() => import('./areas/observe/traces/TracePage'), 'TracePage'),
});

const serviceMap = createRoute({
  getParentRoute: () => root,
  path: '/observe/map',
  validateSearch: texts(...rangeSearch),
  component: lazyRouteComponent(() => import('./areas/observe/map/MapPage'), 'MapPage'),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: '/observe/compare',
  validateSearch: texts(...rangeSearch, 'left', 'right', 'service'),
  component: lazyRouteComponent(() => import('./areas/observe/compare/ComparePage'), 'ComparePage'),
});

const slos = createRoute({
  getParentRoute: () => root,
  path: '/observe/slos',
  component: lazyRouteComponent(() => import('./areas/observe/slos/SlosPage'), 'SlosPage'),
});

const alerts = createRoute({
  getParentRoute: () => root,
  path: '/observe/alerts',
  component: lazyRouteComponent(() => import('./areas/observe/alerts/AlertsPage'), 'AlertsPage'),
});

const policy = createRoute({
  getParentRoute: () => root,
  path: '/policy',
  component: lazyRouteComponent(() => import('./areas/policy/PolicyPage'), 'PolicyPage'),
});

const packs = createRoute({
  getParentRoute: () => policy,
  path: '/',
  component: lazyRouteComponent(() => import('./areas/policy/PacksTab'), 'PacksTab'),
});

const violations = createRoute({
  getParentRoute: () => policy,
  path: '/violations',
  validateSearch: texts('team', 'policy'),
  component: lazyRouteComponent(() => import('./areas/policy/ViolationsTab'), 'ViolationsTab'),
});

const waivers = createRoute({
  getParentRoute: () => policy,
  path: '/waivers',
  component: lazyRouteComponent(() => import('./areas/policy/WaiversTab'), 'WaiversTab'),
});

const playground = createRoute({
  getParentRoute: () => policy,
  path: '/playground',
  component: lazyRouteComponent(() => import('./areas/policy/PlaygroundTab'), 'PlaygroundTab'),
});

const routeTree = root.addChildren([
  board,
  application.addChildren([journey, releases, applicationRuns, rollouts, rollout, tree]),
  build,
  run,
  resources,
  clusterResources,
  kindResources,
  policy.addChildren([packs, violations, waivers, playground]),
  ledger,
  outcomes,
  explore,
  services,
  service,
  trace,
  serviceMap,
  compare,
  slos,
  alerts,
]);

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultPendingComponent: () => <LoadingRows />,
  defaultPendingMs: 300,
  defaultErrorComponent: ({ error }) => (
    <div style={{ padding: 24 }}>
      <Failure error={error} what="This page broke." retry={() => location.reload()} />
    </div>
  ),
  scrollRestoration: true,
  // Addresses stay readable: plain texts instead of JSON.
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const entries = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
    return entries.length ? `?${new URLSearchParams(entries.map(([key, value]) => [key, String(value)]))}` : '';
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

function NotFound() {
  return (
    <Empty icon={Compass} title="No page has this address">
      The link may be old. Go to the{' '}
      <Link to="/" className="fw-link">
        delivery board
      </Link>{' '}
      or search with Ctrl/⌘ K.
    </Empty>
  );
}

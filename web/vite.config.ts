import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// `npm run dev` passes the API through to a running Fairway (or the fixture), so that the cookie session works.
const server = process.env.FAIRWAY_URL ?? 'http://127.0.0.1:7080';
const proxied = Object.fromEntries(
  ['/clusters', '/fairway', '/signin', '/session', '/git', '/prometheus', '/loki', '/jaeger', '/alertmanager'].map((path) => [path, { target: server, secure: false }]),
);

export default defineConfig({
  plugins: [react()],
  build: { target: 'es2023', sourcemap: false, reportCompressedSize: false, chunkSizeWarningLimit: 700 },
  server: { proxy: { ...proxied, '/watch': { target: server, ws: true, secure: false } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});

import { applyMessages, emptyWatch, restart, type WatchMessage, type WatchState } from './reducer';

export interface WatchTarget {
  readonly cluster: string;
  /** Path within the cluster: `apis/fairway.dev/v1/rollouts`. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export type ConnectionPhase = 'connecting' | 'live' | 'lost' | 'signedOut';

export interface ConnectionState {
  readonly phase: ConnectionPhase;
  /** When the last message or connection came (milliseconds). */
  readonly heardAt: number;
  /** When the next attempt will be made, while lost. */
  readonly retryAt: number | null;
}

interface Subscription {
  readonly id: string;
  readonly target: WatchTarget;
  readonly listeners: Set<() => void>;
  state: WatchState;
  queue: WatchMessage[];
  lingering: ReturnType<typeof setTimeout> | null;
}

/** Subscriptions stay open this long after the last view left, so that going back shows data at once. */
const lingerMs = 15_000;
const retryMs = [250, 500, 1_000, 2_000, 4_000, 8_000];

/** One WebSocket that carries every watch of the page. Changes reach views once per animation frame. */
export class WatchConnection {
  private socket: WebSocket | null = null;
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly byKey = new Map<string, Subscription>();
  private readonly connectionListeners = new Set<() => void>();
  private readonly dirty = new Set<Subscription>();
  private frame = false;
  private attempts = 0;
  private nextId = 1;
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  connection: ConnectionState = { phase: 'connecting', heardAt: Date.now(), retryAt: null };

  constructor(
    private readonly url: string,
    /** Tells a lost connection from an ended session; true when the session has ended. */
    private readonly isSignedOut: () => Promise<boolean>,
  ) {}

  subscribe(target: WatchTarget, listener: () => void): () => void {
    const subscription = this.open(target);
    subscription.listeners.add(listener);
    return () => {
      subscription.listeners.delete(listener);
      if (subscription.listeners.size === 0) subscription.lingering = setTimeout(() => this.close(subscription), lingerMs);
    };
  }

  stateOf(target: WatchTarget): WatchState {
    return this.byKey.get(targetKey(target))?.state ?? emptyWatch;
  }

  onConnection(listener: () => void): () => void {
    this.connectionListeners.add(listener);
    return () => this.connectionListeners.delete(listener);
  }

  /** Tries at once instead of waiting for the next attempt. */
  reconnect(): void {
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    if (this.retryTimer) clearTimeout(this.retryTimer);
    this.retryTimer = null;
    this.connect();
  }

  private open(target: WatchTarget): Subscription {
    const key = targetKey(target);
    const known = this.byKey.get(key);
    if (known) {
      if (known.lingering) clearTimeout(known.lingering);
      known.lingering = null;
      return known;
    }
    const subscription: Subscription = { id: String(this.nextId++), target, listeners: new Set(), state: emptyWatch, queue: [], lingering: null };
    this.byKey.set(key, subscription);
    this.subscriptions.set(subscription.id, subscription);
    if (!this.socket && !this.retryTimer) this.connect();
    else if (this.socket?.readyState === WebSocket.OPEN) this.send({ id: subscription.id, ...target });
    return subscription;
  }

  private close(subscription: Subscription): void {
    this.subscriptions.delete(subscription.id);
    this.byKey.delete(targetKey(subscription.target));
    if (this.socket?.readyState === WebSocket.OPEN) this.send({ id: subscription.id, stop: true });
  }

  private connect(): void {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => {
      this.attempts = 0;
      this.setConnection({ phase: 'live', heardAt: Date.now(), retryAt: null });
      for (const subscription of this.subscriptions.values()) {
        subscription.queue = [];
        this.update(subscription, restart(subscription.state));
        this.send({ id: subscription.id, ...subscription.target });
      }
    };
    socket.onmessage = (event) => this.receive(JSON.parse(String(event.data)) as WatchMessage);
    socket.onclose = () => this.lost(socket);
  }

  private lost(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = null;
    const wait = retryMs[Math.min(this.attempts++, retryMs.length - 1)] ?? 8_000;
    this.setConnection({ ...this.connection, phase: 'lost', retryAt: Date.now() + wait });
    this.retryTimer = setTimeout(() => {
      this.retryTimer = null;
      this.connect();
    }, wait);
    void this.isSignedOut().then((signedOut) => {
      if (!signedOut || this.connection.phase === 'live') return;
      if (this.retryTimer) clearTimeout(this.retryTimer);
      this.retryTimer = null;
      this.setConnection({ ...this.connection, phase: 'signedOut', retryAt: null });
    });
  }

  private receive(message: WatchMessage): void {
    const subscription = this.subscriptions.get(message.id);
    this.connection = { ...this.connection, heardAt: Date.now() };
    if (!subscription) return;
    subscription.queue.push(message);
    this.dirty.add(subscription);
    // A watch that fell behind is begun again; other failures (forbidden, no such kind) are shown.
    if (message.type === 'ERROR' && (message.object as { code?: number } | undefined)?.code === 410) this.begin(subscription);
    this.schedule();
  }

  private begin(subscription: Subscription): void {
    subscription.queue = [];
    subscription.state = restart(subscription.state);
    this.send({ id: subscription.id, ...subscription.target });
  }

  private schedule(): void {
    if (this.frame) return;
    this.frame = true;
    const flush = () => {
      this.frame = false;
      const changed = [...this.dirty];
      this.dirty.clear();
      for (const subscription of changed) {
        const messages = subscription.queue;
        subscription.queue = [];
        this.update(subscription, applyMessages(subscription.state, messages));
      }
    };
    // A hidden page gets no animation frames.
    if (document.hidden) setTimeout(flush, 200);
    else requestAnimationFrame(flush);
  }

  private update(subscription: Subscription, state: WatchState): void {
    if (state === subscription.state) return;
    subscription.state = state;
    for (const listener of subscription.listeners) listener();
  }

  private setConnection(state: ConnectionState): void {
    this.connection = state;
    for (const listener of this.connectionListeners) listener();
  }

  private send(message: object): void {
    this.socket?.send(JSON.stringify(message));
  }
}

export function targetKey(target: WatchTarget): string {
  return [target.cluster, target.path, target.labelSelector ?? '', target.fieldSelector ?? ''].join(' ');
}

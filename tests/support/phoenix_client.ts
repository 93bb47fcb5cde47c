/**
 * The JavaScript clients of Phoenix, as they come from npm, with types and promises around them.
 *
 * @module
 */

/** A release of `npm:phoenix` or of a fork, and what it can do. */
export interface ClientVersion {
  /**
   * Its name on npm.
   *
   * @default {"phoenix"}
   */
  readonly package?: string;
  /**
   * Made for Node: brings its own WebSocket, and writes parameters as Node's `querystring` does, which drops nested ones.
   *
   * @default {false}
   */
  readonly isNode?: boolean;
  readonly version: string;
  readonly vsn: "1.0.0" | "2.0.0";
  /** Sends and gets `ArrayBuffer` payloads. */
  readonly binary: boolean;
  /** Counts the fields of a binary frame in bytes, not characters. */
  readonly utf8: boolean;
  /** Sends a token as a subprotocol. */
  readonly authToken: boolean;
  /**
   * Takes batches, by the options that `@urvogel/realtime/client` has for it.
   *
   * @default {false}
   */
  readonly batched?: boolean;
}

/** From the newest to the oldest that people still run. */
export const CLIENT_VERSIONS: readonly ClientVersion[] = [
  { version: "1.8.16", vsn: "2.0.0", binary: true, utf8: true, authToken: true },
  { version: "1.7.23", vsn: "2.0.0", binary: true, utf8: false, authToken: false },
  { version: "1.6.16", vsn: "2.0.0", binary: true, utf8: false, authToken: false },
  { version: "1.5.14", vsn: "2.0.0", binary: true, utf8: false, authToken: false },
  { version: "1.4.17", vsn: "2.0.0", binary: false, utf8: false, authToken: false },
  { version: "1.3.5", vsn: "2.0.0", binary: false, utf8: false, authToken: false },
  { version: "1.2.1", vsn: "1.0.0", binary: false, utf8: false, authToken: false },
];

/** Those whose `decode` option may call back several times, with the options for batches. */
export const BATCHED_CLIENTS: readonly ClientVersion[] = CLIENT_VERSIONS
  .filter(({ version }) => ["1.8.16", "1.7.23", "1.6.16"].includes(version))
  .map((client) => ({ ...client, batched: true }));

/** Old ones under other names: for web pages, and for Node with a WebSocket of its own (`npm:websocket`). */
export const CLIENT_FORKS: readonly ClientVersion[] = [
  { package: "phoenix-socket", version: "1.2.3", vsn: "1.0.0", binary: false, utf8: false, authToken: false },
  {
    package: "phoenix-channels",
    isNode: true,
    version: "1.0.0",
    vsn: "1.0.0",
    binary: false,
    utf8: false,
    authToken: false,
  },
];

/** A push that waits for its answer. */
export interface PhoenixPush {
  receive(status: string, callback: (response: unknown) => void): PhoenixPush;
}

/** A channel of the client. */
export interface PhoenixChannel {
  readonly state?: string;
  join(timeoutMs?: number): PhoenixPush;
  leave(timeoutMs?: number): PhoenixPush;
  push(event: string, payload: unknown, timeoutMs?: number): PhoenixPush;
  on(event: string, callback: (payload: unknown, ref?: unknown) => void): unknown;
  /** May be replaced: sees each event before its callbacks. */
  onMessage?(event: string, payload: unknown, ref?: unknown): unknown;
  onClose(callback: () => void): void;
  onError(callback: (reason?: unknown) => void): void;
}

/** A socket of the client. */
export interface PhoenixSocket {
  connect(): void;
  disconnect(callback?: () => void): void;
  isConnected(): boolean;
  channel(topic: string, params?: object): PhoenixChannel;
  onOpen(callback: () => void): void;
  onClose(callback: () => void): void;
  onError(callback: (error?: unknown) => void): void;
  onMessage(callback: (message: unknown) => void): void;
}

type SocketClass = new (url: string, options?: object) => PhoenixSocket;

/** Loads the `Socket` class of a release. */
export async function loadSocketClass(client: ClientVersion): Promise<SocketClass> {
  return await load(client, "Socket") as SocketClass;
}

/**
 * Whether a release does not survive a cut while it joins, nor an answer that comes later than its next attempt. 1.2 sends
 * further joins without a ref, does not recognize their answers, and gives up for good: whatever the server does.
 */
export function isFragile({ version }: Pick<ClientVersion, "version">): boolean {
  return version.startsWith("1.2.");
}

/** Gives the channels of a fragile client fewer attempts than its socket, which has its own already. */
export function spareFragile(client: ClientVersion, socket: PhoenixSocket): void {
  if (isFragile(client)) Object.assign(socket, { reconnectAfterMs: fragileRejoinAfterMs });
}

/** Soon enough that the connection is there again, and then only after an answer that is late. */
function fragileRejoinAfterMs(attempt: number): number {
  return attempt === 1 ? 200 : 3000;
}

/** Loads what a release polls with, for its option `transport`. Before 1.6, it needs `XMLHttpRequest`. */
export async function loadLongPoll(client: ClientVersion): Promise<unknown> {
  return await load(client, "LongPoll");
}

/** Loads an export of a release. Some releases have it in the default export alone. */
async function load(
  { package: name = "phoenix", version }: Pick<ClientVersion, "package" | "version">,
  symbol: string,
): Promise<unknown> {
  const module = await import(`npm:${name}@${version}`);
  const found = module[symbol] ?? module.default?.[symbol];
  if (!found) throw new Error(`Cannot load ${name} ${version}: it exports no ${symbol}`);
  return found;
}

/** One key, as the client's presence has it. */
export interface PhoenixPresenceEntry {
  readonly metas: readonly Readonly<Record<string, unknown>>[];
}

/** The presence of a channel, as the client sees it. */
export interface PhoenixPresence {
  onJoin(
    callback: (key: string, current: PhoenixPresenceEntry | undefined, joined: PhoenixPresenceEntry) => void,
  ): void;
  onLeave(callback: (key: string, current: PhoenixPresenceEntry, left: PhoenixPresenceEntry) => void): void;
  onSync(callback: () => void): void;
  list<T>(by: (key: string, entry: PhoenixPresenceEntry) => T): T[];
}

type PresenceClass = (new (channel: PhoenixChannel) => PhoenixPresence) & {
  /** The state of a client after a diff. */
  syncDiff(state: object, diff: object): object;
};

/** Loads the `Presence` class of a release. */
export async function loadPresenceClass(client: Pick<ClientVersion, "package" | "version">): Promise<PresenceClass> {
  return await load(client, "Presence") as PresenceClass;
}

/** Waits for the answer to a push: resolves with status and response. */
export function answerOf(push: PhoenixPush): Promise<{ status: string; response: unknown }> {
  return new Promise((resolve) => {
    for (const status of ["ok", "error", "timeout", "weird"]) {
      push.receive(status, (response) => resolve({ status, response }));
    }
  });
}

/** Collects what comes, and waits for it. */
export class Inbox<T = unknown> {
  readonly #waiting: T[] = [];
  #wake: (() => void) | undefined;

  /** Adds something. Bound, so that it may be a callback. */
  readonly put = (item: T): void => {
    this.#waiting.push(item);
    this.#wake?.();
  };

  /** Takes the next thing, when there is one. */
  async next(): Promise<T> {
    while (this.#waiting.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    return this.#waiting.shift() as T;
  }

  /** How much waits. */
  get length(): number {
    return this.#waiting.length;
  }
}

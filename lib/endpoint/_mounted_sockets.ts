/**
 * The sockets of an endpoint: serves each by its transports, and knows what all of them have.
 *
 * @module
 */

import type { Log, Report } from "../base/log.ts";
import { quoted } from "../base/printable.ts";
import { ChannelDriver } from "../channel/channel_driver.ts";
import type { Socket } from "../channel/socket.ts";
import type { SocketTree } from "../channel/socket_tree.ts";
import type { HistoryRoute } from "../history/engine.ts";
import type { LimitSet } from "../limits/limit_set.ts";
import type { SeatLimit } from "../limits/seat.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { REDACTED_KEYS, redactor } from "../base/redact.ts";
import type { Secret } from "../security/secret.ts";
import type { AddressRule } from "../transport/admission.ts";
import { ConnectionSet } from "../transport/connection_set.ts";
import { LongPollTransport } from "../transport/long_poll/long_poll.ts";
import type { LongPollRelay } from "../transport/long_poll/relay.ts";
import type { RestartNotice } from "../transport/restart_notice.ts";
import type { SocketDriver } from "../transport/socket_driver.ts";
import type { Transport, TransportDefaults } from "../transport/transport.ts";
import { WebSocketTransport } from "../transport/websocket/websocket.ts";
import { assertTarget } from "./_assert_target.ts";
import type { ConnectionGroup } from "./connection_group.ts";
import { DirectDriver } from "./_direct_driver.ts";
import type { Drainable } from "./drainer.ts";
import { type MatchedMount, type Mount, MountTable, withoutEmptySegments } from "./_mount.ts";
import { contractsOf, type MountedContract } from "./mounted_contract.ts";
import type { EndpointOptions, SocketMount, SocketOptions, SocketTarget } from "./options.ts";
import { ReportedDriver } from "./_reported_driver.ts";

/** What the sockets get from their endpoint. */
export interface MountedSocketsParts {
  /** The PubSub of the endpoint. */
  readonly pubsub: PubSub;
  /** Holds the processes of connections and channels. */
  readonly tree: SocketTree;
  /** Receives the reports. */
  readonly log: Log;
  /** The limits that the sockets and mounts do not set. */
  readonly limits: LimitSet;
  /** Limit for the total number of connections. */
  readonly total: SeatLimit;
  /** Limit for the connections of one address. */
  readonly addresses: AddressRule;
  /** The notice that clients get when the server shuts down. */
  readonly notice: RestartNotice;
  /** Called when a mount has its first WebSocket connection, and when it has none any more. */
  readonly onOccupied: TransportDefaults["onOccupied"];
  /** Sends requests to the other nodes. */
  readonly link: LongPollRelay["link"];
}

/** The sockets of one endpoint. */
export class MountedSockets {
  /** The contracts of their channels. */
  readonly contracts: MountedContract[] = [];
  /** The routes of their channels, if some of them have history. */
  readonly historyRoutes: HistoryRoute[] = [];
  /** The words that mark secret keys in any of them, with the default ones. */
  readonly redactedKeys: Set<string> = new Set(REDACTED_KEYS);
  /** Their connections, by transport. */
  readonly groups: ConnectionGroup[] = [];
  readonly #options: EndpointOptions;
  readonly #parts: MountedSocketsParts;
  readonly #defaults: TransportDefaults;
  readonly #secret: Secret;
  readonly #drivers = new Map<string, { readonly driver: SocketDriver; readonly direct: ConnectionSet }>();
  readonly #direct: Drainable[] = [];
  readonly #transports: readonly Transport[];
  readonly #table: MountTable;

  /**
   * Mounts the sockets of the options.
   *
   * @throws {TypeError} If a path, a socket, a channel, a topic pattern or an origin is not valid, or if long polling
   * is served on several nodes without a secret.
   * @throws {RangeError} If a limit is out of range.
   */
  constructor(options: EndpointOptions, parts: MountedSocketsParts) {
    const { host, renderError = serverError, secret = crypto.randomUUID() } = options;
    const { log, limits, total, addresses, notice, onOccupied } = parts;
    this.#options = options;
    this.#parts = parts;
    this.#secret = secret;
    this.#defaults = { host, renderError, limits: limits.mount, total, addresses, log, notice, onOccupied };
    const mounts = Object.entries(options.sockets).flatMap(([path, mount]) => this.#mount(path, mount));
    this.#table = new MountTable(mounts);
    this.#transports = mounts.map(({ transport }) => transport);
  }

  /** Finds the mount that `pathname` belongs to. */
  find(pathname: string): MatchedMount | undefined {
    return this.#table.find(pathname);
  }

  /**
   * Returns the driver of a path, for connections without an HTTP request; see `Endpoint.driver`.
   *
   * @throws {TypeError} If nothing is mounted there.
   */
  driver(path: string): SocketDriver {
    const mounted = this.#drivers.get(withoutEmptySegments(path));
    if (mounted) return new DirectDriver(mounted.driver, mounted.direct, this.#parts.total);
    const paths = [...this.#drivers.keys()].map((path) => JSON.stringify(path)).join(", ");
    throw new TypeError(`Cannot find socket: nothing is mounted at ${JSON.stringify(path)}, only at ${paths}`);
  }

  /** All that has connections. */
  get all(): readonly Drainable[] {
    return [...this.#transports, ...this.#direct];
  }

  #mount(path: string, mount: SocketMount): Mount[] {
    const [target, { websocket = true, longpoll = false }]: readonly [SocketTarget, SocketOptions] = isTuple(mount)
      ? mount
      : [mount, {}];
    assertTarget(path, target);
    const { checkOrigin = true } = this.#options;
    const { log, notice } = this.#parts;
    const driver = this.#createDriver(path, target);
    const socket = typeof target === "function" ? target.name : path;
    const direct = new ConnectionSet(notice);
    this.#drivers.set(withoutEmptySegments(path), { driver, direct });
    this.#direct.push({ connections: direct, end() {} });
    this.groups.push({ socket, transport: "direct", connections: direct });
    const mounts: Mount[] = [];
    if (websocket) {
      const options = { checkOrigin, ...(websocket === true ? {} : websocket) };
      const transport = new WebSocketTransport(driver, options, this.#defaults);
      mounts.push({ path: transportPath(path, options.path, "websocket"), transport });
      this.groups.push({ socket, transport: "websocket", connections: transport.connections });
    }
    if (longpoll) {
      const options = { checkOrigin, ...(longpoll === true ? {} : longpoll) };
      const onStray = () => log.write("warn", path, STRAY_SESSION);
      const more = { secret: this.#secret, relay: this.#relay(path), onStray };
      const transport = new LongPollTransport(driver, options, { ...this.#defaults, ...more });
      mounts.push({ path: transportPath(path, options.path, "longpoll"), transport });
      this.groups.push({ socket, transport: "longpoll", connections: transport.connections });
    }
    return mounts;
  }

  /** Connects the long-poll mounts of all nodes, whose tokens have to be signed with the same secret. */
  #relay(path: string): LongPollRelay | undefined {
    const { link, pubsub: { isLocal, nodeName } } = this.#parts;
    if (isLocal) return undefined;
    if (this.#options.secret !== undefined) {
      return { nodeName, mount: withoutEmptySegments(path), link };
    }
    throw new TypeError(
      `Cannot mount socket: "longpoll" at ${quoted(path)} needs the option "secret", the same on all nodes, ` +
        "since the PubSub has an adapter",
    );
  }

  #createDriver(path: string, target: SocketTarget): SocketDriver {
    const { log, limits, pubsub, tree } = this.#parts;
    if (typeof target !== "function") {
      return new ReportedDriver(target, { name: path, setting: "info", redact: redactor(), log });
    }
    const socket = new target() as Socket<object>; // its channels take what it assigns
    const options = { log, limits: limits.socket, validateOut: this.#options.validateOut ?? false };
    const driver = new ChannelDriver(socket, pubsub, tree, options);
    this.contracts.push(...contractsOf(path, socket.channels));
    this.historyRoutes.push(...driver.historyRoutes);
    for (const key of socket.redactedKeys) this.redactedKeys.add(key);
    const redact = redactor(socket.redactedKeys);
    return new ReportedDriver(driver, { name: target.name, setting: socket.log, redact, log });
  }
}

/** Report for a poll whose session was not found; logged once. */
const STRAY_SESSION: Report<string> = {
  kind: "long-poll session of another thread",
  describe: (mount) => ({
    message: "a long-poll client requests a session that another thread or program holds, and has to open a new one. " +
      "Sessions are in the memory of the thread that opened them: connect the threads or programs with an adapter of " +
      "the PubSub and a common secret, or let the proxy send each client always to the same one. (Reported once.)",
    fields: { mount },
  }),
};

function isTuple(mount: SocketMount): mount is readonly [SocketTarget, SocketOptions] {
  return Array.isArray(mount);
}

/** Returns the path of a transport: the mount's path, followed by the option `path`, or else the transport's name. */
function transportPath(mount: string, path: string | undefined, name: "websocket" | "longpoll"): string {
  if (path === undefined) assertNoTransportPath(mount, name);
  const rest = path ?? `/${name}`;
  if (rest !== "" && !rest.startsWith("/")) throw new TypeError(`Cannot mount socket: "${rest}" must begin with "/"`);
  return `${mount}/${rest}`; // the table drops what is too much
}

/**
 * Refuses a mount whose path ends with the transport's name. Clients append `/websocket` or `/longpoll` themselves, so
 * none would reach it.
 */
function assertNoTransportPath(mount: string, name: string): void {
  const [, above, last] = /^(.*)\/(websocket|longpoll)\/*$/.exec(mount) ?? [];
  if (last === undefined) return;
  throw new TypeError(
    `Cannot mount socket: "${mount}" would be served at "${mount}/${name}"; mount it at "${above || "/"}", ` +
      `or set the option "path" of ${name}`,
  );
}

function serverError(): Response {
  const body = JSON.stringify({ errors: { detail: "Internal Server Error" } });
  return new Response(body, { status: 500, headers: { "content-type": "application/json; charset=utf-8" } });
}

/**
 * Nodes in one program that share keyed servers, with an owner engine in memory that can fail.
 *
 * @module
 */

import type { FakeTime } from "@std/testing/time";
import {
  DynamicSupervisor,
  type DynamicSupervisorRef,
  GenServer,
  KeyedServers,
  type KeyedServersLimits,
  type KeyedServersScope,
  MemoryOwners,
  noreply,
  type OwnerEngine,
  type OwnerSession,
  ownershipOf,
  PubSub,
  reply,
  stop,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { pass as passTime } from "./pass_time.ts";
import { Hub } from "./pubsub_hub.ts";

/** What the servers of a test understand. */
export interface Room {
  calls: {
    where(): string;
    add(line: string): readonly string[];
    token(): string;
    wait(): string;
    fail(): string;
    bad(): unknown;
    bytes(data: { readonly parts: readonly Uint8Array[] }): { readonly total: number; readonly joined: Uint8Array };
  };
  casts: { note(line: string): void; leave(): void };
}

/** What all servers of a test did, in order. */
export type Log = string[];

interface Start {
  readonly key: string;
  readonly node: string;
  readonly log: Log;
  readonly starting: () => Promise<void> | void;
}
interface State extends Start {
  readonly lines: readonly string[];
}

/** A room that says where it runs. */
export class RoomServer extends GenServer<State, Room> {
  override async init(start: Start): Promise<State> {
    await start.starting();
    start.log.push(`${start.node} starts ${start.key}`);
    return { ...start, lines: [] };
  }
  override handleCall = this.calls({
    where: (state) => reply(state.node, state),
    add: (state, line) => {
      const lines = [...state.lines, line];
      return reply(lines, { ...state, lines });
    },
    token: (state) => reply(String(ownershipOf(this.self)?.token), state),
    wait: (state) => noreply(state),
    fail: (): never => {
      throw new RangeError("too far");
    },
    bad: (state) => reply(new Map(), state),
    bytes: (state, { parts }) =>
      reply(
        { total: parts.length, joined: Uint8Array.from(parts.flatMap((part) => [...part])) },
        state,
      ),
  });
  override handleCast = this.casts({
    note: (state, line) => {
      state.log.push(`${state.node} notes ${line}`);
      return noreply({ ...state, lines: [...state.lines, line] });
    },
    leave: (state) => stop("normal", state),
  });
  override terminate({ key, node, log }: State) {
    log.push(`${node} ends ${key}`);
  }
}

/** An engine whose connection can break, for each node. */
export class BreakableOwners implements OwnerEngine {
  /** The nodes that cannot reach the engine. */
  readonly cut = new Set<string>();
  /** The nodes that do not get the replies of the engine, which does what they ask for. */
  readonly deaf = new Set<string>();
  /** The nodes whose claims fail, and reach the engine later, by {@linkcode arrive}. */
  readonly slow = new Set<string>();
  /** The same for their releases. */
  readonly slowToRelease = new Set<string>();
  /** What was asked of the engine, in order. */
  readonly asked: string[] = [];
  /** How long each answer takes, in milliseconds. */
  delayMs = 0;
  readonly #memory = new MemoryOwners();
  readonly #underWay: (() => Promise<unknown>)[] = [];

  /** Lets the claims and releases arrive that are under way. */
  async arrive(): Promise<void> {
    for (const operation of this.#underWay.splice(0)) await operation();
  }

  async open(node: string, ttlMs: number): Promise<OwnerSession> {
    const reach = async <T>(what: string, operation: () => Promise<T>): Promise<T> => {
      this.asked.push(`${node} ${what}`);
      if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs / 2));
      if (this.cut.has(node)) throw new Error("no engine");
      const result = await operation();
      if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs / 2));
      if (this.deaf.has(node)) throw new Error("no reply");
      return result;
    };
    const session = await reach("open", () => this.#memory.open(node, ttlMs));
    return {
      renew: () => reach("renew", () => session.renew()),
      claim: (key) =>
        reach(`claim ${key}`, () => {
          if (!this.slow.has(node)) return session.claim(key);
          this.#underWay.push(() => session.claim(key));
          throw new Error("no reply");
        }),
      ownerOf: (key) => reach(`ownerOf ${key}`, () => session.ownerOf(key)),
      release: (key, token) =>
        reach(`release ${key}`, () => {
          if (!this.slowToRelease.has(node)) return session.release(key, token);
          this.#underWay.push(() => session.release(key, token));
          throw new Error("no reply");
        }),
      close: () => reach("close", () => session.close()),
    };
  }
}

/** What a node may do differently. */
export interface NodeOptions extends Partial<KeyedServersLimits>, KeyedServersScope<typeof RoomServer> {
  /** What `init` waits for. */
  readonly starting?: () => Promise<void> | void;
}

/** A node with rooms. */
export class KeyedNode implements AsyncDisposable {
  readonly name: string;
  readonly pubsub: PubSub;
  readonly rooms: KeyedServers<typeof RoomServer>;
  readonly supervisor: DynamicSupervisorRef;

  private constructor(
    hub: Hub,
    owners: OwnerEngine,
    log: Log,
    name: string,
    supervisor: DynamicSupervisorRef,
    { starting = () => {}, ...options }: NodeOptions,
  ) {
    this.name = name;
    this.supervisor = supervisor;
    const adapter = Object.assign(hub.adapter(name), { owners });
    this.pubsub = new PubSub({ adapter, heartbeatMs: 100, downMs: 300, ownerTtlMs: 2000 });
    this.rooms = new KeyedServers(RoomServer, {
      supervisor,
      pubsub: this.pubsub,
      name: "rooms",
      arg: (key) => ({ key, node: name, log, starting }),
      ...options,
    });
  }

  /** Starts a node. */
  static async start(
    hub: Hub,
    owners: OwnerEngine,
    log: Log,
    name: string,
    options: NodeOptions = {},
  ): Promise<KeyedNode> {
    return new KeyedNode(hub, owners, log, name, await DynamicSupervisor.start({ label: name }), options);
  }

  /** Returns where the server of a key runs. */
  async where(key: string): Promise<string> {
    return await (await this.rooms.ensure(key)).call("where");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pubsub.stop();
    await this.supervisor.stop("shutdown");
  }
}

/** Starts nodes that know each other, and an engine. */
export async function startNodes(names: readonly string[], options: NodeOptions = {}) {
  const hub = new Hub();
  const owners = new BreakableOwners();
  const log: Log = [];
  const nodes = await Promise.all(names.map((name) => KeyedNode.start(hub, owners, log, name, options)));
  await settle();
  return {
    hub,
    owners,
    log,
    nodes,
    async [Symbol.asyncDispose]() {
      for (const nodes of [owners.cut, owners.deaf, owners.slow, owners.slowToRelease]) nodes.clear();
      owners.delayMs = 0;
      for (const node of nodes) await node[Symbol.asyncDispose]();
    },
  };
}

/** Lets time pass in steps that are shorter than the nodes' times. It does not wait for servers that never reply. */
export async function pass(time: FakeTime, ms: number): Promise<void> {
  await passTime(time, ms, { stepMs: 50, settleMs: 0 });
}

/** Lets time pass until a promise has settled. */
export async function passUntil<T>(time: FakeTime, promise: Promise<T>, longestMs = 60_000): Promise<T> {
  let isOpen = true;
  const done = promise.finally(() => isOpen = false);
  done.catch(() => {});
  for (let left = longestMs; isOpen && left > 0; left -= 50) await pass(time, 50);
  if (isOpen) throw new Error(`Cannot go on: it did not settle within ${longestMs} ms`);
  return await done;
}

/**
 * Servers by key on several nodes: finds out which node has the server of a key, and starts it on one.
 *
 * Of each key there is one owner, kept by an owner engine. A node claims a key before it starts the server, and releases
 * it after the server has ended.
 *
 * @module
 */

import { Backoff } from "../base/backoff.ts";
import { monotonicMs } from "../base/clock.ts";
import { Pauses } from "../base/pause.ts";
import { StartError } from "../otp/process/errors.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { KeyedHost, type PresenceQuestion, type ServerPresence } from "./_keyed_host.ts";
import type { KeyedServerClass } from "./keyed_server_class.ts";
import type { LocalServers } from "./_local_servers.ts";
import { Membership } from "./membership.ts";
import { NodeDownError, NodeTimeoutError } from "./node_errors.ts";
import { hadNoHandler, NodeRequests } from "./node_requests.ts";
import type { Claimed, KeyHolder, OwnedKeys } from "./_owned_keys.ts";
import { Placement } from "./_placement.ts";
import { type AnyServer, reasonFrom, RemoteRef } from "./remote_ref.ts";
import type { RequestSchemas } from "./_serve_request.ts";
import type { CrossingReason } from "./_server_message.ts";

/** How the servers of a class behave on several nodes. */
export interface KeyedClusterOptions {
  /** Which node starts a server that runs nowhere. */
  readonly placement: "here" | "spread";
  /** The schemas of requests of other nodes. */
  readonly schemas: RequestSchemas;
  /** How long a server may take to end, in milliseconds. */
  readonly shutdownMs: number;
}

/** After this long without a word a node is considered silent. Its session may have ended. */
const SILENT_MS = 600;
/** How much longer than a session's time a caller waits for a node that does not answer. */
const GRACE_MS = 1000;
const RETRY = { firstMs: 50, maxMs: 400 };
/** How many locations of servers on other nodes are remembered. When there are more, all are asked for again. */
const MAX_REMEMBERED = 100_000;

/** Thrown where a server would be started that may not. */
const NO_MORE = new Error("no more servers");

/** The part of `KeyedServers` that knows of other nodes. */
export class KeyedCluster<C extends KeyedServerClass> implements KeyHolder {
  readonly #local: LocalServers<C>;
  readonly #owned: OwnedKeys;
  readonly #options: KeyedClusterOptions;
  readonly #self: string;
  readonly #membership: Membership;
  readonly #requests: NodeRequests;
  readonly #placement: Placement;
  readonly #finding = new Map<string, Promise<AnyServer>>();
  readonly #remembered = new Map<string, RemoteRef>();
  readonly #undo: (() => void)[];
  readonly #pauses = new Pauses();
  #claiming = 0;
  #isClosed = false;
  #onDrain: () => void = () => {};

  /**
   * Makes the servers of this node known to the others.
   *
   * @throws {TypeError} If the node has other keyed servers of this name.
   */
  constructor(pubsub: PubSub, owned: OwnedKeys, local: LocalServers<C>, options: KeyedClusterOptions) {
    const { name } = local;
    const fact = `servers:${name}`;
    this.#local = local;
    this.#owned = owned;
    this.#options = options;
    this.#self = pubsub.nodeName;
    this.#membership = Membership.of(pubsub);
    this.#requests = NodeRequests.of(pubsub);
    this.#placement = new Placement(fact);
    const host = new KeyedHost({
      schemas: options.schemas,
      accepts: () => !this.#isClosed && local.accepts,
      open: (key) => owned.isReliable ? local.open(key) : undefined,
      ensure: (key) => this.ensure(key),
      start: (key) => this.#startFor(key),
      ended: (key) => local.ended(key),
      disown: (key) => owned.disown(local.fullKeyOf(key), () => local.servers.has(key)),
      stop: async (key) => await local.servers.get(key)?.end("shutdown"),
    });
    this.#undo = [
      host.handle(this.#requests, this.#handler),
      this.#membership.addDetails(() => ({ [fact]: local.servers.size })),
    ];
    local.isStillOwner = (key, token) => owned.isOwner(local.fullKeyOf(key), token);
    owned.add(this);
  }

  /** Whether the keys of this node are still its own. If not, their servers have ended. */
  get isReliable(): boolean {
    return this.#owned.isReliable;
  }

  /** Finds the server of a key that has none here, and starts it if it runs nowhere. */
  ensure(key: string): Promise<AnyServer> {
    const finding = this.#finding.get(key);
    if (finding) return finding;
    const found = this.#find(key).finally(() => this.#finding.delete(key));
    this.#finding.set(key, found);
    return found;
  }

  /** Ends the server of a key that has none here, on the node that has it. */
  async stop(key: string): Promise<void> {
    const owner = await this.#owned.ownerOf(this.#local.fullKeyOf(key));
    if (!owner || owner.isOwn || !this.#membership.isUp(owner.node)) return;
    const timeoutMs = this.#options.shutdownMs + GRACE_MS;
    try {
      await this.#requests.ask(owner.node, `${this.#handler}#stop`, key, { timeoutMs });
    } catch (error) {
      if (!hadNoHandler(error)) throw error; // else its servers were disposed
    }
  }

  /** How often keys that should always have a server are looked at, in milliseconds. */
  get checkMs(): number {
    return this.#owned.ttlMs / 2;
  }

  /** Calls `listener` when another node is down or gone, until {@linkcode close}. */
  onNodeLost(listener: () => void): void {
    this.#undo.push(this.#membership.onChange(({ status }) => status === "up" ? undefined : listener()));
  }

  /** Calls `listener` before the servers of this node are handed over. */
  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  /** The server of a key has ended here: the key is released. */
  ended(key: string, token: bigint): void {
    this.#owned.free(this.#local.fullKeyOf(key), token);
  }

  /** Ends the servers of this node: another one may own their keys. */
  lose(): void {
    this.#local.loseAll();
  }

  /** Ends the servers of this node in order: no more keys are claimed. */
  drain(): Promise<void> {
    this.#onDrain();
    this.#pauses.end();
    return this.#local.stopAll();
  }

  /** Ends the servers of this node in order, lets no more start, and makes them unknown to the others. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.drain();
    for (const undo of this.#undo.splice(0)) undo();
    this.#owned.delete(this);
  }

  get #handler(): string {
    return `servers:${this.#local.name}`;
  }

  async #find(key: string): Promise<AnyServer> {
    const backoff = new Backoff(RETRY);
    const patience = new Patience(this.#owned.ttlMs + GRACE_MS);
    const unable = new Set<string>();
    for (;;) {
      if (this.#isClosed) throw new StartError(this.#local.labelOf(key), "noproc");
      const found = await this.#attempt(key, patience, unable);
      if (found) return found;
      await this.#pauses.pause(backoff.nextMs());
    }
  }

  /**
   * Returns the server, or `undefined` if it is worth another attempt.
   *
   * @param unable The nodes that were asked to start it and did not. It gets those that this attempt asks.
   */
  async #attempt(key: string, patience: Patience, unable: Set<string>): Promise<AnyServer | undefined> {
    const known = this.#remembered.get(key);
    if (known && await this.#isAt(known.address.node, key, "remembered")) return known;
    this.#remembered.delete(key);
    const node = await this.#placeFor(key, unable);
    if (node !== this.#self) {
      if (await this.#isAt(node, key, "placed")) return this.#refTo(node, key);
      unable.add(node);
      return undefined;
    }
    const claimed = await this.#claim(key);
    if (!claimed) return undefined;
    if (claimed.isOwn) return await claimed.taken as AnyServer;
    const { ownership: { node: owner, token } } = claimed;
    if (owner !== this.#self && await this.#isAt(owner, key, "owned")) return this.#refTo(owner, key);
    if (patience.isOver(token)) throw new NodeDownError(owner, this.#local.labelOf(key));
    return undefined;
  }

  /**
   * Claims a key that was counted in `#claiming`, and starts its server if that succeeds.
   *
   * @returns `undefined` if it was freed again, since this node may start no more servers.
   */
  async #claim(key: string): Promise<Claimed<Promise<unknown>> | undefined> {
    let over: unknown; // the server before
    const before = async () => void (over = await this.#local.ended(key));
    try {
      return await this.#owned.claim(this.#local.fullKeyOf(key), before, (token) => this.#take(key, token, over));
    } catch (thrown) {
      if (thrown === NO_MORE) return undefined;
      throw thrown;
    } finally {
      this.#claiming--;
    }
  }

  /**
   * Starts the server of a key that belongs to this node, unless one runs, or is about to end: then it returns `undefined`.
   * Others may have taken the last place while the key was being claimed.
   */
  #take(key: string, token: bigint, over: unknown): Promise<unknown> | undefined {
    const server = this.#local.servers.get(key);
    if (server?.isOpen) return server.started;
    if (server !== undefined && server !== over) return undefined;
    if (this.#isClosed || this.#local.isFull) throw NO_MORE;
    return this.#local.start(key, token);
  }

  /** Chooses the node that has to be asked to start a server; this one, if it has to claim the key itself. */
  async #placeFor(key: string, unable: ReadonlySet<string>): Promise<string> {
    const { placement } = this.#options;
    if (placement === "here" && !this.#local.isFull) return this.#here();
    if (await this.#owned.ownerOf(this.#local.fullKeyOf(key))) return this.#here(); // claiming it finds the owner
    const own = this.#local.isFull ? Infinity : this.#local.servers.size + this.#claiming;
    const nodes = this.#membership.nodes();
    const other = placement === "spread" ? this.#placement.choose(nodes, own, unable) : undefined;
    if (other !== undefined) return other;
    return this.#local.isFull ? await this.#local.refuse(key) : this.#here();
  }

  /** Counts a key that this node is about to claim, so that the next one is placed with regard to it. */
  #here(): string {
    this.#claiming++;
    return this.#self;
  }

  /** Asks a node whether it has the server of a key, and waits while it starts there. */
  async #isAt(node: string, key: string, question: PresenceQuestion): Promise<boolean> {
    while (this.#membership.isUp(node)) {
      const answer = await this.#ask(node, key, question);
      if (answer !== "starting") return answer === "here";
    }
    return false;
  }

  async #ask(node: string, key: string, question: PresenceQuestion): Promise<ServerPresence> {
    const label = this.#local.labelOf(key);
    try {
      const body = [key, question];
      const answer = await this.#requests.ask(node, `${this.#handler}#ensure`, body, { timeoutMs: SILENT_MS });
      if (answer === "here" || answer === "starting") return answer;
      const { failed } = (answer ?? {}) as { readonly failed?: CrossingReason };
      if (failed !== undefined) throw new StartError(label, reasonFrom(node, failed));
      return "elsewhere";
    } catch (error) {
      const isAbsent = error instanceof NodeTimeoutError || error instanceof NodeDownError || hadNoHandler(error);
      if (isAbsent) return "elsewhere";
      throw error;
    }
  }

  #refTo(node: string, key: string): RemoteRef {
    const ref = new RemoteRef({
      node,
      handler: this.#handler,
      target: key,
      label: this.#local.labelOf(key),
      requests: this.#requests,
      find: () => {
        this.#remembered.delete(key);
        const server = this.isReliable ? this.#local.open(key) : undefined;
        return server ? server.started as Promise<unknown> as Promise<AnyServer> : this.ensure(key);
      },
    });
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(key, ref);
    return ref;
  }

  /** Starts a server that another node has placed here, unless a third one was quicker. */
  async #startFor(key: string): Promise<boolean> {
    this.#claiming++;
    const claimed = await this.#claim(key);
    if (claimed?.isOwn) await claimed.taken;
    return claimed?.isOwn === true;
  }
}

/** How long to wait for an owner that does not answer. Another owner has the whole time again. */
class Patience {
  readonly #limitMs: number;
  #token: bigint | undefined;
  #sinceMs = 0;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Returns whether the owner with this token has not answered for too long. */
  isOver(token: bigint): boolean {
    const nowMs = monotonicMs();
    if (this.#token === token) return nowMs - this.#sinceMs >= this.#limitMs;
    this.#token = token;
    this.#sinceMs = nowMs;
    return false;
  }
}

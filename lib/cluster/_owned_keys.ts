/**
 * The keys that one node owns: one session with the engine for all keyed servers of a PubSub.
 *
 * @module
 */

import { KeyLocks } from "../base/key_locks.ts";
import { monotonicMs } from "../base/clock.ts";
import type { InfoResult, InitResult } from "../otp/server/behaviour.ts";
import { noreply, ok } from "../otp/server/result.ts";
import { type CarriedServer, type Ending, obey } from "../pubsub/carried.ts";
import { BusDownError } from "../pubsub/errors.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import { LiveSession } from "./live_session.ts";
import { NodeRequests } from "./node_requests.ts";
import { type OwnerEngine, type Ownership, ownersOf } from "./owner_engine.ts";
import { reportSessionLost } from "./telemetry.ts";

/** What owns keys on this node: the servers of one `KeyedServers`. */
export interface KeyHolder {
  /** Ends the servers of all its keys at once: other nodes may have the keys soon. */
  lose(): void;
  /** Ends them in order, so that the keys can be handed over. */
  drain(): Promise<void>;
}

const owned = new WeakMap<PubSub, OwnedKeys>();

/** Claims and releases keys, and ends their servers when the session is lost. */
export class OwnedKeys implements CarriedServer<undefined> {
  readonly #pubsub: PubSub;
  readonly #engine: OwnerEngine;
  readonly #ttlMs: number;
  readonly #holders = new Set<KeyHolder>();
  readonly #locks = new KeyLocks();
  /**
   * The keys without a server that the engine may still count as owned by this node: their servers have ended, or it is not
   * known whether they were claimed.
   */
  readonly #unreleased = new Map<string, Unreleased>();
  #session: LiveSession | undefined;
  #opening: Promise<LiveSession> | undefined;
  #isStopped = false;
  readonly #stopping = Promise.withResolvers<void>();

  /** Returns the keys of a node; `undefined` if it runs alone, or its adapter has no owner engine. */
  static of(pubsub: PubSub): OwnedKeys | undefined {
    const known = owned.get(pubsub);
    if (known) return known;
    const engine = ownersOf(pubsub.adapter);
    if (!engine) return undefined;
    const keys = new OwnedKeys(pubsub, engine);
    owned.set(pubsub, keys);
    NodeRequests.of(pubsub); // before it, since it ends later: open calls get their replies while keys are handed over
    pubsub.tree.add("owners", keys);
    return keys;
  }

  private constructor(pubsub: PubSub, engine: OwnerEngine) {
    this.#pubsub = pubsub;
    this.#engine = engine;
    this.#ttlMs = pubsub.nodeTimes.ownerTtlMs;
  }

  /** How long it takes at most until the keys of a node that died can be taken, in milliseconds. */
  get ttlMs(): number {
    return this.#ttlMs;
  }

  /** Whether the session can be relied on now. If not, all servers have ended. */
  get isReliable(): boolean {
    return this.#session?.isReliable ?? false;
  }

  /** Adds keyed servers. */
  add(holder: KeyHolder): void {
    this.#holders.add(holder);
  }

  /** Removes keyed servers. */
  delete(holder: KeyHolder): void {
    this.#holders.delete(holder);
  }

  /**
   * Claims a key. Then, while no other operation on the key can run, calls `take` if this node owns it.
   *
   * A server that ran before may begin to end, or end, while the key is claimed. Then it is released and claimed again, for
   * another token.
   *
   * @param before Waits for what has to end first.
   * @param take Returns `undefined` if something has to end first now.
   * @returns What `take` returned, or who owns the key.
   * @throws What the engine throws.
   */
  async claim<T>(
    key: string,
    before: () => Promise<void>,
    take: (token: bigint) => T | undefined,
  ): Promise<Claimed<T>> {
    return await this.#locks.run(key, async () => {
      for (;;) {
        await before();
        const session = await this.#open();
        if (this.#unreleased.has(key)) await this.#release(key, session);
        const ownership = await this.#claim(key, session);
        if (!ownership.isOwn) return { isOwn: false, ownership };
        if (this.#isStopped || !session.isReliable) throw new BusDownError(`own ${JSON.stringify(key)}`);
        const taken = this.#unreleased.has(key) ? undefined : this.#take(key, ownership, take);
        if (taken !== undefined) return { isOwn: true, taken };
      }
    });
  }

  /** Returns whether this node owns a key according to the engine, by the claim that returned this token. */
  async isOwner(key: string, token: bigint): Promise<boolean> {
    const owner = this.isReliable ? await this.#session?.ownerOf(key) : undefined;
    return owner?.isOwn === true && owner.token === token;
  }

  /** Returns the owner of a key. */
  async ownerOf(key: string): Promise<Ownership | undefined> {
    return await (await this.#open()).ownerOf(key);
  }

  /** Releases a key whose server, with this token, has ended. The next claim of this node waits for it. */
  free(key: string, token: bigint): void {
    const session = this.#session;
    if (!session) return; // it is lost, and with it the key
    this.#unreleased.set(key, { session, token });
    this.#freeLater(key, session);
  }

  /**
   * Frees a key that the engine counts as owned by this node, unless it has a server here: a claim may reach the engine
   * after this node has given it up.
   *
   * @param hasServer Called when no other operation on the key can run.
   */
  disown(key: string, hasServer: () => boolean): void {
    const session = this.#session;
    if (!session) return;
    const released = this.#locks.run(key, async () => {
      if (!hasServer()) await releaseAny(key, session);
    });
    released.catch(() => {}); // the node that found this out asks again
  }

  /** Nothing to keep: it has no state of its own. */
  attach(): void {}

  /** Keeps the session: the next process goes on with it. */
  detach(): void {}

  /** Hands all keys over. */
  async over(ending: Ending): Promise<void> {
    this.#isStopped = true;
    this.#stopping.resolve();
    const holders = [...this.#holders];
    if (ending === "stopped") await Promise.all(holders.map((holder) => holder.drain()));
    else for (const holder of holders) holder.lose();
    const session = this.#session ?? await this.#opening?.catch(() => undefined);
    this.#session = undefined;
    await session?.close().catch(() => {}); // its keys are free after `ttlMs`
  }

  /** Nothing to begin: the session is opened with the first key. */
  init(): InitResult<undefined> {
    return ok();
  }

  /** Handles no messages. */
  handleInfo(message: unknown): InfoResult<undefined> {
    return obey(message, undefined) ?? noreply(undefined);
  }

  #take<T>(key: string, { token }: Ownership, take: (token: bigint) => T | undefined): T | undefined {
    try {
      return take(token);
    } catch (thrown) {
      this.free(key, token);
      throw thrown;
    }
  }

  /** A claim that fails may have succeeded: its reply may be lost. */
  async #claim(key: string, session: LiveSession): Promise<Ownership> {
    try {
      return await session.claim(key);
    } catch (thrown) {
      if (session === this.#session) this.#unreleased.set(key, { session, token: undefined });
      throw thrown;
    }
  }

  #freeLater(key: string, session: LiveSession): void {
    const released = this.#locks.run(key, () => this.#release(key, session));
    released.catch(() => {}); // the engine cannot be reached: the next renewal or claim tries again, or the session ends
  }

  async #release(key: string, session: LiveSession): Promise<void> {
    const unreleased = this.#unreleased.get(key);
    if (unreleased?.session === session) {
      const { token } = unreleased;
      await (token === undefined ? releaseAny(key, session) : session.release(key, token));
    }
    this.#unreleased.delete(key);
  }

  #open(): LiveSession | Promise<LiveSession> {
    if (this.#isStopped) throw new BusDownError("own keys");
    if (this.#session?.isReliable) return this.#session;
    return this.#opening ??= this.#openAnother().finally(() => this.#opening = undefined);
  }

  async #openAnother(): Promise<LiveSession> {
    await Promise.race([this.#pubsub.tried, this.#stopping.promise]); // it may ask for a key as soon as it has started
    if (this.#isStopped) throw new BusDownError("own keys");
    const openedAtMs = monotonicMs();
    const session = await this.#engine.open(this.#pubsub.nodeName, this.#ttlMs);
    const live = new LiveSession(session, this.#ttlMs, openedAtMs, (error) => this.#lost(live, error));
    live.onRenewed = () => {
      for (const key of this.#unreleased.keys()) this.#freeLater(key, live);
    };
    if (!this.#isStopped) return this.#session = live;
    await live.close();
    throw new BusDownError("own keys");
  }

  #lost(session: LiveSession, error: Error): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    this.#unreleased.clear();
    reportSessionLost({ node: this.#pubsub.nodeName, error }, this.#pubsub.tree.log);
    for (const holder of [...this.#holders]) holder.lose();
  }
}

/** A key without a server that may be owned by a session. */
interface Unreleased {
  readonly session: LiveSession;
  /** The token of the claim; `undefined` if its reply was lost. */
  readonly token: bigint | undefined;
}

/** Frees a key that a session owns, by whichever claim. */
async function releaseAny(key: string, session: LiveSession): Promise<void> {
  const owner = await session.ownerOf(key);
  if (owner?.isOwn) await session.release(key, owner.token);
}

/** The result of a claim. */
export type Claimed<T> =
  | { readonly isOwn: true; readonly taken: T }
  | { readonly isOwn: false; readonly ownership: Ownership };

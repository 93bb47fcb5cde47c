/**
 * Owners of keys among the threads of a program: locks of the program, which are free when their thread ends.
 *
 * A key that is owned has two locks. The name of the first is that of the key, so only one thread can hold it. The name of
 * the second says who holds the first, and with which token.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { nextTurn, pause } from "../../base/pause.ts";
import { quoted } from "../../base/printable.ts";
import type { Locks } from "../../base/locks.ts";
import type { OwnerEngine, OwnerSession, Ownership } from "../../cluster/owner_engine.ts";
import { OwnerTokens } from "../../cluster/memory_owners.ts";
import { encodeTopic } from "../../pubsub/subject.ts";
import { newSessionId, nodeOfSession } from "../_owner_session_id.ts";
import { requiredLocks } from "./_thread_locks.ts";

/** How often a key is tried again that others take and release at the same time. */
const MAX_ATTEMPTS = 100;

/** The owner engine of one thread. */
export class ThreadOwners implements OwnerEngine {
  readonly #prefix: string;
  readonly #tokens = new OwnerTokens();
  #table: OwnerTable | undefined;

  /** Creates an engine that holds no lock. */
  constructor(prefix: string) {
    this.#prefix = `urvogel:owners:${prefix}:`;
  }

  // deno-lint-ignore require-await -- what it throws must reject
  async open(node: string, ttlMs: number): Promise<OwnerSession> {
    const table = this.#table ??= new OwnerTable(this.#prefix, this.#tokens);
    return new ThreadOwnerSession(newSessionId(node), ttlMs, table);
  }
}

/** The owner of a key. */
interface Owner {
  readonly session: string;
  readonly token: bigint;
}

/** The locks of all keys, as this thread sees them. */
class OwnerTable {
  /** The tokens of this thread. */
  readonly tokens: OwnerTokens;
  readonly #locks: Locks;
  readonly #prefix: string;
  #owners: Promise<ReadonlyMap<string, Owner>> | undefined;

  constructor(prefix: string, tokens: OwnerTokens) {
    this.tokens = tokens;
    this.#locks = requiredLocks();
    this.#prefix = prefix;
  }

  /** Takes the lock of a key if it is free. Returns what releases it. */
  async take(name: string): Promise<Release | undefined> {
    return await this.#hold(`key:${name}`);
  }

  /** Shows all threads which session has taken a key. */
  async announce(name: string, { session, token }: Owner): Promise<Release> {
    const release = await this.#hold(`owner:${name} ${session} ${token}`);
    if (!release) throw new Error("Cannot announce owner: it was announced before");
    return release;
  }

  /** Returns the owner that a key has, or had a moment ago. Those who ask in one turn share one look at all locks. */
  async ownerOf(name: string): Promise<Owner | undefined> {
    this.#owners ??= this.#read();
    return (await this.#owners).get(name);
  }

  async #read(): Promise<ReadonlyMap<string, Owner>> {
    await undefined; // the rest of this turn may ask as well
    this.#owners = undefined;
    const start = `${this.#prefix}owner:`;
    const { held } = await this.#locks.query();
    const owners = new Map<string, Owner>();
    for (const lock of held) {
      if (!lock.name.startsWith(start)) continue;
      const [name = "", session = "", token = "0"] = lock.name.slice(start.length).split(" ");
      owners.set(name, { session, token: BigInt(token) });
      this.tokens.see(Number(token));
    }
    return owners;
  }

  async #hold(name: string): Promise<Release | undefined> {
    const granted = Promise.withResolvers<boolean>();
    const released = Promise.withResolvers<void>();
    const held = this.#locks.request(this.#prefix + name, { ifAvailable: true }, (lock) => {
      granted.resolve(lock !== null);
      return lock === null ? undefined : released.promise;
    });
    held.catch(granted.reject);
    if (!await granted.promise) return undefined;
    return async () => {
      released.resolve();
      await held;
    };
  }
}

type Release = () => Promise<void>;

/** What a session has of a key. */
interface OwnKey {
  readonly token: bigint;
  readonly releases: readonly Release[];
}

class ThreadOwnerSession implements OwnerSession {
  readonly #id: string;
  readonly #ttlMs: number;
  readonly #table: OwnerTable;
  readonly #keys = new Map<string, OwnKey>();
  readonly #end = new Alarm(() => void this.close());
  #hasEnded = false;

  constructor(id: string, ttlMs: number, table: OwnerTable) {
    this.#id = id;
    this.#ttlMs = ttlMs;
    this.#table = table;
    this.#end.set(ttlMs);
  }

  // deno-lint-ignore require-await -- as all engines
  async renew(): Promise<boolean> {
    if (!this.#hasEnded) this.#end.set(this.#ttlMs);
    return !this.#hasEnded;
  }

  async claim(key: string): Promise<Ownership> {
    const name = encodeTopic(key);
    for (let attempts = 0; attempts < MAX_ATTEMPTS && !this.#hasEnded; attempts++) {
      const own = this.#keys.get(name) ?? await this.#take(name);
      if (own) return this.#ownership({ session: this.#id, token: own.token });
      const owner = await this.#table.ownerOf(name);
      if (owner) return this.#ownership(owner);
      await nextTurn(); // it was taken or released just now
    }
    throw new Error(`Cannot claim ${quoted(key)}: the session of node "${nodeOfSession(this.#id)}" has ended`);
  }

  async ownerOf(key: string): Promise<Ownership | undefined> {
    const owner = await this.#table.ownerOf(encodeTopic(key));
    return owner && this.#ownership(owner);
  }

  async release(key: string, token: bigint): Promise<void> {
    const name = encodeTopic(key);
    const own = this.#keys.get(name);
    if (own?.token !== token) return;
    this.#keys.delete(name);
    await release(own);
  }

  async close(): Promise<void> {
    this.#hasEnded = true;
    this.#end.clear();
    const owned = [...this.#keys.values()];
    this.#keys.clear();
    await Promise.all(owned.map(release));
  }

  async #take(name: string): Promise<OwnKey | undefined> {
    const lock = await this.#table.take(name);
    if (!lock) return undefined;
    const token = this.#table.tokens.next();
    const own = {
      token: BigInt(token),
      releases: [await this.#table.announce(name, { session: this.#id, token: BigInt(token) }), lock],
    };
    if (Date.now() * 1000 <= token) await pause(1); // the next owner reads a later time, in whatever thread
    if (!this.#hasEnded) {
      this.#keys.set(name, own);
      return own;
    }
    await release(own);
    return undefined;
  }

  #ownership({ session, token }: Owner): Ownership {
    return { node: nodeOfSession(session), token, isOwn: session === this.#id };
  }
}

/** The owner first: a thread that finds the key free finds no owner either. */
async function release({ releases }: OwnKey): Promise<void> {
  for (const release of releases) await release();
}

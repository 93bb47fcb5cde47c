/**
 * Owners of keys in Redis: for economy, not for correctness. A failover may forget who owns what.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { Pauses } from "../../base/pause.ts";
import { quoted } from "../../base/printable.ts";
import type { OwnerEngine, OwnerSession, Ownership } from "../../cluster/owner_engine.ts";
import { encodeTopic } from "../../pubsub/subject.ts";
import { newSessionId, nodeOfSession } from "../_owner_session_id.ts";
import { ask, type CallLink } from "./_call_link.ts";
import type { RedisSettings } from "./options.ts";
import { CLAIM, CLOSE, OPEN, OWNER, RELEASE, RENEW } from "./_owner_scripts.ts";
import type { Script } from "./_script_calls.ts";

/** Calls a script about a session. */
type Call = (what: string, script: Script, key?: string, token?: bigint) => Promise<unknown>;

/** The owner engine of one node. */
export class RedisOwners implements OwnerEngine {
  readonly #link: CallLink;
  readonly #keys: readonly string[];
  readonly #mode: string;

  /** Creates an engine that uses nothing at Redis yet. */
  constructor({ prefix, isDurable }: RedisSettings, link: CallLink) {
    this.#link = link;
    this.#keys = ["sessions", "keys", "state"].map((name) => `${prefix}.{o}.${name}`);
    this.#mode = isDurable ? "durable" : "";
  }

  async open(node: string, ttlMs: number): Promise<OwnerSession> {
    const id = newSessionId(node);
    const ttl = String(Math.ceil(ttlMs * 1000));
    const call: Call = (what, script, key = "", token = 0n) => {
      const args = [id, key, ttl, this.#mode, `${token}`];
      return ask(this.#link, what, (calls) => calls.call(script, this.#keys, args));
    };
    await call("open a session", OPEN);
    return new RedisOwnerSession(id, call);
  }
}

class RedisOwnerSession implements OwnerSession {
  readonly #id: string;
  readonly #call: Call;
  readonly #pauses = new Pauses();
  #isClosed = false;

  constructor(id: string, call: Call) {
    this.#id = id;
    this.#call = call;
  }

  async renew(): Promise<boolean> {
    return await this.#call("renew a session", RENEW) === 1;
  }

  async claim(key: string): Promise<Ownership> {
    const what = `claim ${quoted(key)}`;
    while (!this.#isClosed) {
      const reply = await this.#call(what, CLAIM, encodeTopic(key));
      const owner = this.#readOwner(reply);
      if (owner) return owner;
      const [waitUs] = reply as readonly Buffer[];
      if (!waitUs) break;
      await this.#pauses.pause(Math.ceil(Number(waitUs) / 1000));
    }
    throw new Error(`Cannot ${what}: the session of node "${nodeOfSession(this.#id)}" has ended`);
  }

  async ownerOf(key: string): Promise<Ownership | undefined> {
    return this.#readOwner(await this.#call(`find the owner of ${quoted(key)}`, OWNER, encodeTopic(key)));
  }

  async release(key: string, token: bigint): Promise<void> {
    await this.#call(`release ${quoted(key)}`, RELEASE, encodeTopic(key), token);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pauses.end();
    await this.#call("close a session", CLOSE).catch(() => {}); // it ends by itself
  }

  #readOwner(reply: unknown): Ownership | undefined {
    const [session, token] = reply as readonly Buffer[];
    if (!session || !token) return undefined;
    const id = session.toString("latin1");
    return { node: nodeOfSession(id), token: BigInt(token.toString("latin1")), isOwn: id === this.#id };
  }
}

/**
 * The session of a node with the owner engine on NATS.
 *
 * A session is an entry that NATS removes unless it is written again. Its name is never used again, so a session that is
 * gone stays gone, and a key can be taken in two steps: find that the session of its owner is gone, and replace the entry of
 * the key if it still is the one that was read.
 *
 * @module
 */

import { ulid } from "@std/ulid";
import { monotonicMs } from "../../../base/clock.ts";
import { Pauses } from "../../../base/pause.ts";
import { quoted } from "../../../base/printable.ts";
import type { OwnerSession, Ownership } from "../../../cluster/owner_engine.ts";
import { encodeTopic } from "../../../pubsub/subject.ts";
import { isStale } from "../_api_error.ts";
import { decodeKeyEntry, encodeKeyEntry, type KeyEntry, nextToken } from "./_key_entry.ts";
import { KeyUpkeep } from "./_key_upkeep.ts";
import type { OwnerLink } from "./_owner_link.ts";
import type { OwnerEntry, OwnerStream, OwnerStreams } from "./_owner_streams.ts";

/** The entry of a session that was ended. */
const ENDED = { ended: true };

/** How often an entry is tried again that is changed at the same time. */
const MAX_ATTEMPTS = 20;

/** What came of an attempt to take a key. */
type Attempt = Ownership | { readonly waitMs: number } | "ended" | "changed";

/** A session. Its clock is that of NATS, as of the last renewal. */
export class NatsOwnerSession implements OwnerSession {
  readonly #id = ulid();
  readonly #node: string;
  readonly #ttlMs: number;
  readonly #link: OwnerLink;
  readonly #stream: OwnerStream;
  readonly #upkeep = new KeyUpkeep();
  readonly #pauses = new Pauses();
  #seq = 0;
  #renewedAtMs = 0;
  #isClosed = false;

  private constructor(node: string, ttlMs: number, link: OwnerLink, stream: OwnerStream) {
    this.#node = node;
    this.#ttlMs = ttlMs;
    this.#link = link;
    this.#stream = stream;
  }

  /** Opens a session. */
  static async open(node: string, ttlMs: number, link: OwnerLink): Promise<NatsOwnerSession> {
    return await link.use("open a session", async (streams) => {
      await streams.keys();
      const session = new NatsOwnerSession(node, ttlMs, link, await streams.sessions(ttlMs));
      if (!await session.#write(streams)) throw new Error("it refuses a new session");
      return session;
    });
  }

  /** Renews it. A renewal whose reply was lost counts: nobody else writes this entry but to end the session. */
  async renew(): Promise<boolean> {
    return await this.#link.use("renew a session", async (streams) => {
      if (this.#isClosed) return false;
      try {
        const exists = await this.#write(streams) || await this.#writeAgain(streams);
        if (exists) this.#upkeep.run(streams);
        return exists;
      } catch (thrown) {
        if (isStale(thrown) && !await streams.isThere(this.#stream)) return false;
        throw thrown;
      }
    });
  }

  async claim(key: string): Promise<Ownership> {
    const what = `claim ${quoted(key)}`;
    for (let attempts = 0; attempts < MAX_ATTEMPTS && !this.#isClosed;) {
      const attempt = await this.#link.use(what, (streams) => this.#attempt(streams, encodeTopic(key)));
      if (attempt === "ended") break;
      if (attempt === "changed") attempts++;
      else if ("waitMs" in attempt) await this.#pauses.pause(attempt.waitMs);
      else return attempt;
    }
    throw new Error(
      `Cannot ${what}: the session of node "${this.#node}" has ended, or others change the key all the time`,
    );
  }

  async ownerOf(key: string): Promise<Ownership | undefined> {
    return await this.#link.use(`find the owner of ${quoted(key)}`, async (streams) => {
      const entry = await streams.read(await streams.keys(), encodeTopic(key));
      const owner = decodeKeyEntry(entry?.value);
      return owner && await this.#exists(streams, owner) ? this.#ownership(owner) : undefined;
    });
  }

  async release(key: string, token: bigint): Promise<void> {
    const name = encodeTopic(key);
    this.#upkeep.forget(name, token);
    await this.#link.use(`release ${quoted(key)}`, async (streams) => {
      const keys = await streams.keys();
      for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
        const entry = await streams.read(keys, name);
        const owner = decodeKeyEntry(entry?.value);
        if (!entry || owner?.session !== this.#id || owner.token !== token) return;
        const free = encodeKeyEntry({ ...owner, node: "", session: "" }); // its token is remembered
        if (await streams.write(keys, name, free, entry.seq) !== undefined) return;
      }
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pauses.end();
    await this.#link.use("close a session", (streams) => streams.overwrite(this.#stream, this.#id, ENDED))
      .catch(() => {}); // it ends by itself
  }

  async #write(streams: OwnerStreams, expected = this.#seq): Promise<boolean> {
    const seq = await streams.write(this.#stream, this.#id, { node: this.#node }, expected);
    if (seq === undefined) return false;
    this.#seq = seq;
    this.#renewedAtMs = monotonicMs();
    return true;
  }

  /** Writes in place of an entry that another renewal of this session has written. */
  async #writeAgain(streams: OwnerStreams): Promise<boolean> {
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
      const entry = await streams.read(this.#stream, this.#id);
      if (!isAlive(entry)) return false;
      if (await this.#write(streams, entry.seq)) return true;
    }
    throw new Error("other renewals come between all the time");
  }

  async #attempt(streams: OwnerStreams, name: string): Promise<Attempt> {
    const keys = await streams.keys();
    const [own, entry] = await Promise.all([streams.read(this.#stream, this.#id), streams.read(keys, name)]);
    if (!isAlive(own)) return "ended";
    const nowMs = this.#nowMs(own);
    const waitMs = Math.max(keys.createdMs, this.#stream.createdMs) + this.#ttlMs - nowMs;
    if (waitMs > 0) return { waitMs }; // what was there before may be lost, and owners may not know yet
    const owner = decodeKeyEntry(entry?.value);
    if (owner && owner.session !== "" && !await this.#isGone(streams, owner, nowMs)) {
      if (owner.session === this.#id) this.#upkeep.keep(name, owner, entry?.seq ?? 0);
      return this.#ownership(owner);
    }
    return await this.#take(streams, name, entry, nextToken(nowMs, owner?.token ?? 0n));
  }

  async #take(streams: OwnerStreams, name: string, entry: OwnerEntry | undefined, token: bigint): Promise<Attempt> {
    const own: KeyEntry = { node: this.#node, session: this.#id, ttlMs: this.#ttlMs, token };
    const seq = await streams.write(await streams.keys(), name, encodeKeyEntry(own), entry?.seq ?? 0);
    if (seq === undefined) return "changed";
    this.#upkeep.keep(name, own, seq);
    return this.#ownership(own);
  }

  /** Ends the session of an owner that seems to be gone, in the log of its stream: a late renewal finds that. */
  async #isGone(streams: OwnerStreams, owner: KeyEntry, nowMs: number): Promise<boolean> {
    if (owner.session === this.#id) return false;
    const stream = await streams.sessions(owner.ttlMs);
    if (stream.createdMs + owner.ttlMs > nowMs && stream.name !== this.#stream.name) return false; // may be lost
    const entry = await streams.read(stream, owner.session);
    if (entry) return !isAlive(entry);
    return await streams.write(stream, owner.session, ENDED, 0) !== undefined;
  }

  async #exists(streams: OwnerStreams, { session, ttlMs }: KeyEntry): Promise<boolean> {
    if (session === "") return false;
    return isAlive(await streams.read(await streams.sessions(ttlMs), session));
  }

  /** The clock of NATS: when it stored the last renewal, and what has passed since the reply. */
  #nowMs({ seq, atMs }: OwnerEntry): number {
    return seq === this.#seq ? atMs + monotonicMs() - this.#renewedAtMs : atMs;
  }

  #ownership({ node, session, token }: KeyEntry): Ownership {
    return { node, token, isOwn: session === this.#id };
  }
}

function isAlive(entry: OwnerEntry | undefined): entry is OwnerEntry {
  return entry !== undefined && (entry.value as Partial<typeof ENDED> | undefined)?.ended !== true;
}

/**
 * A store for the states of servers by key at NATS: an entry has the state and the highest token that was seen, and is
 * replaced only by those who know its number, the revision.
 *
 * @module
 */

import { quoted } from "../../../base/printable.ts";
import type { LoadedState, OwnerStore } from "../../../cluster/owner_store.ts";
import type { JsonOrBytes } from "../../../protocol/payload.ts";
import { encodeTopic } from "../../../pubsub/subject.ts";
import type { OwnerLink } from "./_owner_link.ts";
import type { OwnerStreams } from "./_owner_streams.ts";
import { decodeStateEntry, encodeStateEntry, type StateEntry } from "./_state_entry.ts";

/** How often an entry is tried again that others change at the same time. Two owners need two. */
const MAX_ATTEMPTS = 20;
/** Of how many keys the revision is remembered. When there are more, all are read again. */
const MAX_REMEMBERED = 100_000;

/** The last entry of a key that this node has written. */
interface Written {
  readonly seq: number;
  readonly token: bigint;
}

/** The store of one node. */
export class NatsStore implements OwnerStore {
  readonly #link: OwnerLink;
  readonly #written = new Map<string, Written>();

  /** Creates a store that uses nothing at NATS yet. */
  constructor(link: OwnerLink) {
    this.#link = link;
  }

  async load(key: string, token: bigint): Promise<LoadedState> {
    const what = `load the state of ${quoted(key)}`;
    if (!this.#link.isStarted) {
      throw new TypeError(`Cannot ${what}: no PubSub has started the store's adapter; give it to one of its own`);
    }
    const entry = await this.#replace(what, key, token, (state) => state);
    if (entry.token > token) return { status: "refused", token: entry.token };
    return { status: "loaded", state: entry.state };
  }

  async save(key: string, state: JsonOrBytes, token: bigint): Promise<"saved" | "refused"> {
    const what = `save the state of ${quoted(key)}`;
    const name = encodeTopic(key);
    const known = this.#written.get(name);
    if (known?.token === token) { // it most likely still is the last: one round trip, and the state is not read
      const isSaved = await this.#link.use(what, (streams) => this.#write(streams, name, { token, state }, known.seq));
      if (isSaved) return "saved";
    }
    return (await this.#replace(what, key, token, () => state)).token > token ? "refused" : "saved";
  }

  /** Replaces the entry of a key, unless it has a higher token. Returns the entry that is there now. */
  #replace(
    what: string,
    key: string,
    token: bigint,
    next: (state: StateEntry["state"]) => StateEntry["state"],
  ): Promise<StateEntry> {
    const name = encodeTopic(key);
    return this.#link.use(what, async (streams) => {
      for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
        const found = await streams.read(await streams.states(), name);
        const last = found ? decodeStateEntry(found.value) : undefined;
        if (last && last.token > token) return last;
        const entry = { token, state: next(last?.state) };
        if (await this.#write(streams, name, entry, found?.seq ?? 0)) return entry;
      }
      throw new Error("others change it all the time");
    });
  }

  /** Writes an entry in place of that of the number `seq`. Returns whether it was still the last one. */
  async #write(streams: OwnerStreams, name: string, entry: StateEntry, seq: number): Promise<boolean> {
    this.#written.delete(name); // if this fails, it is not known what is there
    const written = await streams.write(await streams.states(), name, encodeStateEntry(entry), seq);
    if (written === undefined) return false;
    if (this.#written.size >= MAX_REMEMBERED) this.#written.clear();
    this.#written.set(name, { seq: written, token: entry.token });
    return true;
  }
}

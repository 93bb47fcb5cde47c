/**
 * Writes the entries of owned keys again before NATS removes them.
 *
 * @module
 */

import { monotonicMs } from "../../../base/clock.ts";
import { decodeKeyEntry, encodeKeyEntry, type KeyEntry } from "./_key_entry.ts";
import { KEPT_MS, type OwnerEntry, type OwnerStreams } from "./_owner_streams.ts";

/** At most so many with one renewal of the session. */
const MAX_AT_ONCE = 100;

type Streams = Pick<OwnerStreams, "keys" | "read" | "write">;

interface Kept {
  readonly entry: KeyEntry;
  readonly seq: number;
  readonly atMs: number;
}

/** The keys of one session, those that were written first in front. */
export class KeyUpkeep {
  readonly #keys = new Map<string, Kept>();

  /** A key was written, or found. */
  keep(name: string, entry: KeyEntry, seq: number): void {
    const known = this.#keys.get(name);
    if (known?.seq === seq) return;
    this.#keys.delete(name);
    this.#keys.set(name, { entry, seq, atMs: monotonicMs() });
  }

  /** A key is released that was claimed with this token. */
  forget(name: string, token: bigint): void {
    if (this.#keys.get(name)?.entry.token === token) this.#keys.delete(name);
  }

  /** Writes what is older than a third of the time for which entries are kept. Called with each renewal. */
  run(streams: Streams): void {
    const oldMs = monotonicMs() - KEPT_MS / 3;
    let count = 0;
    for (const [name, kept] of this.#keys) {
      if (kept.atMs > oldMs || count++ >= MAX_AT_ONCE) return;
      this.#renew(streams, name, kept).catch(() => {}); // tried again with the next renewal
    }
  }

  /**
   * The token stays. If the entry is another one by now, it is no longer that of this session, or is being released; unless
   * the reply to an earlier attempt was lost.
   */
  async #renew(streams: Streams, name: string, { entry, seq }: Kept): Promise<void> {
    const keys = await streams.keys();
    const written = await streams.write(keys, name, encodeKeyEntry(entry), seq) ??
      seqOfSame(entry, await streams.read(keys, name));
    if (this.#keys.get(name)?.seq !== seq) return;
    if (written === undefined) this.#keys.delete(name);
    else this.keep(name, entry, written);
  }
}

/** Returns the number of an entry, if it is of the same session. */
function seqOfSame({ session }: KeyEntry, found: OwnerEntry | undefined): number | undefined {
  return decodeKeyEntry(found?.value)?.session === session ? found?.seq : undefined;
}

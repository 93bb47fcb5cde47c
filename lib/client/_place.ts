/**
 * Where a client stands in the history of a topic: what it asks for when it joins again, and what it has already.
 *
 * @module
 */

import { HISTORY_STATE } from "../protocol/events.ts";
import type { HistoryState } from "./library_payloads.ts";

/** What follows a join, and whether the messages that a client has missed can be had. */
export type Recovery =
  /**
   * It has joined for the first time, and nothing was missed: `count` messages follow that the page has asked for, such as
   * with `{ since: "last:20" }`.
   */
  | { readonly kind: "first"; readonly count: number }
  /** They follow: `missed` messages, in order. 0 if there were none. */
  | { readonly kind: "recovered"; readonly missed: number }
  /** They cannot be had, so the client has to load its state anew. Those that are sent from now on follow. */
  | { readonly kind: "lost" };

/** A message of bytes. */
interface Bytes {
  readonly event: string;
  readonly bytes: ArrayBuffer;
  readonly isPush: boolean;
}

/** The place of one channel. */
export class Place {
  readonly #onRecovery: (recovery: Recovery) => void;
  #position: string | undefined;
  /** Bytes carry no position: the last ones, until the message that follows them has confirmed it. */
  #unconfirmed: Bytes | undefined;
  #mayComeAgain = false;

  /** Creates the place of a channel that has not joined. */
  constructor(onRecovery: (recovery: Recovery) => void) {
    this.#onRecovery = onRecovery;
  }

  /** The position of the last message; `undefined` if the topic has no history. */
  get position(): string | undefined {
    return this.#position;
  }

  /**
   * Reads a message. Returns whether it is new.
   *
   * @param joinRef Broadcasts of bytes have none, pushes do.
   */
  read(event: string, payload: unknown, ref: unknown, joinRef: unknown = null): boolean {
    if (event === HISTORY_STATE) this.#readState(payload as HistoryState);
    else if (payload instanceof ArrayBuffer) {
      return this.#readBytes({ event, bytes: payload, isPush: joinRef !== null });
    } else if (typeof ref === "string" && ref.includes(":")) {
      this.#unconfirmed = undefined;
      return this.#advance(ref);
    }
    return true;
  }

  #readState({ recovered, position, missed = 0 }: HistoryState): void {
    const isFirst = this.#position === undefined;
    this.#mayComeAgain = missed > 0;
    if (!this.#mayComeAgain) this.#unconfirmed = undefined;
    this.#advance(position);
    if (recovered === true) {
      this.#onRecovery(isFirst ? { kind: "first", count: missed } : { kind: "recovered", missed });
    }
    if (recovered === false) this.#onRecovery({ kind: "lost" });
  }

  /** The first message of a replay is the one whose position was not confirmed, if there was one. */
  #readBytes(message: Bytes): boolean {
    const last = this.#mayComeAgain ? this.#unconfirmed : undefined;
    this.#mayComeAgain = false;
    this.#unconfirmed = message;
    return last?.event !== message.event || last.isPush !== message.isPush || !areEqual(last.bytes, message.bytes);
  }

  /** Never goes back, if the old messages of a connection overlap with a replay. Returns whether it went on. */
  #advance(position: string): boolean {
    const [epoch, offset] = position.split(":");
    const [current, reached] = this.#position?.split(":") ?? [];
    if (epoch === current && Number(offset) <= Number(reached)) return false;
    this.#position = position;
    return true;
  }
}

function areEqual(a: ArrayBuffer, b: ArrayBuffer): boolean {
  const bytes = new Uint8Array(b);
  return a.byteLength === b.byteLength && new Uint8Array(a).every((byte, at) => byte === bytes[at]);
}

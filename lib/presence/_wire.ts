/**
 * How a tracker sends: messages of a size that the bus carries.
 *
 * @module
 */

import { isInstance } from "../base/foreign.ts";
import type { Log } from "../base/log.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import { TooLargeError } from "../pubsub/errors.ts";
import { type Fragment, MAX_MESSAGE_BYTES } from "./_fragment.ts";
import { reportUnsent } from "./telemetry.ts";

/** Sends messages to the other nodes. May throw: unsent changes are sent later. */
export interface Wire {
  /** Whether what is sent now can arrive. */
  readonly isConnected: boolean;
  /** Sends to all other nodes. */
  broadcast(event: string, payload: unknown): void;
  /** Sends to one node. */
  send(nodeName: string, event: string, payload: unknown): void;
}

/** Something that contains a fragment. */
interface Parcel<M> {
  readonly fragment: Fragment<M> | null;
}

/** Sends, and reports what could not be sent. */
export class Sender {
  readonly #tracker: string;
  readonly #log: () => Log;
  #maxBytes = MAX_MESSAGE_BYTES; // less if the bus has refused that

  /**
   * Creates the sender of a tracker.
   *
   * @param log Returns where it reports.
   */
  constructor(tracker: string, log: () => Log) {
    this.#tracker = tracker;
    this.#log = log;
  }

  /** Sends a message. Returns whether it was sent: the adapter may have lost its connection. */
  attempt(event: string, send: () => void): boolean {
    const error = failureOf(send);
    if (error) this.#report(event, error);
    return !error;
  }

  /**
   * Sends changes in a message that is small enough. An entry that is too large for any message is left out: other nodes
   * see all entries but this one. It must not keep them from seeing the others.
   *
   * @param event The event of the message.
   * @param maxBytes How large the changes may be, as JSON.
   * @param cut Returns changes of at most this size, but one at least.
   * @param send Sends them. `isBare` means: without anything that can be left out, since the message was too large.
   * @returns What was sent; `undefined` if nothing was.
   */
  sendFitting<M, P extends Parcel<M>>(
    event: string,
    maxBytes: number,
    cut: (maxBytes: number) => P,
    send: (parcel: P, isBare: boolean) => void,
  ): P | undefined {
    for (let isBare = false;; isBare = true) {
      const parcel = cut(Math.min(maxBytes, this.#maxBytes));
      const error = failureOf(() => send(parcel, isBare));
      if (!error) return parcel;
      if (!isInstance(error, TooLargeError)) return void this.#report(event, error);
      if (!isBare) continue;
      const size = sizeOf(parcel);
      if (size > 1) this.#maxBytes = Math.min(maxBytes, this.#maxBytes) / 2;
      else return this.#sendWithout(event, error, parcel, send);
    }
  }

  #sendWithout<M, P extends Parcel<M>>(
    event: string,
    error: TooLargeError,
    parcel: P,
    send: (parcel: P, isBare: boolean) => void,
  ): P | undefined {
    const [entry] = parcel.fragment?.entries ?? [];
    const omitted = entry && { topic: entry[1], key: entry[2] };
    this.#report(event, error, omitted);
    if (!omitted) return undefined;
    const rest = { ...parcel, fragment: { ...parcel.fragment, entries: [] } };
    return this.attempt(event, () => send(rest, true)) ? rest : undefined;
  }

  #report(event: string, error: Error, omitted?: { readonly topic: string; readonly key: string }): void {
    reportUnsent({ tracker: this.#tracker, event, error, ...(omitted && { omitted }) }, this.#log());
  }
}

function failureOf(send: () => void): Error | undefined {
  try {
    send();
    return undefined;
  } catch (thrown) {
    return exitReasonOf(thrown);
  }
}

/** The number of things by which a fragment can be made smaller. */
function sizeOf<M>({ fragment }: Parcel<M>): number {
  if (!fragment) return 0;
  const { entries, known, ranges } = fragment;
  return entries.length + known.length + Math.max(0, ranges.length - 1);
}

/**
 * The transfers that a node has requested: what it lacks, from whom, and how much at a time.
 *
 * The requesting node sets the pace, since it knows best what reaches it. It asks for the next piece when it has the
 * last one. A piece that is late makes it wait longer and ask for less: behind a slow link the messages would pile up
 * until the engine disconnects the node, which would then ask for everything again.
 *
 * Pure: messages are sent, and periods counted, by the caller.
 *
 * @module
 */

import { type ReplicaId, replicaId, type ReplicaRef } from "../cluster/replica.ts";
import type { TransferNeed, TransferRest } from "./_cut_fragment.ts";
import { MAX_MESSAGE_BYTES } from "./_fragment.ts";

/** A request to send. */
export interface TransferRequest extends TransferNeed {
  /** The replica to ask. */
  readonly source: ReplicaRef;
}

/** Which request a piece is for: it repeats its clock and the first clock of its rest. */
export type TransferPosition = readonly [clock: number, after: number];

/** How many transfers are under way at a time; others wait. */
const MAX_AT_ONCE = 4;
/** How many pieces are requested in a period: a megabyte. */
const MAX_PIECES_PER_PERIOD = 16;
/** How many periods to wait for a piece, at first and at most, and how small a piece gets. */
const MIN_PATIENCE = 2;
const MAX_PATIENCE = 64;
const MIN_PIECE_BYTES = 4096;

interface Transfer {
  readonly replica: ReplicaRef;
  readonly source: ReplicaRef;
  rest: TransferRest | null;
  /** The request that waits for its piece; `undefined` if the next one may be sent. */
  asked: TransferPosition | undefined;
  periods: number;
  patience: number;
  maxBytes: number;
}

/** Keeps one transfer for each replica about which something is missing. */
export class Transfers {
  readonly #transfers = new Map<ReplicaId, Transfer>(); // the first ones are under way
  #piecesLeft = MAX_PIECES_PER_PERIOD;

  /** Begins a transfer of what is missing of `replica`, unless there is one. */
  want(replica: ReplicaRef, source: ReplicaRef): void {
    const id = replicaId(replica);
    if (this.#transfers.has(id)) return;
    const pace = { periods: 0, patience: MIN_PATIENCE, maxBytes: MAX_MESSAGE_BYTES };
    this.#transfers.set(id, { replica, source, rest: null, asked: undefined, ...pace });
  }

  /** Ends the transfers about a replica, and those from it. */
  drop(replica: ReplicaRef): void {
    const id = replicaId(replica);
    for (const [about, { source }] of this.#transfers) {
      if (about === id || replicaId(source) === id) this.#transfers.delete(about);
    }
  }

  /**
   * Returns the requests to send now.
   *
   * @param clockOf Returns how far a replica is known here.
   */
  next(clockOf: (replica: ReplicaRef) => number): TransferRequest[] {
    const requests: TransferRequest[] = [];
    for (const transfer of [...this.#transfers.values()].slice(0, MAX_AT_ONCE)) {
      if (transfer.asked || this.#piecesLeft === 0) continue;
      this.#piecesLeft--;
      const { replica, source, rest, maxBytes } = transfer;
      const clock = clockOf(replica);
      transfer.asked = [clock, rest?.[0] ?? 0];
      transfer.periods = 0;
      requests.push({ replica, source, clock, rest, maxBytes });
    }
    return requests;
  }

  /**
   * Returns whether a piece is the one that is waited for. Any other one must be ignored: it is a copy, or belongs to a
   * transfer that has ended.
   */
  expects(from: ReplicaRef, replica: ReplicaRef, [clock, after]: TransferPosition): boolean {
    const transfer = this.#transfers.get(replicaId(replica));
    if (!transfer?.asked || replicaId(transfer.source) !== replicaId(from)) return false;
    return transfer.asked[0] === clock && transfer.asked[1] === after;
  }

  /** Goes on after an expected piece was merged. */
  advance(replica: ReplicaRef, rest: TransferRest | null): void {
    const transfer = this.#transfers.get(replicaId(replica));
    if (!transfer) return;
    const hasAdvanced = rest !== null && rest[0] > (transfer.asked?.[1] ?? 0);
    if (!hasAdvanced) return void this.#transfers.delete(replicaId(replica));
    transfer.rest = rest;
    transfer.asked = undefined;
  }

  /** A period has passed: requests that have waited for long enough are repeated. */
  endPeriod(): void {
    this.#piecesLeft = MAX_PIECES_PER_PERIOD;
    for (const [id, transfer] of this.#transfers) {
      if (!transfer.asked || ++transfer.periods < transfer.patience) continue;
      if (transfer.patience >= MAX_PATIENCE) this.#transfers.delete(id); // perhaps another node knows it
      else slowDown(transfer);
    }
  }

  /** Repeats all requests: the connection was lost, and with it whatever was under way. */
  repeat(): void {
    for (const transfer of this.#transfers.values()) if (transfer.asked) slowDown(transfer);
  }
}

function slowDown(transfer: Transfer): void {
  transfer.asked = undefined;
  transfer.patience = Math.min(MAX_PATIENCE, transfer.patience * 2);
  transfer.maxBytes = Math.max(MIN_PIECE_BYTES, transfer.maxBytes / 2);
}

/**
 * The messages between trackers of different nodes, sent over PubSub: plain JSON with any adapter.
 *
 * @module
 */

import { type ClockRange, ClockRanges } from "./_clock_ranges.ts";
import { MAX_NODES } from "../cluster/membership.ts";
import { isReplica, type ReplicaClock, type ReplicaRef } from "../cluster/replica.ts";
import type { TransferNeed, TransferRest } from "./_cut_fragment.ts";
import { type Fragment, type FragmentEntry, MAX_MESSAGE_BYTES } from "./_fragment.ts";
import type { TransferPosition } from "./_transfers.ts";

/** The messages by their event. */
export interface TrackerMessages<M> {
  /** To all nodes: the sender's recent changes, or part of them, and its clocks of all replicas, unless empty. */
  readonly heartbeat: {
    readonly from: ReplicaRef;
    readonly clocks: readonly ReplicaClock[];
    /** Whether the receiver should send its clock (`clocks`) at once if the sender is behind it. */
    readonly asks: boolean;
    readonly delta: Fragment<M> | null;
  };
  /** To one node: how far the sender is, so that the receiver requests what it lacks at once. */
  readonly clocks: { readonly from: ReplicaRef; readonly clocks: readonly ReplicaClock[] };
  /** To one node: requests what the sender lacks of one replica. */
  readonly transfer_req: TransferNeed & { readonly from: ReplicaRef };
  /** To one node: a piece of what it requested; no fragment if there is nothing more. */
  readonly transfer_ack: {
    readonly from: ReplicaRef;
    readonly replica: ReplicaRef;
    /** The request. */
    readonly at: TransferPosition;
    readonly fragment: Fragment<M> | null;
    readonly rest: TransferRest | null;
  };
  /** To all nodes: the sender leaves, and will not come back. */
  readonly permdown: { readonly from: ReplicaRef };
}

/** A message with its event. */
export type TrackerMessage<M> = {
  readonly [E in keyof TrackerMessages<M>]: { readonly event: E; readonly payload: TrackerMessages<M>[E] };
}[keyof TrackerMessages<M>];

/**
 * Parses a message of another node.
 *
 * Whoever can write to the bus may have sent it. So its numbers and lengths are checked, and entries must belong to the
 * clocks that it covers. Metas are not checked: the other node is expected to run the same program.
 *
 * @returns The message, or `undefined` if it is invalid.
 */
export function readTrackerMessage<M>(event: string, payload: unknown): TrackerMessage<M> | undefined {
  if (!isObject(payload) || !isReplica(payload.from)) return undefined;
  const isValid = Object.hasOwn(VALIDATORS, event) && VALIDATORS[event as keyof typeof VALIDATORS](payload);
  return isValid ? { event, payload } as unknown as TrackerMessage<M> : undefined;
}

/** More of anything than this fits into no message of {@linkcode MAX_MESSAGE_BYTES}. */
const MAX_ITEMS = MAX_MESSAGE_BYTES / 2;

type Fields = Readonly<Record<string, unknown>>;

const VALIDATORS: Readonly<Record<keyof TrackerMessages<unknown>, (payload: Fields) => boolean>> = {
  heartbeat: ({ clocks, asks, delta }) =>
    isClocks(clocks) && typeof asks === "boolean" && (delta === null || isFragment(delta)),
  clocks: ({ clocks }) => isClocks(clocks),
  transfer_req: ({ replica, clock, rest, maxBytes }) =>
    isReplica(replica) && isReached(clock) && isRest(rest) && isClock(maxBytes),
  transfer_ack: ({ replica, at, fragment, rest }) =>
    isReplica(replica) && isPair(at, isReached) && isRest(rest) && (fragment === null || isFragment(fragment)),
  permdown: () => true,
};

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isList<T>(value: unknown, isItem: (item: unknown) => item is T, maxLength: number): value is T[] {
  return Array.isArray(value) && value.length <= maxLength && value.every(isItem);
}

function isClock(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isReached(value: unknown): value is number {
  return value === 0 || isClock(value);
}

function isPair<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly [T, T] {
  return Array.isArray(value) && value.length === 2 && isItem(value[0]) && isItem(value[1]);
}

function isRest(value: unknown): value is TransferRest | null {
  return value === null || isPair(value, isReached);
}

function isClocks(value: unknown): value is ReplicaClock[] {
  return isList(value, isReplicaClock, MAX_NODES);
}

function isReplicaClock(value: unknown): value is ReplicaClock {
  if (!Array.isArray(value)) return false;
  const [name, vsn, clock] = value;
  return isReplica({ name, vsn }) && isReached(clock);
}

function isRange(value: unknown): value is ClockRange {
  return isPair(value, isClock) && value[0] <= value[1];
}

function isEntry(value: unknown): value is FragmentEntry<unknown> {
  if (!Array.isArray(value)) return false;
  const [clock, topic, key, meta] = value;
  return isClock(clock) && typeof topic === "string" && typeof key === "string" && isObject(meta);
}

function isFragment(value: unknown): value is Fragment<unknown> {
  if (!isObject(value) || !isReplica(value.replica)) return false;
  const { ranges, entries, known } = value;
  if (!isList(ranges, isRange, MAX_ITEMS) || !isList(known, isClock, MAX_ITEMS)) return false;
  if (!isList(entries, isEntry, MAX_ITEMS)) return false;
  const covered = new ClockRanges(ranges);
  return entries.every(([clock]) => covered.has(clock)) && known.every((clock) => covered.has(clock));
}

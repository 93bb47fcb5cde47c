/**
 * The messages between trackers of different nodes, sent over PubSub: plain JSON with any adapter.
 *
 * @module
 */

import type { ClockRange } from "./_clock_ranges.ts";
import type { Fragment, FragmentEntry } from "./_fragment.ts";
import type { ReplicaClock, ReplicaRef } from "../cluster/replica.ts";

/** The messages by their event. */
export interface TrackerMessages<M> {
  /** To all nodes: the sender is up. Contains its clocks of all replicas and its recent changes, or part of them. */
  readonly heartbeat: {
    readonly from: ReplicaRef;
    readonly clocks: readonly ReplicaClock[];
    readonly delta: Fragment<M> | null;
  };
  /** To one node: requests missing changes. Contains the sender's clocks of all replicas. */
  readonly transfer_req: { readonly from: ReplicaRef; readonly clocks: readonly ReplicaClock[] };
  /** To one node: the requested changes, or part of them. */
  readonly transfer_ack: { readonly from: ReplicaRef; readonly fragment: Fragment<M> };
  /** To all nodes: the sender leaves, and this run of it will not come back. */
  readonly permdown: { readonly from: ReplicaRef };
}

/** A message with its event. */
export type TrackerMessage<M> = {
  readonly [E in keyof TrackerMessages<M>]: { readonly event: E; readonly payload: TrackerMessages<M>[E] };
}[keyof TrackerMessages<M>];

/**
 * Parses a message of another node. Metas are not checked: the other node is expected to run the same program.
 *
 * @returns The message, or `undefined` if it is invalid.
 */
export function readTrackerMessage<M>(event: string, payload: unknown): TrackerMessage<M> | undefined {
  if (!isObject(payload) || !isReplica(payload.from)) return undefined;
  const isValid = Object.hasOwn(VALIDATORS, event) && VALIDATORS[event as keyof typeof VALIDATORS](payload);
  return isValid ? { event, payload } as unknown as TrackerMessage<M> : undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const VALIDATORS: Readonly<Record<keyof TrackerMessages<unknown>, (payload: Fields) => boolean>> = {
  heartbeat: ({ clocks, delta }) => isList(clocks, isReplicaClock) && (delta === null || isFragment(delta)),
  transfer_req: ({ clocks }) => isList(clocks, isReplicaClock),
  transfer_ack: ({ fragment }) => isFragment(fragment),
  permdown: () => true,
};

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isList<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}

function isClock(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isVsn(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.includes(" ");
}

function isReplica(value: unknown): value is ReplicaRef {
  return isObject(value) && typeof value.name === "string" && isVsn(value.vsn);
}

function isReplicaClock(value: unknown): value is ReplicaClock {
  if (!Array.isArray(value)) return false;
  const [name, vsn, clock] = value;
  return typeof name === "string" && isVsn(vsn) && (clock === 0 || isClock(clock));
}

function isRange(value: unknown): value is ClockRange {
  return Array.isArray(value) && isClock(value[0]) && isClock(value[1]) && value[0] <= value[1];
}

function isEntry(value: unknown): value is FragmentEntry<unknown> {
  if (!Array.isArray(value)) return false;
  const [clock, topic, key, meta] = value;
  return isClock(clock) && typeof topic === "string" && typeof key === "string" && isObject(meta);
}

function isFragment(value: unknown): value is Fragment<unknown> {
  return isObject(value) && isReplica(value.replica) && isList(value.ranges, isRange) &&
    isList(value.entries, isEntry) && isList(value.known, isClock);
}

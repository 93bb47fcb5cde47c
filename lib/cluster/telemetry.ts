/**
 * Telemetry events of keyed servers.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";

/**
 * No server was started for a key, because the limit of keys was reached.
 *
 * @category Servers by key
 */
export interface KeyedServersFullEvent {
  /** The name of the servers. */
  readonly name: string;
  /** The key. It may come from a client: escape it before you write it to a log. */
  readonly key: string;
  /** The maximum number of keys. */
  readonly maxKeys: number;
}

/** Emitted for each key that was refused. */
export const keyedServersFull = telemetryEvent<KeyedServersFullEvent>("urvogel:keyed:full");

/**
 * Another node came up, went silent, or is gone for good.
 *
 * @category Telemetry and logs
 */
export interface NodeChangedEvent {
  /** The node that noticed. */
  readonly node: string;
  /** The node that changed. */
  readonly other: string;
  /** Its new status. */
  readonly status: "up" | "down" | "gone";
}

/**
 * A message on one of the library's own topics is malformed. It was ignored.
 *
 * @category Telemetry and logs
 */
export interface NodeMessageMalformedEvent {
  /** The node that received it. */
  readonly node: string;
  /** The kind of message. */
  readonly event: string;
}

/** `urvogel:node:changed` */
export const nodeChanged = telemetryEvent<NodeChangedEvent>("urvogel:node:changed");
/** `urvogel:node:malformed` */
export const nodeMessageMalformed = telemetryEvent<NodeMessageMalformedEvent>("urvogel:node:malformed");

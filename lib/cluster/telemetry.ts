/**
 * Telemetry events of nodes and of keyed servers.
 *
 * @module
 */

import type { Log, Report } from "../base/log.ts";
import { oneLine, quoted } from "../base/printable.ts";
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

/**
 * A cast of another node was refused: the server has no such cast, it is not exposed, or the request does not fit its schema.
 * The sender does not know. It may be of another version of the program.
 *
 * @category Telemetry and logs
 */
export interface CastRefusedEvent {
  /** The key of the server, or the name under which it is exposed. */
  readonly server: string;
  /** The name of the cast. It comes from the other node. */
  readonly name: string;
  /** Why. */
  readonly error: Error;
}

/** `urvogel:node:cast_refused` */
export const castRefused = telemetryEvent<CastRefusedEvent>("urvogel:node:cast_refused");
/** `urvogel:node:changed` */
const nodeChanged = telemetryEvent<NodeChangedEvent>("urvogel:node:changed");
/** `urvogel:node:malformed` */
export const nodeMessageMalformed = telemetryEvent<NodeMessageMalformedEvent>("urvogel:node:malformed");

/**
 * Emits `urvogel:node:changed`, or logs it if there is no listener: at `"warn"` that a node is down, and its return.
 * Nodes that start and stop are logged at `"info"`.
 *
 * @param isBack Whether the node was reported as down before.
 */
export function reportNodeChange(event: NodeChangedEvent, isBack: boolean, log: Log): void {
  if (nodeChanged.hasListeners) return nodeChanged.emit(event);
  log.write(event.status === "down" || isBack ? "warn" : "info", event, NODE_CHANGED);
}

const NODE_CHANGED: Report<NodeChangedEvent> = {
  kind: "change of another node",
  describe: ({ node, other, status }) => ({ message: `node ${node}: node ${oneLine(other)} is ${status}` }),
};

/**
 * A node lost its session with the owner engine: the servers of all its keys were ended at once.
 *
 * @category Telemetry and logs
 */
export interface OwnerSessionLostEvent {
  /** The node. */
  readonly node: string;
  /** Why it is lost. */
  readonly error: Error;
}

/** `urvogel:owner:session_lost` */
const ownerSessionLost = telemetryEvent<OwnerSessionLostEvent>("urvogel:owner:session_lost");

/** Emits `urvogel:owner:session_lost`, or logs it if there is no listener. */
export function reportSessionLost(event: OwnerSessionLostEvent, log: Log): void {
  if (ownerSessionLost.hasListeners) return ownerSessionLost.emit(event);
  log.write("warn", event, SESSION_LOST);
}

const SESSION_LOST: Report<OwnerSessionLostEvent> = {
  kind: "lost session of owners",
  describe: ({ node, error }) => ({
    message: `node ${node}: gave up all its keys: the session with the owner engine is lost: ${oneLine(error.message)}`,
  }),
};

/**
 * Another node has the name of this one. Neither gets what the other broadcasts, and other nodes know only the one that
 * came last.
 *
 * @category Telemetry and logs
 */
export interface NodeNameTakenEvent {
  /** The name. */
  readonly node: string;
}

/** `urvogel:node:name_taken` */
export const nodeNameTaken = telemetryEvent<NodeNameTakenEvent>("urvogel:node:name_taken");

/** Emits `urvogel:node:name_taken`, or logs it if there is no listener. */
export function reportNameTaken(event: NodeNameTakenEvent, log: Log): void {
  if (nodeNameTaken.hasListeners) return nodeNameTaken.emit(event);
  log.write("error", event, NAME_TAKEN);
}

const NAME_TAKEN: Report<NodeNameTakenEvent> = {
  kind: "name of a node that is taken",
  describe: ({ node }) => ({
    message:
      `node ${node}: another node has the same name, and neither gets what the other broadcasts. Give each run ` +
      'and each thread another "nodeName", or none',
  }),
};

/**
 * A state was not saved from time to time or at the end, or it is not known whether it was.
 *
 * @category Telemetry and logs
 */
export interface OwnerSaveFailedEvent {
  /** The server. */
  readonly server: string;
  /** The key in the store. It may come from a client: escape it before you write it to a log. */
  readonly key: string;
  /** The fencing token of the server. */
  readonly token: bigint;
  /** Why; an `OwnershipLostError` if the store refused it, and the server ended. */
  readonly error: Error;
}

/** `urvogel:owner:save_failed` */
const ownerSaveFailed = telemetryEvent<OwnerSaveFailedEvent>("urvogel:owner:save_failed");

/** Emits `urvogel:owner:save_failed`, or logs it if there is no listener. */
export function reportSaveFailed(event: OwnerSaveFailedEvent, log: Log): void {
  if (ownerSaveFailed.hasListeners) return ownerSaveFailed.emit(event);
  log.write("error", event, SAVE_FAILED);
}

const SAVE_FAILED: Report<OwnerSaveFailedEvent> = {
  kind: "failed save of an owner",
  describe: ({ server, error }) => ({ message: `a state of ${server} was not saved`, fields: { error } }),
};

/**
 * A server that should always run could not be started, and will be tried again.
 *
 * @category Telemetry and logs
 */
export interface StandingFailedEvent {
  /** The name of the servers. */
  readonly name: string;
  /** The key. */
  readonly key: string;
  /** Why it could not be started. */
  readonly error: Error;
}

/** `urvogel:keyed:standing_failed` */
const standingFailed = telemetryEvent<StandingFailedEvent>("urvogel:keyed:standing_failed");

/** Emits `urvogel:keyed:standing_failed`, or logs it if there is no listener. */
export function reportStandingFailed(event: StandingFailedEvent, log: Log): void {
  if (standingFailed.hasListeners) return standingFailed.emit(event);
  log.write("error", event, STANDING_FAILED);
}

const STANDING_FAILED: Report<StandingFailedEvent> = {
  kind: "failed standing server",
  describe: ({ name, key, error }) => ({
    message: `server ${quoted(key)} of ${name}, which should always run, could not be started`,
    fields: { error },
  }),
};

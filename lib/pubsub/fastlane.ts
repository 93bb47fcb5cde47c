/**
 * The fastlane: delivers broadcasts to connections directly, without going through each channel's mailbox.
 *
 * @module
 */

import type { Broadcast } from "./broadcast.ts";

/**
 * Turns broadcasts into frames. Encoders are compared by identity: subscribers with the same one share one frame.
 *
 * @category PubSub
 */
export interface BroadcastEncoder<F = unknown> {
  /**
   * Encodes `broadcast`.
   *
   * @throws {UnencodableError} If this format cannot carry it: the subscriber does not receive it. The same applies to
   * any other error, if protocol V2 can carry the broadcast.
   * @throws {TypeError} If the broadcast itself is invalid: its sender gets the error.
   */
  encodeBroadcast(broadcast: Broadcast): F;
}

/**
 * A set of events.
 *
 * @category PubSub
 */
export interface EventSet {
  /** Returns whether an event is one of them. */
  has(event: string): boolean;
}

/** The `intercepts` of a fastlane that intercepts no events. */
export const NO_EVENTS: EventSet = new Set();

/**
 * A subscriber's connection, which receives broadcasts that the subscriber does not intercept.
 *
 * @category PubSub
 */
export interface Fastlane<F = unknown> {
  /** The connection's format. */
  readonly encoder: BroadcastEncoder<F>;
  /** Events that are sent to the subscriber's mailbox instead. */
  readonly intercepts: EventSet;
  /** Sends a frame that `encoder` made. Must not throw. */
  write(frame: F): void;
}

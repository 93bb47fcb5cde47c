/**
 * The fastlane: how a broadcast reaches connections without a visit to each channel's mailbox.
 *
 * @module
 */

import type { Broadcast } from "./broadcast.ts";

/** Turns broadcasts into frames; compared by identity, so that one frame serves all who share it. */
export interface BroadcastEncoder<F = unknown> {
  /**
   * Encodes `broadcast`.
   *
   * @throws {UnencodableError} If this format has no way to carry it: the subscriber goes without. So it does if anything
   * else is thrown for a broadcast that protocol V2 can carry.
   * @throws {TypeError} If the broadcast itself is wrong: its sender gets the error.
   */
  encodeBroadcast(broadcast: Broadcast): F;
}

/** What a fastlane intercepts whose subscriber sees no event itself. */
export const NO_EVENTS: ReadonlySet<string> = new Set();

/** A subscriber's connection, for broadcasts that nobody has to look at first. */
export interface Fastlane<F = unknown> {
  /** The connection's format. */
  readonly encoder: BroadcastEncoder<F>;
  /** Events that go to the subscriber's mailbox instead. */
  readonly intercepts: ReadonlySet<string>;
  /** Sends a frame that `encoder` made. Must not throw. */
  write(frame: F): void;
}

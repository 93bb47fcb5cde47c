/**
 * The messages of the library to the process of a channel, and the reasons with which they end it.
 *
 * @module
 */

import type { ExitReason } from "../otp/process/exit_reason.ts";

/** The exit reason of a channel whose client has left. */
export const LEFT: ExitReason = { shutdown: "left" };

/** The exit reason of a channel whose client the server has taken out of the topic. */
export const REMOVED: ExitReason = { shutdown: "removed" };

/** The message to a channel that its client has to leave. */
export class Removed {}

/** A client's request to leave. */
export class Leave {
  readonly ref: unknown;

  /** Created when the frame arrives. */
  constructor(ref: unknown) {
    this.ref = ref;
  }
}

/** The message to a channel that its connection was closed. */
export class TransportDown {
  readonly reason: ExitReason;

  /** Creates the message. */
  constructor(reason: ExitReason) {
    this.reason = reason;
  }
}

/** The message to a channel that its client's new token was accepted. */
export class Refreshed<A extends object> {
  readonly assigns: A;

  /** Creates the message. */
  constructor(assigns: A) {
    this.assigns = assigns;
  }
}

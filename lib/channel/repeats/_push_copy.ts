/**
 * A copy of a push whose first is not over yet. It waits for that in the mailbox of the channel that it came to, and what
 * the client sent after it waits behind it: so the pushes of a client are handled in their order, also across a cut.
 *
 * @module
 */

import type { IncomingPush } from "../incoming_push.ts";
import type { OpenPushes } from "./_open_pushes.ts";

/** The process of the channel that a copy came to. */
export interface CopyProcess {
  /** Whether it still runs. */
  readonly alive: boolean;
  /** The pushes that end with it. */
  readonly pushes: OpenPushes;
}

/** The message to a channel that its client has sent a push again. */
export class PushCopy {
  /** The copy, as any push. */
  readonly push: IncomingPush;
  /** Resolves when the first is over: with whether the copy is to be handled, since the first never was. */
  readonly turn: Promise<boolean>;

  /** Begins to wait for the first. */
  constructor(push: IncomingPush, process: CopyProcess) {
    this.push = push;
    this.turn = new Promise((resolve) => push.memory!.queue({ process, resolve }));
  }
}

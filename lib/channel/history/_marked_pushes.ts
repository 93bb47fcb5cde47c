/**
 * The pushes of a handler of `handleOut` for one numbered broadcast. The last of them carries its position, so that a
 * client which is cut off before it gets all of them again.
 *
 * @module
 */

import type { Frame } from "../../protocol/message.ts";

/** A push that waits until it is known whether it is the last one. */
export interface MarkedPush {
  readonly event: string;
  readonly payload: unknown;
  /** Its frame, with the position. */
  readonly frame: Frame;
}

/** What a handler has pushed so far. */
export class MarkedPushes {
  /** The position of the broadcast. */
  readonly position: string;
  #last: MarkedPush | undefined;

  /** Creates a handler's pushes, of which there is none yet. */
  constructor(position: string) {
    this.position = position;
  }

  /** Holds a push back. Returns the one before it, which is not the last. */
  put(push: MarkedPush): MarkedPush | undefined {
    const before = this.#last;
    this.#last = push;
    return before;
  }

  /** Returns the push that is held back, if any, and holds it no longer. */
  take(): MarkedPush | undefined {
    const last = this.#last;
    this.#last = undefined;
    return last;
  }
}

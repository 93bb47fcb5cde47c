/**
 * What goes through all connections of this thread, in numbers.
 *
 * @module
 */

import type { Frame } from "../protocol/message.ts";

/** The numbers of frames and bytes since the program started. */
export interface TrafficCounts {
  /** The number of frames that clients have sent. */
  readonly received: number;
  /** Their size: bytes, or characters of text, which are bytes where the text is ASCII. */
  readonly receivedBytes: number;
  /** The number of frames that were sent to clients. */
  readonly sent: number;
  /** Their size, as that of the received ones. */
  readonly sentBytes: number;
}

/**
 * Counts the frames of all connections. It is always on: two additions for each frame cost less than asking whether
 * somebody wants to know.
 */
class Traffic implements TrafficCounts {
  received = 0;
  receivedBytes = 0;
  sent = 0;
  sentBytes = 0;

  /** Counts a frame of a client. */
  addReceived({ length }: Frame): void {
    this.received++;
    this.receivedBytes += length;
  }

  /** Counts a frame to a client. */
  addSent({ length }: Frame): void {
    this.sent++;
    this.sentBytes += length;
  }
}

/** The traffic of this thread. */
export const traffic: Traffic = new Traffic();

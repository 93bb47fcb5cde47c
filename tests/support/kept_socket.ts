/**
 * The smallest app with history: whoever connects may join `room:*`, whose messages are kept.
 *
 * @module
 */

import { Channel, ok, Socket } from "@urvogel/realtime";

class KeptChannel extends Channel {
  override history = {};
  override join() {
    return ok();
  }
}

/** Its socket. */
export class KeptSocket extends Socket {
  override channels = { "room:*": KeptChannel };
  override connect() {
    return ok();
  }
}

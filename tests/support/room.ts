/**
 * Channels that a test writes in one place: a server whose one channel has the callbacks that the test gives.
 *
 * @module
 */

import { Channel, ok, Socket } from "@urvogel/realtime";
import { FakeServer } from "./fake_client.ts";

/** What the sockets of tests assign. */
export interface User {
  user: string;
}

/** The callbacks of a channel. Those that are left out are the base class's; `join` accepts. */
export type Callbacks = Partial<Omit<Channel<User>, "handlers">>;

class Room extends Channel<User> {
  override join(..._parameters: Parameters<Channel<User>["join"]>): ReturnType<Channel<User>["join"]> {
    return ok();
  }
}

/** A server with the channel `"room:*"`. `callbacks` is called for each join: what it closes over belongs to that. */
export function serveRoom(callbacks: () => Callbacks): FakeServer<User> {
  class TestRoom extends Room {
    constructor() {
      super();
      Object.assign(this, callbacks());
    }
  }
  class TestSocket extends Socket<User> {
    override channels = { "room:*": TestRoom };
    override connect(params: { user?: unknown }) {
      return ok({ user: String(params.user) });
    }
    override id({ user }: User) {
      return user === "nobody" ? null : `user:${user}`;
    }
  }
  return new FakeServer(new TestSocket());
}

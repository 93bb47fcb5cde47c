/**
 * A server to look at from outside: what telemetry, logs and the debug functions tell of it.
 *
 * @module
 */

import {
  Channel,
  type ChannelSocket,
  type JoiningSocket,
  noreply,
  ok,
  type Params,
  refuse,
  reply,
  Socket,
} from "@urvogel/realtime";

/** What connections of this server know. */
export interface Guest {
  name: string;
  apiToken: string;
}

/** Opens when a test says so: `room:slow` joins, and `wait` goes on. */
export class Door {
  #opened = Promise.withResolvers<void>();

  /** Waits for the door to open. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** Opens it, and shuts it behind those who waited. */
  open(): void {
    this.#opened.resolve();
    this.#opened = Promise.withResolvers();
  }
}

/** The door of all slow handlers. */
export const door: Door = new Door();

/** Answers, pushes, broadcasts, waits and fails. */
export class SpokenChannel extends Channel<Guest> {
  override async join(topic: string, _params: unknown, _socket: JoiningSocket<Guest>) {
    if (topic === "room:closed") return refuse({ reason: "closed" });
    if (topic === "room:broken") throw new Error("Cannot join: broken");
    if (topic === "room:slow") await door.opened;
    return ok();
  }

  override handleIn = this.handlers({
    echo: (payload) => reply(payload),
    push: (payload, socket) => this.#push(payload, socket),
    shout: (payload, socket) => {
      socket.broadcast("shouted", payload as object);
      return noreply();
    },
    wait: async (payload) => {
      await door.opened;
      return reply(payload);
    },
    fail: () => {
      throw new Error("Cannot handle: broken");
    },
  });

  #push(payload: unknown, socket: ChannelSocket<Guest>) {
    socket.push("pushed", payload as object);
    return noreply();
  }
}

/** Lets everybody in whose name is not `nobody`. */
export class SpokenSocket extends Socket<Guest> {
  override channels = { "room:*": SpokenChannel };

  override connect({ name = "ann" }: Params) {
    if (name === "broken") throw new Error("Cannot connect: broken");
    return name === "nobody" ? refuse() : ok({ name: String(name), apiToken: "sesame" });
  }

  override id({ name }: Guest) {
    return `user:${name}`;
  }
}

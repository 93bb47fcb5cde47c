/**
 * The list, and the channels of the pages that show it.
 *
 * @module
 */

import { Agent, channelOf, Endpoint, ok, reply, replyError, Socket } from "@urvogel/realtime";
import { list } from "./contract.ts";

interface Item {
  readonly id: number;
  readonly text: string;
  readonly isDone: boolean;
}

const MAX_ITEMS = 50;

/** The items. One change at a time, so no page undoes what another has just done. */
const items = await Agent.start<readonly Item[]>(() => []);

class ListChannel extends channelOf(list) {
  override async join() {
    return ok({ items: [...await items.get((all) => all)] });
  }

  override handleIn = this.handlers({
    add: async ({ text }) => {
      const isAdded = await this.#change((all) =>
        all.length < MAX_ITEMS ? [...all, { id: all.length, text, isDone: false }] : all
      );
      return isAdded ? reply() : replyError({ reason: "the list is full" });
    },
    check: async ({ id, isDone }) => {
      await this.#change((all) => all.map((item) => item.id === id ? { ...item, isDone } : item));
      return reply();
    },
  });

  /** Changes the items, and shows them to all. Returns whether anything has changed. */
  async #change(change: (all: readonly Item[]) => readonly Item[]): Promise<boolean> {
    const after = await items.getAndUpdate((before) => {
      const after = change(before);
      return reply(after === before ? undefined : after, after);
    });
    if (after) this.socket.broadcast("items", { items: [...after] });
    return after !== undefined;
  }
}

/** The connection of a page. */
export class ListSocket extends Socket {
  override channels = { list: ListChannel };

  override connect() {
    return ok();
  }
}

/** Where pages connect. */
export const endpoint = new Endpoint({ sockets: { "/socket": ListSocket } });

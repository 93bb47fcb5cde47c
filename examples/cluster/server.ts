/**
 * One of the servers: a room, who is in it, and a page.
 *
 * @module
 */

import {
  channelOf,
  Endpoint,
  ok,
  type Params,
  Presence,
  PubSub,
  refuse,
  reply,
  replyError,
  Socket,
} from "@urvogel/realtime";
import { contract } from "@urvogel/realtime/contract";
import phoenix from "phoenix" with { type: "text" };
import * as z from "zod";
import { adapterOf } from "./bus.ts";
import page from "./page.html" with { type: "text" };

/** The one line that makes several servers one. */
const pubsub = new PubSub({ adapter: await adapterOf(Deno.env.get("ADAPTER")) });
await pubsub.ready;

const people = new Presence<Record<never, never>>({ pubsub });

interface Person {
  readonly name: string;
}

const room = contract({
  in: { say: { payload: z.object({ text: z.string().min(1).max(2000) }) } },
  out: { message: { payload: z.object({ from: z.string(), text: z.string() }) } },
});

class RoomChannel extends channelOf(room)<Person> {
  // The engine keeps it, for who was away, or comes back to another server.
  override history = { maxMessages: 200, maxAgeMs: 60 * 60_000 };

  override join() {
    return ok();
  }

  override afterJoin() {
    people.track(this.socket, this.socket.assigns.name, {});
    people.pushState(this.socket);
  }

  override handleIn = this.handlers({
    say: async ({ text }, socket) => {
      try {
        await socket.publish("message", { from: socket.assigns.name, text });
        return reply();
      } catch {
        return replyError({ reason: "not sent: the other servers cannot be reached" }); // the engine is away
      }
    },
  });
}

class PersonSocket extends Socket<Person> {
  override channels = { "room:lobby": RoomChannel };

  override connect({ name }: Params) {
    return typeof name === "string" && /^[\w-]{1,20}$/.test(name) ? ok({ name }) : refuse();
  }
}

/** Where people connect. */
export const endpoint = new Endpoint({ pubsub, sockets: { "/socket": PersonSocket } });

const FILES: Readonly<Record<string, readonly [type: string, text: string]>> = {
  "/": ["text/html; charset=utf-8", page],
  "/phoenix.js": ["text/javascript; charset=utf-8", phoenix],
};

/** Responds to a request for the page; returns `undefined` if it is for something else. */
export function answerPage(request: Request): Response | undefined {
  const [type, text] = FILES[new URL(request.url).pathname] ?? [];
  return type === undefined ? undefined : new Response(text, { headers: { "content-type": type } });
}

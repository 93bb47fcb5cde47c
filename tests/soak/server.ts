/**
 * The server of the soak, a program of its own: prints the port that it listens on. `GET /census` collects garbage and
 * tells what there is.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import {
  Channel,
  Endpoint,
  listProcesses,
  noreply,
  ok,
  onTelemetry,
  type Params,
  reply,
  Socket,
} from "@urvogel/realtime";
import { timers } from "../../lib/base/timer_wheel.ts";
import type { App } from "../support/serve.ts";
import { FRAMES, NATIVE } from "../support/transports.ts";
import type { Census } from "./census.ts";

/** What all in the soak speak: members tell each other things, and one may make its channel fail. */
class RoomChannel extends Channel {
  override join() {
    return ok();
  }

  override handleIn = this.handlers({
    echo: (payload) => reply(payload),
    say: (payload, socket) => {
      socket.broadcast("said", payload as object);
      return reply();
    },
    crash: () => {
      throw new Error("asked to");
    },
    "*": () => noreply(),
  });
}

class RoomSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override async connect({ slow }: Params) {
    if (slow !== undefined) await delay(40);
    return ok();
  }
}

const counts = { crashes: 0, malformed: 0, lostHandshakes: 0 };
const faults: string[] = [];
onTelemetry("urvogel:process:crashed", () => counts.crashes++); // printed if nobody listens
onTelemetry("urvogel:socket:malformed_frame", () => counts.malformed++);
onTelemetry("urvogel:limit:hit", ({ limit, connection }) => {
  if (limit === "connectTimeoutMs" && connection) counts.lostHandshakes++;
});
onTelemetry("urvogel:socket:failed", ({ error }) => void faults.push(String(error)));
addEventListener("error", (event) => {
  event.preventDefault();
  faults.push(`uncaught: ${event.error?.stack ?? event.message}`);
});
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  faults.push(`unhandled: ${event.reason?.stack ?? event.reason}`);
});

const endpoint = new Endpoint({ sockets: { "/socket": [RoomSocket, { longpoll: true }] } });

declare function gc(): void; // --expose-gc

/** Counts what there is, once garbage is gone. */
async function takeCensus(): Promise<Census> {
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20)); // finalizers run between
  }
  const { rss, heapUsed } = Deno.memoryUsage();
  return {
    rssBytes: rss,
    heapBytes: heapUsed,
    connections: endpoint.connectionCount,
    processes: listProcesses().length,
    topics: endpoint.pubsub.topicCount,
    timers: timers.size,
    descriptors: [...Deno.readDirSync("/proc/self/fd")].length,
    ...counts,
    faults,
  };
}

const app: App = {
  async fetch(request, info) {
    if (new URL(request.url).pathname === "/census") return Response.json(await takeCensus());
    return await endpoint.fetch(request, info);
  },
};
const transport = Deno.env.get("TRANSPORT") === "frames" ? FRAMES : NATIVE;
const { port } = await transport.serve(app);
console.log(`port ${port}`);

/**
 * What leaves a node while it shuts down, and in which order; and programs that only broadcast.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { stub } from "@std/testing/mock";
import {
  type Broadcast,
  Endpoint,
  Presence,
  PubSub,
  type PubSubAdapter,
  type Service,
  shutdownOnSignalWith,
  spawn,
} from "@urvogel/realtime";
import { connect, settle } from "@urvogel/realtime/testing";
import { EndpointNode } from "../support/endpoint_cluster.ts";
import { Leaks } from "../support/leaks.ts";
import { Hub } from "../support/pubsub_hub.ts";

/** Notes the last things that an adapter does, except for heartbeats. */
function noting(adapter: PubSubAdapter, notes: string[]): PubSubAdapter {
  const note = ({ topic, event }: Broadcast) => {
    if (event !== "heartbeat") notes.push(`${topic.startsWith("urvogel:presence") ? "presence" : topic} ${event}`);
  };
  return {
    nodeName: adapter.nodeName,
    get isConnected() {
      return adapter.isConnected;
    },
    start: (node) => adapter.start(node),
    broadcast(broadcast) {
      note(broadcast);
      adapter.broadcast(broadcast);
    },
    directBroadcast: (node, broadcast) => adapter.directBroadcast(node, broadcast),
    stop() {
      notes.push("adapter stops");
      return adapter.stop();
    },
  };
}

/** Runs what a signal runs, with an exit that is noted. */
async function endBySignal(notes: string[], ...services: readonly (Service | AsyncDisposable)[]): Promise<void> {
  const listeners: (() => void)[] = [];
  const exited = Promise.withResolvers<void>();
  using _add = stub(Deno, "addSignalListener", (signal, listener) => {
    if (signal === "SIGTERM") listeners.push(listener);
  });
  using _remove = stub(Deno, "removeSignalListener", () => {});
  using _exit = stub(Deno, "exit", (code) => {
    notes.push(`exit ${code}`);
    exited.resolve();
    return undefined as never;
  });
  using _listening = shutdownOnSignalWith({ guardLargeTexts: false }, ...services);
  for (const listener of listeners) listener();
  await exited.promise;
}

Deno.test("shutdownOnSignal() ends with presence's farewell, then the adapter, then the program", async () => {
  using _ = new Leaks();
  const [hub, notes] = [new Hub(), [] as string[]];
  const pubsub = new PubSub({ adapter: noting(hub.adapter("a"), notes) });
  const presence = new Presence({ pubsub, name: "people", permdownOnShutdown: true });
  await using other = new EndpointNode(hub, "b");
  const endpoint = new Endpoint({ pubsub, sockets: {} });
  await settle();
  const member = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  });
  presence.track({ self: member, topic: "room:1" }, "ann", {});
  await settle();
  notes.length = 0;
  const service = { shutdown: () => void pubsub.broadcast("room:1", "last words", {}) };
  await endBySignal(notes, endpoint, service);
  member.exit("shutdown");
  const farewell = notes.findIndex((note) => note.startsWith("presence"));
  assertEquals(notes.at(0), "room:1 last words");
  assertGreater(farewell, 0);
  assertEquals(notes.slice(-2), ["adapter stops", "exit 0"]);
  assertEquals(notes.includes("urvogel:nodes bye"), true);
  assertEquals(other.endpoint.nodes().map(({ name }) => name), ["b"]);
});

Deno.test("shutdownOnSignal() stops a PubSub that several endpoints share once, after the last of them", async () => {
  using _ = new Leaks();
  const notes: string[] = [];
  const pubsub = new PubSub({ adapter: noting(new Hub().adapter("a"), notes) });
  const endpoints = [new Endpoint({ pubsub, sockets: {} }), new Endpoint({ pubsub, sockets: {} })];
  await settle();
  const service = { shutdown: () => void notes.push("service ends") };
  await endBySignal(notes, ...endpoints, service, { shutdown: () => pubsub.stop() });
  assertEquals(notes, ["service ends", "urvogel:nodes bye", "adapter stops", "exit 0"]);
});

Deno.test("Endpoint.shutdown() leaves a PubSub that was passed in running", async () => {
  const notes: string[] = [];
  const pubsub = new PubSub({ adapter: noting(new Hub().adapter("a"), notes) });
  await new Endpoint({ pubsub, sockets: {} }).shutdown();
  assertEquals(notes, []);
  pubsub.broadcast("room:1", "said", {});
  await pubsub.stop();
  assertEquals(notes, ["room:1 said", "urvogel:nodes bye", "adapter stops"]);
});

Deno.test("A program without a server broadcasts, and is no node while it does", async () => {
  using _ = new Leaks();
  const hub = new Hub();
  await using node = new EndpointNode(hub, "a");
  await using ann = await connect(node.endpoint, { user: "ann" });
  const room = await ann.join("room:1");

  const pubsub = new PubSub({ adapter: hub.adapter("script") });
  await pubsub.ready;
  pubsub.broadcast("room:1", "said", { by: "cron" });
  pubsub.broadcast("user:nobody", "disconnect", {});
  await pubsub.stop();

  await room.assertPush("said", { by: "cron" });
  assertEquals(node.endpoint.nodes().map(({ name }) => name), ["a"]);
  assertEquals((await node.endpoint.confirmDisconnect("user:ann")).missing, []);
});

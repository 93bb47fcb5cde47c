/**
 * Batches over real sockets: what leaves together, and for whom.
 */

import { assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  Channel,
  type ChannelSocket,
  Endpoint,
  noreply,
  ok,
  reply,
  Socket,
  type WebSocketOptions,
} from "@urvogel/realtime";
import { nextTurn } from "../../lib/base/pause.ts";
import { decodeServerFrame } from "../../lib/protocol/server_frames.ts";
import { RawClient } from "../support/raw_client.ts";
import { serve } from "../support/serve.ts";

/** What the channel does when it is asked to. `"turn"` waits for the next turn of the event loop. */
type Step = { readonly push: unknown } | { readonly bytes: readonly number[] } | "turn";

async function play(step: Step, socket: ChannelSocket): Promise<void> {
  if (step === "turn") await nextTurn();
  else if ("push" in step) socket.push("pushed", { value: step.push });
  else socket.push("pushed", Uint8Array.from(step.bytes));
}

/** A server whose channel does what clients ask it to. */
function serveScripts(websocket: WebSocketOptions = {}) {
  class ScriptChannel extends Channel {
    override join() {
      return ok();
    }
    override handleIn = this.handlers({
      echo: (payload) => reply(payload),
      shout: (payload, socket) => {
        socket.broadcast("shouted", payload as object);
        return noreply();
      },
      play: async (payload, socket) => {
        for (const step of (payload as { steps: Step[] }).steps) await play(step, socket);
        return reply({});
      },
      throw_out: (_payload, socket) => {
        for (const n of [1, 2]) socket.push("last", { n });
        endpoint.disconnect("user:all");
        return noreply();
      },
    });
  }
  class ScriptSocket extends Socket {
    override channels = { "script:*": ScriptChannel };
    override connect() {
      return ok();
    }
    override id() {
      return "user:all";
    }
  }
  const endpoint = new Endpoint({ sockets: { "/socket": [ScriptSocket, { websocket }] } });
  return { endpoint, server: serve(endpoint) };
}

const BATCHED = "2.0.0%2Bbatch";

/** A client that has joined `script:a`. */
async function join(port: number, vsn = BATCHED): Promise<RawClient> {
  const client = await RawClient.connect({ port, path: `/socket/websocket?vsn=${vsn}` });
  const isV1 = vsn.startsWith("1");
  const message = { topic: "script:a", event: "phx_join", payload: {}, ref: "1" };
  await client.sendText(JSON.stringify(isV1 ? message : ["1", "1", message.topic, message.event, message.payload]));
  await client.recv();
  return client;
}

async function ask(client: RawClient, event: string, payload: unknown): Promise<void> {
  await client.sendText(JSON.stringify(["1", "2", "script:a", event, payload]));
}

async function receiveText(client: RawClient): Promise<string> {
  const incoming = await client.recv();
  assertEquals(incoming?.kind, "text");
  return (incoming as { text: string }).text;
}

/** The events of a WebSocket message, in order. */
function eventsOf(text: string): string[] {
  return text.split("\n").map((line) => JSON.parse(line)[3]);
}

const THREE = { steps: [{ push: 1 }, { push: "a\nb" }, { push: 3 }] };

Deno.test("a client that takes batches gets the messages of a turn as one", async () => {
  const { server } = serveScripts();
  await using _ = server;
  await using client = await join(server.port);
  await ask(client, "play", THREE);
  const text = await receiveText(client);
  assertEquals(eventsOf(text), ["pushed", "pushed", "pushed", "phx_reply"]);
  assertEquals(JSON.parse(text.split("\n")[1]!)[4], { value: "a\nb" });
});

Deno.test("a client that takes batches gets the messages of two turns as two", async () => {
  const { server } = serveScripts();
  await using _ = server;
  await using client = await join(server.port);
  await ask(client, "play", { steps: [{ push: 1 }, { push: 2 }, "turn", { push: 3 }] });
  assertEquals(eventsOf(await receiveText(client)), ["pushed", "pushed"]);
  assertEquals(eventsOf(await receiveText(client)), ["pushed", "phx_reply"]);
});

Deno.test("a client that takes batches gets bytes in their place", async () => {
  const { server } = serveScripts();
  await using _ = server;
  await using client = await join(server.port);
  await ask(client, "play", { steps: [{ push: 1 }, { push: 2 }, { bytes: [7] }, { push: 3 }, { push: 4 }] });
  assertEquals(eventsOf(await receiveText(client)), ["pushed", "pushed"]);
  assertEquals((await client.recv())?.kind, "binary");
  assertEquals(eventsOf(await receiveText(client)), ["pushed", "pushed", "phx_reply"]);
});

Deno.test.each(["2.0.0", "1.0.0", "1.0.0%2Bbatch"])("a client of version %s gets each message alone", async (vsn) => {
  const { endpoint, server } = serveScripts();
  await using _ = server;
  await using client = await join(server.port, vsn);
  for (const n of [1, 2, 3]) endpoint.broadcast("script:a", "shouted", { n });
  for (const n of [1, 2, 3]) assertMatch(await receiveText(client), new RegExp(`"shouted".*"n":${n}\\D*$`));
});

Deno.test("broadcasts reach clients that take batches together, and others one by one", async () => {
  const { endpoint, server } = serveScripts();
  await using _ = server;
  await using one = await join(server.port);
  await using two = await join(server.port);
  await using other = await join(server.port, "2.0.0");
  for (const n of [1, 2, 3]) endpoint.broadcast("script:a", "shouted", { n });
  const batches = await Promise.all([one, two].map(receiveText));
  assertStrictEquals(batches[0], batches[1]);
  const alone: string[] = [];
  for (let n = 0; n < 3; n++) alone.push(await receiveText(other));
  assertEquals(alone.join("\n"), batches[0]);
});

Deno.test("pushes that come together are answered together", async () => {
  const { server } = serveScripts();
  await using _ = server;
  await using client = await join(server.port);
  const pushes = Array.from({ length: 50 }, (_, n) => JSON.stringify(["1", `${n}`, "script:a", "echo", { n }]));
  for (const push of pushes) await client.sendText(push);
  const refs: string[] = [];
  while (refs.length < pushes.length) {
    for (const line of (await receiveText(client)).split("\n")) refs.push(JSON.parse(line)[1]);
  }
  assertEquals(refs, pushes.map((_, n) => `${n}`));
});

Deno.test("a client that is thrown out gets what it was sent in that turn before the close", async () => {
  const { server } = serveScripts();
  await using _ = server;
  await using client = await join(server.port);
  await ask(client, "throw_out", {});
  assertEquals(eventsOf(await receiveText(client)), ["last", "last"]);
  const close = await client.recv();
  assertEquals([close?.kind, (close as { code?: number }).code], ["close", 1001]);
});

Deno.test("a server that shuts down sends what was broadcast in that turn before it closes", async () => {
  const { endpoint, server } = serveScripts();
  await using _ = server;
  await using client = await join(server.port);
  for (const n of [1, 2]) endpoint.broadcast("script:a", "shouted", { n });
  const shutdown = endpoint.shutdown();
  assertEquals(eventsOf(await receiveText(client)), ["shouted", "shouted"]);
  let last = await client.recv();
  while (last?.kind === "text") last = await client.recv();
  assertEquals([last?.kind, (last as { code?: number }).code], ["close", 1012]);
  await client.sendClose(1012);
  await shutdown;
});

const sizes: [option: WebSocketOptions, messages: number][] = [
  [{}, 2], // 65,536 bytes
  [{ maxBatchBytes: 1_000_000 }, 1],
  [{ maxBatchBytes: 1 }, 4],
];
Deno.test.each(sizes)("with the mount's options %o, 100 kB come in %d messages", async (websocket, messages) => {
  const { endpoint, server } = serveScripts(websocket);
  await using _ = server;
  await using client = await join(server.port);
  for (let n = 0; n < 4; n++) endpoint.broadcast("script:a", "shouted", { text: "x".repeat(25_000) });
  let lines = 0;
  for (let n = 0; n < messages; n++) lines += (await receiveText(client)).split("\n").length;
  assertEquals(lines, 4);
});

Deno.test("maxBatchBytes must be positive", () => {
  assertThrows(() => serveScripts({ maxBatchBytes: 0 }), RangeError, '"maxBatchBytes" must be > 0');
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ push: fc.jsonValue() }) },
  { weight: 1, arbitrary: fc.record({ bytes: fc.array(fc.nat(255), { maxLength: 5 }) }) },
  { weight: 1, arbitrary: fc.constant("turn" as const) },
);

Deno.test("any sequence of pushes arrives as it is at a client that takes batches", async () => {
  const { server } = serveScripts({ maxBatchBytes: 300 });
  await using _ = server;
  await using client = await join(server.port);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      await ask(client, "play", { steps });
      const received: unknown[] = [];
      for (let isOver = false; !isOver;) {
        const incoming = await client.recv();
        if (incoming?.kind === "binary") {
          received.push(decodeServerFrame(Uint8Array.from(incoming.data)));
          continue;
        }
        assertEquals(incoming?.kind, "text");
        for (const line of (incoming as { text: string }).text.split("\n")) {
          const message = decodeServerFrame(line);
          if (message.kind === "reply") isOver = true;
          else received.push(message);
        }
      }
      const payloads = received.map((message) => (message as { payload: unknown }).payload);
      const sent = steps.filter((step) => step !== "turn");
      // JSON has no -0.
      const expected = sent.map((step) =>
        "push" in step ? JSON.parse(JSON.stringify({ value: step.push })) : Uint8Array.from(step.bytes)
      );
      assertEquals(payloads, expected);
    }),
    { numRuns: 100 },
  );
});

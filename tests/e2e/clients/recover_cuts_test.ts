/**
 * Calls and broadcasts of `recover` behind a proxy that cuts at random: every push is handled once, every call gets its
 * reply, every message comes once, and what one client pushes is handled in its order.
 */

import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { Channel, type ChannelSocket, Endpoint, ok, type PushRepeatedEvent, reply, Socket } from "@urvogel/realtime";
import { live, type PhoenixChannel, recover, type Recovery } from "@urvogel/realtime/client";
import { Random } from "../../soak/random.ts";
import { CLIENT_VERSIONS, loadSocketClass } from "../../support/phoenix_client.ts";
import { serve } from "../../support/serve.ts";
import { TcpProxy } from "../../support/tcp_proxy.ts";
import { Collected } from "../../support/telemetry.ts";
import { until } from "../../support/until.ts";

const CLIENTS = CLIENT_VERSIONS.filter(({ version }) => ["1.8.16", "1.7.23", "1.6.16"].includes(version));
const CALLS = 150;
const AT_ONCE = 3;
const TOPIC = "kept:1";
const SEED = Number(Deno.env.get("CUTS_SEED") ?? Math.floor(Math.random() * 1e9));

/** An endpoint that notes what it has handled. */
function createEndpoint(handled: string[], random: () => number): Endpoint {
  class KeptChannel extends Channel {
    override history = { maxMessages: 10_000 };
    override shutdownMs = 60_000;
    override join() {
      return ok();
    }
    override handleIn = this.handlers({
      say: async (payload, socket: ChannelSocket, push) => {
        const { id } = payload as { id: string };
        handled.push(id);
        await delay(random() * 4);
        await socket.publish("said", { id }, { key: push.key });
        return reply({ id });
      },
    });
  }
  class KeptSocket extends Socket {
    override channels = { "kept:*": KeptChannel };
    override connect() {
      return ok();
    }
  }
  return new Endpoint({ sockets: { "/socket": KeptSocket }, logLevel: false });
}

/** One client, which has joined. Once started, it says its ids, a few at once. */
async function startTalker(url: string, version: typeof CLIENTS[0], name: string) {
  const SocketClass = await loadSocketClass(version);
  const again = { reconnectAfterMs: () => 10, rejoinAfterMs: () => 10 };
  const socket = new SocketClass(url, { transport: WebSocket, timeout: 1000, ...again });
  socket.connect();
  const heard: string[] = [];
  const recoveries: Recovery[] = [];
  const onRecovery = (recovery: Recovery) => recoveries.push(recovery);
  const channel = recover(socket.channel(TOPIC) as unknown as PhoenixChannel, { onRecovery });
  channel.on("said", (payload) => void heard.push((payload as { id: string }).id));
  const isPlaced = new Promise<void>((resolve) => channel.on("history_state", () => resolve()));
  const room = live(channel);
  await room.join();
  await isPlaced; // until then, it does not know whether pushes may be sent again
  const replies: unknown[] = [];
  const ids = Array.from({ length: CALLS }, (_, n) => `${name} ${n}`);
  const next = ids.values();
  const talk = async () => {
    for (const id of next) replies.push(await room.call("say", { id }, { timeoutMs: 60_000 }));
  };
  return { socket, heard, recoveries, replies, ids, start: () => Promise.all(Array.from({ length: AT_ONCE }, talk)) };
}

Deno.test("recover() handles each push once and hears each message once, whenever it is cut off", {
  sanitizeOps: false, // what a cut leaves of a WebSocket of the client
  sanitizeResources: false,
}, async () => {
  using repeated = new Collected<PushRepeatedEvent>("urvogel:channel:push_repeated");
  const numbers = new Random(SEED);
  const random = () => numbers.next();
  const handled: string[] = [];
  await using server = serve(createEndpoint(handled, random));
  await using proxy = await TcpProxy.start(server);
  const url = `ws://127.0.0.1:${proxy.port}/socket`;
  const talkers = await Promise.all(CLIENTS.map((client, n) => startTalker(url, client, `talker ${n}`)));
  let cuts = 0;
  let isOver = false;
  const done = Promise.all(talkers.map(({ start }) => start())).finally(() => isOver = true);
  while (!isOver) {
    await delay(30 + random() * 120);
    proxy.reset();
    cuts++;
  }
  await done;
  const all = talkers.flatMap(({ ids }) => ids);
  for (const { heard } of talkers) await until(() => heard.length >= all.length, "everybody has heard all");
  console.log(`${cuts} cuts, ${repeated.events.length} pushes repeated, seed ${SEED}`);
  assert(cuts >= 5 && repeated.events.length > 0, "the run proves little");
  assertEquals(handled.toSorted(), all.toSorted(), "each push is handled once");
  for (const { heard, replies, recoveries, ids } of talkers) {
    assertEquals(heard, talkers[0]!.heard, "all have heard the same, in one order");
    assertEquals(heard.toSorted(), all.toSorted());
    assertEquals(handled.filter((id) => ids.includes(id)), ids, "in the order of their client");
    assertEquals(replies.map((reply) => (reply as { id: string }).id).toSorted(), ids.toSorted());
    assertEquals(recoveries.filter(({ kind }) => kind === "lost"), []);
  }
  await Promise.all(talkers.map(({ socket }) => new Promise<void>((resolve) => socket.disconnect(resolve))));
});

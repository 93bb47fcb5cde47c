import { assertEquals, assertMatch } from "@std/assert";
import { Endpoint, ok, PubSub, Socket } from "@urvogel/realtime";
import { threadsAdapter } from "@urvogel/realtime/threads";
import { Log } from "../../lib/base/log.ts";
import { programLocks } from "../../lib/base/locks.ts";
import { LoneThread } from "../../lib/endpoint/_lone_thread.ts";
import { until } from "../support/until.ts";

/** A thread of its own as far as locks are concerned, with what it logs. */
function createThread(thread: string) {
  const warnings: string[] = [];
  const log = new Log({ logger: ({ level, message }) => warnings.push(`${level}: ${message}`) });
  return { warnings, ...new LoneThread({ log, thread }) };
}

async function locks(): Promise<string[]> {
  const { held, pending } = await programLocks()!.query();
  return [...held, ...pending].map(({ name }) => name).filter((name) => name.startsWith("urvogel:alone:"));
}

/** Waits until so many threads hold a lock. */
async function untilHeld(count: number): Promise<void> {
  while ((await locks()).length !== count) await new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("LoneThread warns once when another thread has connections, and holds a lock only while it has some", async () => {
  const [first, second] = [createThread("a"), createThread("b")];
  first.onOccupied(true);
  await untilHeld(1);
  for (let round = 0; round < 2; round++) {
    second.onOccupied(true);
    second.onOccupied(true); // another mount
    await until(() => second.warnings.length === 1, "it warns");
    second.onOccupied(false);
    second.onOccupied(false);
    await untilHeld(1);
  }
  assertMatch(second.warnings[0]!, /^warn: another thread .* `new Endpoint\(\{ pubsub: .* \(Reported once\.\)$/);
  first.onOccupied(false);
  await untilHeld(0);
  assertEquals([first.warnings, second.warnings.length], [[], 1]);
});

Deno.test("LoneThread does not warn of another endpoint in the same thread, or of a thread without connections", async () => {
  const [first, second, other] = [createThread("a"), createThread("a"), createThread("b")];
  first.onOccupied(true);
  second.onOccupied(true);
  await untilHeld(2);
  first.onOccupied(false);
  second.onOccupied(false);
  await untilHeld(0);
  other.onOccupied(true);
  await untilHeld(1);
  other.onOccupied(false);
  await untilHeld(0);
  assertEquals([first.warnings, second.warnings, other.warnings], [[], [], []]);
});

Deno.test("LoneThread leaves nothing behind if its connections end at once", () => {
  const { onOccupied } = createThread("quick"); // the sanitizer of ops would find a lock
  onOccupied(true);
  onOccupied(false);
});

class GuestSocket extends Socket {
  override channels = {};
  override connect() {
    return ok();
  }
}

/** Opens a connection by a real request, and returns the locks that there are then. */
async function locksWhileConnected(endpoint: Endpoint): Promise<number> {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, endpoint.fetch);
  const socket = new WebSocket(`ws://127.0.0.1:${server.addr.port}/socket/websocket`);
  await new Promise((resolve) => socket.onopen = resolve);
  await until(() => endpoint.connectionCount === 1, "it is connected");
  const { length } = await locks();
  const closed = new Promise((resolve) => socket.onclose = resolve);
  await endpoint.shutdown();
  await closed;
  return length;
}

Deno.test("Endpoint holds a lock while it has connections, unless its PubSub has an adapter", async () => {
  assertEquals(await locksWhileConnected(new Endpoint({ sockets: { "/socket": GuestSocket } })), 1);
  await untilHeld(0);
  const pubsub = new PubSub({ adapter: threadsAdapter({ prefix: "lone" }) });
  await pubsub.ready;
  assertEquals(await locksWhileConnected(new Endpoint({ pubsub, sockets: { "/socket": GuestSocket } })), 0);
  await pubsub.stop();
});

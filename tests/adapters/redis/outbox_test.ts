import { assert, assertEquals } from "@std/assert";
import { Outbox } from "../../../lib/adapters/redis/_outbox.ts";
import type { RedisConnection } from "../../../lib/adapters/redis/connection.ts";

/** A client whose replies a test gives. */
class Client implements RedisConnection {
  readonly sent: string[] = [];
  readonly replies: PromiseWithResolvers<unknown>[] = [];

  sendCommand([, channel = ""]: (string | { toString(): string })[]): Promise<unknown> {
    this.sent.push(String(channel));
    const reply = Promise.withResolvers<unknown>();
    this.replies.push(reply);
    return reply.promise;
  }

  connect = () => Promise.resolve();
  destroy = () => {};
  subscribe = () => Promise.resolve();
  unsubscribe = () => Promise.resolve();
  on = () => {};
}

const ENVELOPE = new Uint8Array(30_000); // three fit into the window of 64 KiB, since it opens until it is full

function setUp(maxBytesWaiting = 1_000_000) {
  const client = new Client();
  const errors: string[] = [];
  return { client, errors, outbox: new Outbox(client, maxBytesWaiting, ({ message }) => errors.push(message)) };
}

Deno.test("Outbox sends no more than its window before the first reply, and then in order", async () => {
  const { client, outbox } = setUp();
  const channels = Array.from({ length: 10 }, (_, i) => `${i}`);
  for (const channel of channels) assert(outbox.send(channel, ENVELOPE));
  assertEquals([client.sent, outbox.unconfirmed], [["0", "1", "2"], 10]);
  client.replies[0]?.resolve(1);
  await Promise.resolve();
  assertEquals([client.sent, outbox.unconfirmed, outbox.confirmed], [["0", "1", "2", "3"], 9, 1]);
  const idle = outbox.idle();
  for (let i = 1; i < 10; i++) {
    client.replies[i]?.resolve(1);
    await Promise.resolve();
  }
  await idle;
  assertEquals([client.sent, outbox.unconfirmed, outbox.confirmed], [channels, 0, 10]);
});

Deno.test("Outbox.send() returns false when too much waits, and takes more when that is less", async () => {
  const { client, outbox } = setUp(60_200);
  const taken = Array.from({ length: 7 }, (_, i) => outbox.send(`${i}`, ENVELOPE));
  assertEquals(taken, [true, true, true, true, true, false, false]); // three on their way, two wait
  client.replies[0]?.resolve(1);
  await Promise.resolve();
  assertEquals(outbox.send("7", ENVELOPE), true);
});

Deno.test("Outbox gives the connection up when Redis refuses a message, and counts it", async () => {
  const { client, outbox, errors } = setUp();
  for (let i = 0; i < 5; i++) outbox.send(`${i}`, ENVELOPE);
  client.replies[0]?.reject(new Error("NOPERM"));
  await Promise.resolve();
  assertEquals([errors, client.sent, outbox.unconfirmed], [["NOPERM"], ["0", "1", "2"], 5]);
});

Deno.test("Outbox does not count what is sent again", async () => {
  const { client, outbox } = setUp();
  for (const isRepeated of [true, false, true]) outbox.send("0", ENVELOPE, isRepeated);
  outbox.send("1", ENVELOPE, true); // waits
  assertEquals(outbox.unconfirmed, 1);
  client.replies[0]?.resolve(1);
  await Promise.resolve();
  assertEquals(outbox.unconfirmed, 1);
  client.replies[1]?.resolve(1);
  await Promise.resolve();
  assertEquals([client.sent.length, outbox.unconfirmed, outbox.confirmed], [4, 0, 2]);
});

Deno.test("Outbox.idle() resolves at once if nothing was sent", async () => {
  await setUp().outbox.idle();
});

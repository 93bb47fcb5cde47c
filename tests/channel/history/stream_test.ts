import { assert, assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  BusDownError,
  Channel,
  type ChannelSocket,
  Endpoint,
  type HistoryEngine,
  MemoryHistory,
  noreply,
  ok,
  type Payload,
  type Position,
  Socket,
  type StreamOptions,
  type StreamResult,
  supervisionTree,
  type Unnumbered,
} from "@urvogel/realtime";
import { connect, type TestChannel } from "@urvogel/realtime/testing";
import { Crashes } from "../../support/crashes.ts";
import { settle } from "../../support/fake_client.ts";
import { collectGarbage } from "../../support/garbage.ts";
import { nextTurn } from "../../../lib/base/pause.ts";

type Source = AsyncIterable<Payload> | Iterable<Payload>;

/** An endpoint whose channel streams what the test passes in. */
function setUp(history: HistoryEngine = new MemoryHistory(), exclude: readonly string[] = []) {
  const sockets: ChannelSocket[] = [];
  class AnswerChannel extends Channel {
    override history = { maxMessages: 1000, exclude };
    override join() {
      return ok();
    }
    override afterJoin(socket: ChannelSocket) {
      sockets.push(socket);
    }
    override handleIn = this.handlers({ crash: () => noreply() });
  }
  class PlainChannel extends AnswerChannel {
    override history = undefined as never;
  }
  class AnswerSocket extends Socket {
    override channels = { "answer:*": AnswerChannel, "plain:*": PlainChannel };
    override connect() {
      return ok();
    }
  }
  const endpoint = new Endpoint({ sockets: { "/socket": AnswerSocket }, history, logLevel: false });
  return {
    endpoint,
    async join(params: object = {}, topic = "answer:1") {
      const client = await connect(endpoint);
      const channel = await client.join(topic, params as never);
      await settle();
      return { client, channel, socket: sockets.at(-1)! };
    },
    async [Symbol.asyncDispose]() {
      await endpoint.shutdown();
    },
  };
}

async function* numbers(count: number, gate?: (n: number) => Promise<void>): AsyncGenerator<{ n: number }> {
  for (let n = 1; n <= count; n++) {
    await gate?.(n);
    yield { n };
  }
}

const stream = (socket: ChannelSocket, source: Source, options?: StreamOptions): Promise<StreamResult> =>
  socket.stream("token", source, options);

async function assertTokens(channel: TestChannel, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) await channel.assertPush("token", { n });
}

Deno.test("ChannelSocket.stream() publishes each item, and then that it has ended", async () => {
  await using test = setUp();
  const { client, channel, socket } = await test.join();
  const result = await stream(socket, numbers(3), { about: { answer: 7 } });
  assertEquals(result, { kind: "ended", count: 3 });
  await assertTokens(channel, 3);
  await channel.assertPush("token_end", { answer: 7, count: 3 });
  await client.close();
});

Deno.test("ChannelSocket.stream() takes a synchronous source, and bytes", async () => {
  await using test = setUp();
  const { client, channel, socket } = await test.join();
  assertEquals(await stream(socket, [{ n: 1 }, Uint8Array.of(2)]), { kind: "ended", count: 2 });
  await channel.assertPush("token", { n: 1 });
  await channel.assertPush("token", Uint8Array.of(2));
  await client.close();
});

Deno.test("ChannelSocket.stream() goes on when its reader has left, who gets all of it later", async () => {
  await using test = setUp();
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = await test.join();
  const result = stream(first.socket, numbers(3, (n) => n === 2 ? gates[0]!.promise : Promise.resolve()));
  await first.channel.assertPush("token", { n: 1 });
  await first.client.close();
  gates[0]!.resolve();
  assertEquals(await result, { kind: "ended", count: 3 });
  const second = await test.join({ since: "last:100" });
  await assertTokens(second.channel, 3);
  await second.channel.assertPush("token_end", { count: 3 });
  await second.client.close();
});

Deno.test("ChannelSocket.stream() lets go of each item once it is kept, however long it goes on", async () => {
  await using test = setUp();
  const { client, socket } = await test.join();
  const items: WeakRef<Payload>[] = [];
  const end = Promise.withResolvers<void>();
  async function* source() {
    for (let n = 0; n < 1000; n++) {
      const item = { n };
      items.push(new WeakRef(item));
      yield item;
    }
    await end.promise;
  }
  const result = stream(socket, source());
  await client.close(); // it would hold what it got
  while (items.length < 1000) await nextTurn();
  await settle();
  collectGarbage();
  const held = items.filter((item) => item.deref() !== undefined).length;
  assert(held < 10, `${held} items are held`);
  end.resolve();
  assertEquals(await result, { kind: "ended", count: 1000 });
});

Deno.test("ChannelSocket.stream() reports what its source throws, and hides it from clients", async () => {
  using crashes = new Crashes();
  await using test = setUp();
  const { client, channel, socket } = await test.join();
  async function* failing() {
    yield { n: 1 };
    await Promise.resolve();
    throw new Error("the secret of the source");
  }
  const result = await stream(socket, failing());
  assert(result.kind === "failed" && result.count === 1);
  assertEquals((result.error as Error).message, "the secret of the source");
  await channel.assertPush("token_error", { count: 1, reason: "stream failed" });
  await settle();
  assertEquals(crashes.messages, ["the secret of the source"]);
  assertEquals(crashes.reports[0]?.pid.label, 'stream "token" to "answer:1"');
  await client.close();
});

Deno.test("ChannelSocket.stream() fails at an item that is no payload", async () => {
  using _crashes = new Crashes();
  await using test = setUp();
  const { client, channel, socket } = await test.join();
  const result = await stream(socket, ["text"] as never);
  assertEquals([result.kind, result.count], ["failed", 0]);
  await channel.assertPush("token_error", { count: 0, reason: "stream failed" });
  await client.close();
});

Deno.test("ChannelSocket.stream() ends at once when its signal is aborted, and closes its source", async () => {
  await using test = setUp();
  const { client, channel, socket } = await test.join();
  const abort = new AbortController();
  let isClosed = false;
  const source: AsyncIterable<Payload> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}), // never comes
      return: () => {
        isClosed = true;
        return Promise.reject(new Error("concerns nobody"));
      },
    }),
  };
  const result = stream(socket, source, { signal: abort.signal });
  await settle();
  abort.abort();
  assertEquals(await result, { kind: "aborted", count: 0 });
  assert(isClosed);
  await channel.assertPush("token_error", { count: 0, reason: "stream aborted" });
  assertEquals(await stream(socket, numbers(1), { signal: AbortSignal.abort() }), { kind: "aborted", count: 0 });
  await client.close();
});

Deno.test("ChannelSocket.stream() is shown in the supervision tree, and ends with the endpoint", async () => {
  const test = setUp();
  const { client, socket } = await test.join();
  const result = stream(socket, numbers(1, () => new Promise(() => {})));
  await settle();
  const shown = JSON.stringify(supervisionTree(test.endpoint), (key, value) => key === "pid" ? undefined : value);
  assert(shown.includes('stream \\"token\\" to \\"answer:1\\"'), shown);
  await client.close();
  await test.endpoint.shutdown();
  assertEquals(await result, { kind: "aborted", count: 0 });
});

Deno.test("ChannelSocket.stream() asks its source for the next item once the last one is kept", async () => {
  const engine = new SlowHistory();
  await using test = setUp(engine);
  const { client, socket } = await test.join();
  let asked = 0;
  const result = stream(socket, numbers(3, () => Promise.resolve(void asked++)));
  for (let kept = 1; kept <= 3; kept++) {
    await settle();
    assertEquals(asked, kept);
    engine.settle();
  }
  await settle();
  engine.settle(); // the end
  assertEquals(await result, { kind: "ended", count: 3 });
  await client.close();
});

Deno.test("ChannelSocket.stream() tries again while history is not available, and each item counts once", async () => {
  using time = new FakeTime();
  const engine = new SlowHistory();
  const test = setUp(engine);
  const { client, socket } = await test.join();
  const result = stream(socket, numbers(2));
  for (const outcome of ["down", "kept, but who knows", "ok", "ok", "ok", "ok"] as const) {
    await settle();
    engine.settle(outcome);
    await time.tickAsync(5000);
  }
  assertEquals(await result, { kind: "ended", count: 2 });
  const { messages } = engine.read("answer:1", 0, { maxMessages: 1000, maxAgeMs: 1e9, maxBytes: 1e9 });
  assertEquals(messages.map(({ payload }) => payload), [{ n: 1 }, { n: 2 }, { count: 2 }]);
  await client.close();
  await test.endpoint.shutdown();
});

Deno.test("ChannelSocket.stream() gives up after a minute without history", async () => {
  using _crashes = new Crashes();
  using time = new FakeTime();
  const engine = new SlowHistory();
  const test = setUp(engine);
  const { client, socket } = await test.join();
  const result = stream(socket, numbers(2));
  let isOver = false;
  void result.then(() => isOver = true);
  for (let n = 0; !isOver && n < 200; n++) {
    await settle();
    engine.settle("down");
    await time.tickAsync(2000);
  }
  const { kind, count } = await result;
  assertEquals({ kind, count }, { kind: "failed", count: 0 });
  await client.close();
  await test.endpoint.shutdown();
});

Deno.test("ChannelSocket.stream() refuses a topic or an event without history, and a channel that has ended", async () => {
  await using test = setUp(undefined, ["token_end"]);
  const { client, socket } = await test.join();
  assertThrows(() => stream(socket, []), TypeError, 'no history keeps "token_end" to "answer:1"');
  const plain = await test.join({}, "plain:1");
  assertThrows(() => stream(plain.socket, []), TypeError, 'no history keeps "token" to "plain:1"');
  await Promise.all([client.close(), plain.client.close()]);
  await settle();
  assertThrows(() => stream(socket, []), TypeError, "has ended");
});

/** Keeps a message when the test says so. */
class SlowHistory extends MemoryHistory {
  #settle: ((outcome: "ok" | "down" | "kept, but who knows") => void) | undefined;

  settle(outcome: "ok" | "down" | "kept, but who knows" = "ok"): void {
    this.#settle?.(outcome);
    this.#settle = undefined;
  }

  override publish(topic: string, message: Unnumbered, keep: never): Position {
    const kept = new Promise<Position>((resolve, reject) => {
      this.#settle = (outcome) => {
        if (outcome === "down") return reject(new BusDownError("publish"));
        const position = super.publish(topic, message, keep);
        if (outcome === "ok") resolve(position);
        else reject(new Error("the connection was lost"));
      };
    });
    return kept as unknown as Position; // an engine may return a promise
  }
}

/**
 * What holds for every asynchronous iterator of the library: leaving it takes effect at once, whatever it waits for.
 *
 * @module
 */

import { assertEquals, fail } from "@std/assert";
import { Agent, Mailbox, sys, Task } from "@urvogel/realtime";
import { nextTurn } from "../../lib/base/pause.ts";
import { Leaks } from "../support/leaks.ts";

/** An iterator that has nothing yet. */
interface Waiting extends AsyncDisposable {
  readonly iterator: AsyncIterator<unknown, unknown>;
  /** Lets something come. */
  feed(): Promise<unknown>;
}

const never = () => new Promise<never>(() => {});

/** Every public iterator. */
const iterators: Record<string, () => Promise<Waiting>> = {
  Mailbox() {
    const mailbox = new Mailbox<number>();
    return Promise.resolve({
      iterator: mailbox[Symbol.asyncIterator](),
      feed: () => mailbox.deliver(1),
      async [Symbol.asyncDispose]() {},
    });
  },
  async "sys.trace()"() {
    const agent = await Agent.start(() => 1);
    const trace = await sys.trace(agent);
    return {
      iterator: trace[Symbol.asyncIterator](),
      feed: () => agent.get((state) => state),
      async [Symbol.asyncDispose]() {
        await agent.stop();
      },
    };
  },
  "Task.asyncStream()"() {
    const source = new Mailbox<number>();
    return Promise.resolve({
      iterator: Task.asyncStream(source, (n) => n, { maxConcurrency: 1 }),
      feed: () => source.deliver(1),
      async [Symbol.asyncDispose]() {},
    });
  },
  "Task.asyncStream() of tasks that take their time"() {
    return Promise.resolve({
      iterator: Task.asyncStream([1], never, { timeoutMs: Infinity }),
      feed: async () => {},
      async [Symbol.asyncDispose]() {},
    });
  },
};

const DONE = { done: true, value: undefined };

/** Fails where `promise` needs anything else to happen. */
async function atOnce<T>(promise: Promise<T>): Promise<T> {
  return await Promise.race([promise, nextTurn().then(nextTurn).then(() => fail("it waits for something"))]);
}

for (const [name, wait] of Object.entries(iterators)) {
  Deno.test(`${name} is left at once while next() waits, which is done then`, async () => {
    using _ = new Leaks();
    await using waiting = await wait();
    const { iterator } = waiting;
    const next = iterator.next();
    await nextTurn();
    assertEquals(await atOnce(iterator.return!()), DONE);
    assertEquals(await atOnce(next), DONE);
    assertEquals(await atOnce(iterator.return!()), DONE);
    await waiting.feed();
    assertEquals(await atOnce(iterator.next()), DONE);
  });

  Deno.test(`${name} is left at once before it is read`, async () => {
    using _ = new Leaks();
    await using waiting = await wait();
    const { iterator } = waiting;
    await waiting.feed();
    assertEquals(await atOnce(iterator.return!()), DONE);
    assertEquals(await atOnce(iterator.next()), DONE);
  });

  if (name.includes("take their time")) continue;
  Deno.test(`${name} is left at once between two items`, async () => {
    using _ = new Leaks();
    await using waiting = await wait();
    const { iterator } = waiting;
    const next = iterator.next();
    await waiting.feed();
    assertEquals((await next).done, false);
    await waiting.feed();
    assertEquals(await atOnce(iterator.return!()), DONE);
    assertEquals(await atOnce(iterator.next()), DONE);
  });
}

/**
 * That of `event_stream.ts`, small for browsers, wakes up when its `return` is called: see its tests. That of
 * `_checked_socket.ts` stands between a source and the process that reads it, and reaches no user.
 */
const EXEMPT: readonly string[] = ["event_stream.ts", "_checked_socket.ts"];

Deno.test("no iterator of the library is an async generator: return() would wait for what next() waits for", async () => {
  const found: string[] = [];
  const read = async (folder: URL) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await read(new URL(`${name}/`, folder));
      else if (
        !EXEMPT.includes(name) &&
        /async\s*(function\s*)?\*/.test(withoutComments(await Deno.readTextFile(new URL(name, folder))))
      ) {
        found.push(name);
      }
    }
  };
  await read(new URL("../../lib/", import.meta.url));
  assertEquals(found, []);
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*.*?\*\/|\/\/[^\n]*/gs, "");
}

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
  unreachable,
} from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  type Exit,
  type ExitReason,
  listProcesses,
  Mailbox,
  processInfo,
  spawn,
  Task,
  TaskExitError,
  type TaskStreamFunction,
  type TaskStreamIterator,
  type TaskStreamOptions,
  type TaskStreamResult,
  TaskSupervisor,
  TaskTimeoutError,
} from "@urvogel/realtime";
import { processOf } from "../../../lib/otp/process/process.ts";
import { Crashes } from "../../support/crashes.ts";
import { Leaks, listenersOf } from "../../support/leaks.ts";

const settle = () => new Promise<void>((resolve) => setTimeout(resolve));
const never = () => new Promise<never>(() => {});

/** What is to be seen of results, in short. */
function short<I, T>(results: readonly TaskStreamResult<I, T>[]): unknown[] {
  return results.map((result) => {
    if (result.ok) return result.value;
    return [result.input, result.reason instanceof Error ? result.reason.message : result.reason];
  });
}

/** Work that is done for an item when the test says so. */
class Gates<I> {
  readonly started: I[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #gates = new Map<I, PromiseWithResolvers<string>>();

  readonly run = (item: I, signal: AbortSignal): Promise<string> => {
    this.started.push(item);
    this.signals.push(signal);
    return this.#gate(item).promise;
  };

  async open(item: I): Promise<void> {
    this.#gate(item).resolve(`<${item}>`);
    await settle();
  }

  #gate(item: I): PromiseWithResolvers<string> {
    const gate = this.#gates.get(item) ?? Promise.withResolvers<string>();
    this.#gates.set(item, gate);
    return gate;
  }
}

/** A source that says how far it was read, and whether it was let go. */
function counted(to: number) {
  const state = { read: 0, released: false };
  function* items() {
    try {
      for (; state.read < to;) yield ++state.read;
    } finally {
      state.released = true;
    }
  }
  return { state, items: items() };
}

async function* slowly<I>(items: readonly I[]): AsyncGenerator<I, void, void> {
  for (const item of items) {
    await settle();
    yield item;
  }
}

for (const maxConcurrency of [1, 2, 4, 8]) {
  Deno.test(`Task.asyncStream() keeps the order of 4 items, ${maxConcurrency} at a time`, async () => {
    using _ = new Leaks();
    // The first takes longest.
    const run = async (n: number) => {
      for (let i = n; i < 4; i++) await null;
      return n * n;
    };
    const options = { maxConcurrency };
    assertEquals(short(await Array.fromAsync(Task.asyncStream([1, 2, 3, 4], run, options))), [1, 4, 9, 16]);
    assertEquals(short(await Array.fromAsync(Task.asyncStream(slowly([1, 2, 3, 4]), run, options))), [1, 4, 9, 16]);
  });

  Deno.test(`Task.asyncStream() answers failures among the rest, ${maxConcurrency} at a time`, async () => {
    using _leaks = new Leaks();
    using crashes = new Crashes();
    const results = await Array.fromAsync(Task.asyncStream([1, 2, 3, 4], (n) => {
      if (n % 2 === 0) throw new Error(`no ${n}`);
      return n;
    }, { maxConcurrency }));
    assertEquals(short(results), [1, [2, "no 2"], 3, [4, "no 4"]]);
    assertEquals(crashes.reports.length, 2);
  });

  Deno.test(`Task.asyncStream() ends what runs when it is left, ${maxConcurrency} at a time`, async () => {
    using _ = new Leaks();
    const { state, items } = counted(8);
    const signals: AbortSignal[] = [];
    const run = (n: number, signal: AbortSignal) => {
      signals.push(signal);
      return n === 1 ? Promise.resolve(n) : never();
    };
    for await (const result of Task.asyncStream(items, run, { maxConcurrency })) {
      assertEquals(result, { ok: true, value: 1 });
      break;
    }
    assertEquals(state.released, true);
    assertStrictEquals(state.read, maxConcurrency); // the rest stays where it is
    for (const signal of signals.slice(1)) assertEquals(signal.reason, "shutdown");
  });
}

Deno.test("Task.asyncStream() does nothing before it is read, and nothing if it never is", async () => {
  using _ = new Leaks();
  const { state, items } = counted(3);
  const stream = Task.asyncStream(items, (n) => n);
  await settle();
  assertEquals(state.read, 0);
  assertEquals(await stream.return(), { done: true, value: undefined });
  assertEquals(await stream.next(), { done: true, value: undefined });
  assertEquals(state.read, 0);
});

Deno.test("Task.asyncStream() reads no further ahead than maxConcurrency, however slow the reader", async () => {
  const { state, items } = counted(100);
  const stream = Task.asyncStream(items, (n) => n, { maxConcurrency: 3 });
  assertEquals(await stream.next(), { done: false, value: { ok: true, value: 1 } });
  await settle();
  await settle();
  assertEquals(state.read, 3);
  await stream.next();
  await settle();
  assertEquals(state.read, 4); // the one that was read before made room for another
  await stream.return();
});

Deno.test("Task.asyncStream() holds results back for order, and then starts no more than there is room for", async () => {
  const gates = new Gates<number>();
  const stream = Task.asyncStream([1, 2, 3, 4], gates.run, { maxConcurrency: 2 });
  const first = stream.next();
  await settle();
  assertEquals(gates.started, [1, 2]);
  await gates.open(2);
  assertEquals(gates.started, [1, 2]);
  await gates.open(1);
  assertEquals(await first, { done: false, value: { ok: true, value: "<1>" } });
  assertEquals(gates.started, [1, 2]);
  assertEquals(await stream.next(), { done: false, value: { ok: true, value: "<2>" } });
  await settle();
  assertEquals(gates.started, [1, 2, 3]);
  void stream.next();
  await settle();
  assertEquals(gates.started, [1, 2, 3, 4]);
  await stream.return();
});

Deno.test("Task.asyncStream() leaves in its source what nobody asked for", async () => {
  const box = new Mailbox<number>();
  for (const n of [1, 2, 3, 4]) box.post(n);
  const started: number[] = [];
  const run = (n: number) => started.push(n);
  for await (const _ of Task.asyncStream(box, run, { maxConcurrency: 1 })) {
    await settle();
    break;
  }
  assertEquals(started, [1]);
  assertEquals(box.length, 3);
});

Deno.test("Task.asyncStream() handles no two items at a time, reader included, when maxConcurrency is 1", async () => {
  const log: string[] = [];
  const run = async (n: number) => {
    log.push(`task ${n}`);
    await settle();
  };
  for await (const _ of Task.asyncStream([1, 2], run, { maxConcurrency: 1 })) {
    await settle();
    log.push("read");
  }
  assertEquals(log, ["task 1", "read", "task 2", "read"]);
});

Deno.test("Task.asyncStream() answers as results come when unordered", async () => {
  using _ = new Leaks();
  const gates = new Gates<number>();
  const stream = Task.asyncStream([1, 2, 3], gates.run, { maxConcurrency: 2, ordered: false });
  const values: unknown[] = [];
  const reading = (async () => {
    for await (const result of stream) values.push(result.ok && result.value);
  })();
  await settle();
  await gates.open(2);
  assertEquals(values, ["<2>"]);
  assertEquals(gates.started, [1, 2, 3]);
  await gates.open(3);
  await gates.open(1);
  await reading;
  assertEquals(values, ["<2>", "<3>", "<1>"]);
});

Deno.test("Task.asyncStream() goes on with what runs while a slow source has no more yet", async () => {
  using _ = new Leaks();
  const more = Promise.withResolvers<void>();
  async function* items() {
    yield 1;
    await more.promise;
    yield 2;
  }
  const stream = Task.asyncStream(items(), (n) => n, { maxConcurrency: 4 });
  assertEquals(await stream.next(), { done: false, value: { ok: true, value: 1 } });
  const second = stream.next();
  more.resolve();
  assertEquals(await second, { done: false, value: { ok: true, value: 2 } });
  assertEquals(await stream.next(), { done: true, value: undefined });
});

Deno.test("Task.asyncStream() does not ask a source again that ends a task while it answers", async () => {
  using _leaks = new Leaks();
  function* items() {
    yield 1;
    // Answers the reader, and makes room for another item while this one is on its way.
    listProcesses().find(({ label }) => label === "doomed")?.exit("kill");
    yield 2;
    yield 3;
  }
  const doomed = (n: number) => n;
  const results = await Array.fromAsync(Task.asyncStream(items(), doomed, { maxConcurrency: 2 }));
  assertEquals(short(results), [[1, "killed"], 2, 3]);
});

Deno.test("Task.asyncStream() answers those who ask at the same time in their order", async () => {
  const stream = Task.asyncStream([1, 2, 3], (n) => n, { maxConcurrency: 1 });
  const answers = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]);
  assertEquals(short(answers.flatMap(({ value }) => value ?? [])), [1, 2, 3]);
  assertEquals(answers[3].done, true);
});

Deno.test("Task.asyncStream() can be closed while somebody waits for the next result", async () => {
  using _ = new Leaks();
  const { state, items } = counted(3);
  const stream = Task.asyncStream(items, never);
  const waiting = stream.next();
  await stream.return();
  assertEquals(await waiting, { done: true, value: undefined });
  assertEquals(state.released, true);
});

Deno.test("Task.asyncStream() can be closed while its source is at it, without waiting for that", async () => {
  using _ = new Leaks();
  const late = Promise.withResolvers<void>();
  let released = false;
  async function* items() {
    try {
      await late.promise;
      yield 1;
    } finally {
      released = true;
    }
  }
  const stream = Task.asyncStream(items(), () => unreachable("must not run"));
  const waiting = stream.next();
  await stream.return();
  assertEquals(await waiting, { done: true, value: undefined });
  late.resolve();
  await settle();
  assertEquals(released, true);
});

Deno.test("Task.asyncStream() is closed at the end of `await using`", async () => {
  using _ = new Leaks();
  {
    await using stream = Task.asyncStream([1, 2], (n) => n === 1 ? Promise.resolve(n) : never());
    await stream.next();
  }
});

Deno.test.each<[string, () => Iterable<number> | AsyncIterable<number>]>([
  ["throws", function* () {
    yield 1;
    throw new Error("no more");
  }],
  ["rejects", async function* () {
    yield await Promise.resolve(1);
    throw new Error("no more");
  }],
  ["cannot be iterated", () => ({
    [Symbol.iterator](): Iterator<number> {
      throw new Error("no more");
    },
  })],
])("Task.asyncStream() fails, and ends what runs, when its source %s", async (_, items) => {
  using _leaks = new Leaks();
  const stream = Task.asyncStream(items(), never);
  await assertRejects(() => stream.next(), Error, "no more");
  assertEquals(await stream.next(), { done: true, value: undefined });
});

Deno.test("Task.asyncStream() keeps an error for the next reader, where nobody waits", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const run = (n: number) => n === 1 ? n : never();
  const stream = Task.asyncStream([1, 2], run, { maxConcurrency: 2 });
  await stream.next();
  await time.tickAsync(5000);
  await assertRejects(() => stream.next(), TaskTimeoutError);
  assertEquals((await stream.next()).done, true);
});

const sources: Record<string, () => Iterable<unknown> | AsyncIterable<unknown>> = {
  "an array": () => ["a", "b"],
  "a string": () => "ab",
  "a Set": () => new Set(["a", "b"]),
  "a generator": function* () {
    yield* "ab";
  },
  "an async generator": async function* () {
    yield* "ab";
  },
  "what has both iterators": () => ({
    [Symbol.iterator]: () => unreachable("the asynchronous one goes first"),
    async *[Symbol.asyncIterator]() {
      yield* "ab";
    },
  }),
  "what has an asynchronous iterator that is null": () =>
    ({ [Symbol.asyncIterator]: null, [Symbol.iterator]: () => "ab"[Symbol.iterator]() }) as unknown as Iterable<string>,
  "a thenable for each item": () => {
    const iterator = "ab"[Symbol.iterator]();
    const next = () => ({ then: (resolve: (step: unknown) => void) => resolve(iterator.next()) });
    return { [Symbol.asyncIterator]: () => ({ next }) } as unknown as AsyncIterable<string>;
  },
  "an asynchronous iterator that is done at once": () => {
    const iterator = "ab"[Symbol.iterator]();
    const next = () => iterator.next();
    return { [Symbol.asyncIterator]: () => ({ next }) } as unknown as AsyncIterable<string>;
  },
};

for (const [what, source] of Object.entries(sources)) {
  Deno.test(`Task.asyncStream() reads ${what} as for await does`, async () => {
    using _ = new Leaks();
    const expected: unknown[] = [];
    for await (const item of source()) expected.push(item);
    const stream = Task.asyncStream(source(), (item) => item, { maxConcurrency: 1 });
    assertEquals(short(await Array.fromAsync(stream)), expected);
    assertEquals(expected, ["a", "b"]);
  });
}

Deno.test.each<[string, () => unknown, RegExp]>([
  ["is undefined", () => undefined, /undefined/],
  ["is no iterable", () => ({}), /not a function/],
  [
    "answers no object",
    () => ({ [Symbol.iterator]: () => ({ next: () => 1 }) }),
    /"next" must return an object, received 1/,
  ],
  ["promises no object", () => ({ [Symbol.asyncIterator]: () => ({ next: async () => {} }) }), /received undefined/],
])("Task.asyncStream() fails when its source %s", async (_, source, message) => {
  using _leaks = new Leaks();
  const stream = Task.asyncStream(source() as Iterable<unknown>, never);
  assertMatch(String(await assertRejects(() => stream.next())), message);
});

Deno.test("Task.asyncStream() throws what the source throws when it is let go", async () => {
  using _ = new Leaks();
  function* items() {
    try {
      yield 1;
      yield 2;
    } finally {
      // deno-lint-ignore no-unsafe-finally
      throw new Error("cannot close");
    }
  }
  const stream = Task.asyncStream(items(), (n) => n, { maxConcurrency: 1 });
  await stream.next();
  await assertRejects(() => stream.return(), Error, "cannot close");
  assertEquals((await stream.next()).done, true);
});

Deno.test("Task.asyncStream() fails when an item takes longer than 5 seconds", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const { state, items } = counted(100);
  const failing = assertRejects(
    () => Array.fromAsync(Task.asyncStream(items, never, { maxConcurrency: 2 })),
    TaskTimeoutError,
  ).then((error) => {
    assertEquals(error.timeoutMs, 5000);
  });
  await time.tickAsync(4999);
  assertEquals(state.released, false);
  await time.tickAsync(1);
  await failing;
  assertEquals(state.released, true);
});

for (const ordered of [true, false]) {
  Deno.test(`Task.asyncStream() goes on after items that take too long when told to, ordered: ${ordered}`, async () => {
    using _ = new Leaks();
    using time = new FakeTime();
    const signals: AbortSignal[] = [];
    const run = (ms: number, signal: AbortSignal) => {
      signals.push(signal);
      return new Promise<number>((resolve) => {
        const id = setTimeout(() => resolve(ms), ms);
        signal.addEventListener("abort", () => clearTimeout(id));
      });
    };
    const options = { maxConcurrency: 4, onTimeout: "killTask", timeoutMs: 50, ordered } as const;
    const reading = Array.fromAsync(Task.asyncStream([100, 1, 100, 1], run, options));
    for (const ms of [0, 1, 49]) await time.tickAsync(ms);
    const late = [100, "timeout"];
    assertEquals(short(await reading), ordered ? [late, 1, late, 1] : [1, 1, late, late]);
    assertEquals(signals.map(({ reason }) => reason), ["killed", "normal", "killed", "normal"]);
  });
}

Deno.test("Task.asyncStream() waits as long as it takes when told to", async () => {
  using time = new FakeTime();
  const gate = Promise.withResolvers<number>();
  const reading = Array.fromAsync(Task.asyncStream([1], () => gate.promise, { timeoutMs: Infinity }));
  await time.tickAsync(10_000_000);
  gate.resolve(7);
  assertEquals(short(await reading), [7]);
});

Deno.test.each<[string, Record<string, unknown>, RegExp]>([
  ["no task at a time", { maxConcurrency: 0 }, /"maxConcurrency" must be an integer >= 1, received 0/],
  ["half a task", { maxConcurrency: 1.5 }, /"maxConcurrency" must be an integer >= 1, received 1.5/],
  ["any number of tasks", { maxConcurrency: Infinity }, /received Infinity/],
  ["a negative time", { timeoutMs: -1 }, /"timeoutMs" must be >= 0, received -1/],
  ["no time", { timeoutMs: NaN }, /"timeoutMs" must be >= 0, received NaN/],
  ["another way out", { onTimeout: "unknown" }, /"onTimeout" must be "exit" or "killTask", received unknown/],
])("Task.asyncStream() refuses %s", (_, options, message) => {
  assertMatch(String(assertThrows(() => Task.asyncStream([], () => {}, options))), message);
});

Deno.test("Task.asyncStream() runs as many at a time as there are cores, by default", async () => {
  const { state, items } = counted(1000);
  const stream = Task.asyncStream(items, never);
  void stream.next();
  assertStrictEquals(state.read, navigator.hardwareConcurrency);
  await stream.return();
});

Deno.test("Task.asyncStream() links its tasks to the owner, which goes down with them unless it traps exits", async () => {
  using _leaks = new Leaks();
  using _crashes = new Crashes();
  for (const trapExit of [true, false]) {
    const seen = Promise.withResolvers<unknown>();
    const owner = spawn<Exit>(async (mailbox, self) => {
      self.trapExit = trapExit;
      self.signal.addEventListener("abort", () => seen.resolve("gone"));
      const run = () => Promise.reject(new Error("oops"));
      const results = await Array.fromAsync(Task.asyncStream([1, 2], run, { link: self }));
      seen.resolve([short(results), processInfo(self)?.links, mailbox.length]);
    });
    const expected = [[[1, "oops"], [2, "oops"]], [], 0];
    assertEquals(await seen.promise, trapExit ? expected : "gone");
    owner.exit("kill");
  }
});

/** Ways in which streams and their tasks end, and with what they end an owner that does not trap exits. */
const ends: Record<string, { read(stream: Streamer): Promise<unknown>; ends?: string }> = {
  "all tasks are done": { read: (stream) => Array.fromAsync(stream([1, 2, 3], (n) => n)) },
  "a task throws": {
    read: (stream) => Array.fromAsync(stream([1, 2, 3], () => Promise.reject(new Error("oops")))),
    ends: "oops",
  },
  "a task is ended": {
    read: (stream) => Array.fromAsync(stream([1], (_, __, self) => self.exit("shutdown"))),
    ends: "shutdown",
  },
  "a task is killed": {
    read: (stream) => Array.fromAsync(stream([1], (_, __, self) => self.exit("kill"))),
    ends: "killed",
  },
  "a task takes too long and is killed": {
    read: (stream) => Array.fromAsync(stream([1], never, { timeoutMs: 0, onTimeout: "killTask" })),
  },
  "a task takes too long": { read: (stream) => Array.fromAsync(stream([1], never, { timeoutMs: 0 })).catch(() => {}) },
  "the source throws": {
    read: (stream) => {
      const items = [1, 2, 3].values().map((n) => n === 3 ? unreachable("no more") : n);
      return Array.fromAsync(stream(items, never, { maxConcurrency: 4 })).catch(() => {});
    },
  },
  "it is left": {
    read: async (stream) => {
      for await (const _ of stream([1, 2, 3], (n) => n === 1 ? n : never(), { maxConcurrency: 2 })) break;
    },
  },
};

/** `asyncStream` with a process that is linked to the tasks. */
type Streamer = <T>(
  items: Iterable<number>,
  run: TaskStreamFunction<number, T>,
  options?: TaskStreamOptions,
) => TaskStreamIterator<number, T>;

for (const [what, { read, ends: expected }] of Object.entries(ends)) {
  for (const trapExit of [true, false]) {
    const fate = trapExit ? "sends nothing to an owner that traps exits" : "ends an owner as a link would";
    Deno.test(`asyncStream() ${fate} when ${what}`, async () => {
      using _leaks = new Leaks();
      using _crashes = new Crashes();
      await using supervisor = await TaskSupervisor.start();
      for (const module of [Task, supervisor]) {
        const owner = spawn((_, self) => {
          self.trapExit = trapExit;
          return never();
        });
        await settle();
        const stream: Streamer = (items, run, options) => module.asyncStream(items, run, { ...options, link: owner });
        await read(stream).catch((error) => assert(error instanceof TaskExitError));
        const { exitReason, alive } = processOf(owner);
        assertStrictEquals(alive, trapExit || expected === undefined);
        if (alive) assertEquals(processInfo(owner)?.messageQueueLength, 0);
        else assertStrictEquals(exitReason instanceof Error ? exitReason.message : exitReason, expected);
        owner.exit("kill");
      }
    });
  }
}

Deno.test.each<[ExitReason, ExitReason]>([["kill", "killed"], [{ shutdown: "moved" }, { shutdown: "moved" }]])(
  "Task.asyncStream() ends its tasks with their owner's reason when that ends: %j",
  async (reason, expected) => {
    using _ = new Leaks();
    const owner = spawn(never);
    const signals: AbortSignal[] = [];
    const run = (_: number, signal: AbortSignal) => {
      signals.push(signal);
      return never();
    };
    const reading = assertRejects(() => Array.fromAsync(Task.asyncStream([1, 2], run, { link: owner })), TaskExitError);
    await settle();
    owner.exit(reason);
    await reading;
    assertEquals(signals.map(({ reason }) => reason), [expected, expected]);
  },
);

Deno.test("Task.asyncStream() ends its tasks when its owner is done", async () => {
  using _ = new Leaks();
  const { promise, resolve } = Promise.withResolvers<AbortSignal>();
  spawn(async (_, self) => {
    const run = (_: number, signal: AbortSignal) => {
      resolve(signal);
      return never();
    };
    Task.asyncStream([1], run, { link: self }).next().catch(() => {});
    await promise;
  });
  const signal = await promise;
  await settle();
  assertEquals(signal.reason, "shutdown");
});

Deno.test("Task.asyncStream() fails when its owner ends", async () => {
  using _ = new Leaks();
  const owner = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  });
  const { state, items } = counted(100);
  const stream = Task.asyncStream(items, never, { link: owner, maxConcurrency: 2 });
  const failing = assertRejects(() => stream.next(), TaskExitError).then((error) => {
    assertEquals(error.reason, "shutdown");
  });
  await settle();
  owner.exit("shutdown");
  await failing;
  assertEquals(state.released, true);
  assertEquals(state.read, 2);
  await assertRejects(() => Array.fromAsync(Task.asyncStream([1], (n) => n, { link: owner })), TaskExitError);
});

Deno.test("Task.asyncStream() spares its owner when it ends tasks that run", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  const owner = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  });
  const before = listenersOf(owner);
  const left = Task.asyncStream([1], never, { link: owner });
  void left.next();
  await left.return();
  const late = Array.fromAsync(Task.asyncStream([1], never, { link: owner, timeoutMs: 5, onTimeout: "killTask" }));
  await time.tickAsync(5);
  assertEquals(short(await late), [[1, "timeout"]]);
  assertEquals(owner.alive, true);
  assertStrictEquals(listenersOf(owner), before);
  owner.exit("kill");
});

Deno.test("Task.asyncStream() tells on whose behalf its tasks run", async () => {
  using crashes = new Crashes();
  const fail = () => Promise.reject(new Error("oops"));
  const outer = Task.async(async (_, self) => {
    self.trapExit = true;
    await Array.fromAsync(Task.asyncStream([1], fail, { link: self }));
  }, { label: "outer" });
  await outer.await();
  assertEquals<unknown>(crashes.reports.map(({ pid, callers }) => [pid.label, callers]), [["fail", [outer.pid]]]);
});

Deno.test("Task.asyncStream() runs streams side by side", async () => {
  const stream = (from: number) => Task.asyncStream([from, from + 1], (n) => n);
  const [left, right] = [stream(1), stream(11)];
  const pairs = [];
  for (let i = 0; i < 2; i++) pairs.push(short([(await left.next()).value!, (await right.next()).value!]));
  assertEquals(pairs, [[1, 11], [2, 12]]);
  await Promise.all([left.return(), right.return()]);
});

Deno.test("Task.asyncStream() can be read from within a process", async () => {
  const seen = Promise.withResolvers<unknown>();
  spawn(async (_, self) => {
    seen.resolve(short(await Array.fromAsync(Task.asyncStream([1, 2, 3], (n) => n, { link: self }))));
  });
  assertEquals(await seen.promise, [1, 2, 3]);
});

/**
 * Work of processes leaves room for the rest of the program: a timer fires while it goes on.
 *
 * Counted in units of work, not in time: where the event loop gets no turn, no number of units is enough.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  child,
  DynamicSupervisor,
  GenServer,
  ignore,
  reply,
  spawn,
  Task,
  TaskSupervisor,
  UniqueRegistry,
} from "@urvogel/realtime";
import { nextTurn } from "../../lib/base/pause.ts";
import { Process, processOf } from "../../lib/otp/process/process.ts";

/** A timer is there by then: 4,096 units are one turn of the event loop, and take about a millisecond. */
const UNITS = 200_000;

class Cache extends GenServer<number, { calls: { get(): number } }> {
  override init(value: number) {
    return value;
  }
  override handleCall = this.calls({ get: (value) => reply(value, value) });
}

class Ignoring extends GenServer<number> {
  override init() {
    return ignore();
  }
}

/** Counts units of work until a timer has fired that is due at once. */
class Clock implements Disposable {
  fired = false;
  units = 0;
  readonly #timer = setTimeout(() => this.fired = true, 0);

  /** Notes a unit of work, and returns whether there shall be another. */
  tick(): boolean {
    if (!this.fired) this.units++;
    return !this.fired && this.units < UNITS;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

const cases: Record<string, (clock: Clock) => Promise<void>> = {
  async "Task.async() that is awaited in a loop"(clock) {
    while (clock.tick()) await Task.async(() => 1).await();
  },
  async "Task.async() that is killed in a loop before it begins"(clock) {
    while (clock.tick()) {
      const task = Task.async(() => 1);
      const begun = Task.async(() => 1);
      task.kill();
      await begun.await();
    }
  },
  async "Task.async() within a task, and so on"(clock) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const next = () => clock.tick() ? void Task.start(next) : resolve();
    next();
    await promise;
  },
  async "Task.asyncStream() of what is known already"(clock) {
    for await (const _ of Task.asyncStream(Array(UNITS).keys(), (n) => n, { maxConcurrency: 4 })) {
      if (!clock.tick()) break;
    }
  },
  async "Task.asyncStream() of calls"(clock) {
    const cache = await GenServer.start(Cache, 1);
    for await (const _ of Task.asyncStream(Array(UNITS).keys(), () => cache.call("get"))) {
      if (!clock.tick()) break;
    }
    await cache.stop();
  },
  async "spawn() within a process, and so on"(clock) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const next = () => clock.tick() ? void spawn(next) : resolve();
    next();
    await promise;
  },
  async "TaskSupervisor.startChild() of a permanent task that is done at once"(clock) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const supervisor = await TaskSupervisor.start({ maxRestarts: Infinity });
    const task = () => {
      if (clock.tick()) return;
      resolve();
      return new Promise<void>(() => {}); // is not done any more
    };
    supervisor.startChild(task, { restart: "permanent" });
    await promise;
    await supervisor.stop();
  },
  async "a permanent spawned child that is done at once"(clock) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const supervisor = await DynamicSupervisor.start({ maxRestarts: Infinity });
    const done = async () => {
      if (clock.tick()) return;
      resolve();
      await new Promise<void>(() => {});
    };
    await supervisor.startChild({ restart: "permanent", start: (link) => spawn(done, { link }) });
    await promise;
    await supervisor.stop();
  },
  async "GenServer.start() in a loop"(clock) {
    const servers = [];
    while (clock.tick()) servers.push(await GenServer.start(Cache, 1));
    for (const server of servers) server.exit("shutdown");
  },
  async "GenServer.start() in a loop, of a server that ignores it"(clock) {
    while (clock.tick()) await GenServer.start(Ignoring).catch(() => {});
  },
  async "GenServer.start() and stop() in a loop"(clock) {
    while (clock.tick()) await (await GenServer.start(Cache, 1)).stop();
  },
  async "DynamicSupervisor.startChild() in a loop"(clock) {
    const supervisor = await DynamicSupervisor.start();
    while (clock.tick()) await supervisor.startChild(child(Cache, 1));
    await supervisor.stop();
  },
  async "calls, one after the other"(clock) {
    const cache = await GenServer.start(Cache, 1);
    while (clock.tick()) await cache.call("get");
    await cache.stop();
  },
  async "two processes that answer each other"(clock) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const left = spawn<number>(async (mailbox) => {
      for await (const n of mailbox) {
        if (!clock.tick()) return resolve();
        right.send(n);
      }
    });
    const right = spawn<number>(async (mailbox) => {
      for await (const n of mailbox) left.send(n);
    });
    left.send(1);
    await promise;
    right.exit("shutdown");
  },
};

for (const [work, run] of Object.entries(cases)) {
  Deno.test(`a timer fires during ${work}`, async () => {
    using clock = new Clock();
    await run(clock);
    assert(clock.units < UNITS, `no timer fired within ${UNITS} units of work`);
  });
}

const readers: Record<string, () => Promise<{ send: () => void } & Disposable>> = {
  async "a registry of messages that nobody should send"() {
    const registry = await Promise.resolve(new UniqueRegistry<string>().start());
    return { send: () => void processOf(registry).send("?"), [Symbol.dispose]: () => registry.exit("shutdown") };
  },
};

for (const [what, setUp] of Object.entries(readers)) {
  Deno.test(`the event loop has a turn before ${what} are all read`, async () => {
    const before = Process.list().length;
    using reader = await setUp();
    const processes = Process.list().slice(before).map(processOf);
    for (let n = 0; n < 20_000; n++) reader.send();
    const process = processes.find(({ mailbox }) => mailbox.length > 0);
    const waiting = process!.mailbox.length;
    await nextTurn();
    assertEquals(waiting, 20_000);
    assert(process!.mailbox.length > 0, "all were read in one turn");
    while (process!.mailbox.length > 0) await nextTurn();
  });
}

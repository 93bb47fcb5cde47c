import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  Agent,
  CallExitError,
  ChildStartError,
  type ExitReason,
  GenServer,
  keepState,
  noreply,
  type Pid,
  reply,
  type Self,
  spawn,
  startIn,
  StateMachine,
  Supervisor,
  sys,
  Task,
} from "@urvogel/realtime";
import { processOf } from "../../lib/otp/process/process.ts";
import { describeExit, exitReasonOf, isExpectedExit, isSameExit } from "../../lib/otp/process/exit_reason.ts";
import { Crashes } from "../support/crashes.ts";
import { HOSTILE } from "../support/hostile_values.ts";
import { Leaks } from "../support/leaks.ts";

const throws = () => {
  throw new Error("do not look");
};

/** Objects that throw when they are looked at in the way in which messages, results and reasons are. */
const VALUES: [string, () => object][] = [
  ...Object.entries(HOSTILE).filter(([what]) => what.includes("proxy")) as [string, () => object][],
  ["an object whose fields throw", () =>
    Object.defineProperties({}, {
      then: { get: throws },
      next: { get: throws },
      shutdown: { get: throws },
      [Symbol.toPrimitive]: { get: throws },
      [Symbol.toStringTag]: { get: throws },
    })],
];

interface Odd {
  calls: { seen(): number; odd(value: object): unknown };
  casts: { fail(value: object): void; result(value: object): void; resultLater(value: object): void };
  info: object;
}

class OddServer extends GenServer<object[], Odd> {
  override init(_: undefined): object[] {
    return [];
  }
  override handleCall = this.calls({
    seen: (state) => reply(state.length, state),
    odd: (state, value) => reply(value, state),
  });
  override handleCast = this.casts({
    fail: (_: object[], value: object): never => {
      throw value;
    },
    result: (_, value) => value as never,
    resultLater: (_, value) => Promise.resolve([value]).then(([value]) => value) as never,
  });
  override handleInfo(state: object[], message: object) {
    return noreply([...state, message]);
  }
}

class OddMachine extends StateMachine<{ states: { only: number }; casts: { result(value: object): void } }> {
  override init() {
    return startIn("only", 0);
  }
  override states = this.define({
    only: { casts: { result: (_, value) => value as never }, info: (count) => keepState(count + 1) },
  });
}

/** Why `pid` ends, in an object: a promise looks at what it is resolved with. */
function endOf(pid: Pid<never>): Promise<{ readonly reason: ExitReason }> {
  return new Promise((resolve) => processOf(pid).onExit((reason) => resolve({ reason })));
}

for (const [what, make] of VALUES) {
  Deno.test(`a server handles ${what} as a message like others, suspended and traced or not`, async () => {
    using _ = new Leaks();
    const server = await GenServer.start(OddServer, undefined);
    server.send(make());
    assertEquals(await server.call("seen"), 1);
    await sys.statistics(server, "on");
    await sys.suspend(server);
    server.send(make());
    await sys.resume(server);
    assertEquals(await server.call("seen"), 2);
    await server.stop();
  });

  Deno.test(`a server that throws ${what}, or returns it, ends, and its callers and watchers are told`, async () => {
    for (const send of ["fail", "result", "resultLater"] as const) {
      using _ = new Leaks();
      using crashes = new Crashes();
      const server = await GenServer.start(OddServer, undefined);
      const end = endOf(server);
      server.cast(send, make());
      const waiting = assertRejects(() => server.call("seen"), CallExitError);
      assert((await end).reason instanceof Error);
      await waiting;
      assertEquals(crashes.reports.length, 1);
    }
  });

  Deno.test(`a process or task that throws ${what} ends, and is reported`, async () => {
    using crashes = new Crashes();
    const fail = (): never => {
      throw make();
    };
    const pids = [spawn(fail), Task.start(fail)];
    for (const { reason } of await Promise.all(pids.map(endOf))) assert(reason instanceof Error);
    assertEquals(pids.map(({ alive }) => alive), [false, false]);
    assertEquals(crashes.reports.length, 2);
  });

  Deno.test(`a machine handles ${what} as a message, and ends where it is a result`, async () => {
    using crashes = new Crashes();
    const machine = await StateMachine.start(OddMachine, undefined);
    (machine as Pid<object>).send(make());
    assertEquals(await sys.getState(machine), { state: "only", data: 1 });
    const end = endOf(machine);
    machine.cast("result", make());
    assert((await end).reason instanceof Error);
    assertEquals(crashes.reports.length, 1);
  });

  Deno.test(`a supervisor goes on where it is sent ${what}, or a child fails to start with it`, async () => {
    const { warn, error } = console;
    console.warn = console.error = () => {};
    try {
      await using supervisor = await Supervisor.start([]);
      (supervisor as unknown as Pid<object>).send(make());
      const failing = { id: "odd", start: () => Promise.reject(make()) };
      await assertRejects(() => supervisor.startChild(failing), ChildStartError);
      assertEquals(await supervisor.whichChildren(), []);
    } finally {
      Object.assign(console, { warn, error });
    }
  });

  Deno.test(`an agent keeps ${what}`, async () => {
    const agent = await Agent.start(() => 0 as unknown);
    await agent.update(() => [make()]);
    assertEquals(await agent.get((state) => (state as object[]).length), 1);
    await agent.stop();
  });

  Deno.test(`Self.demonitor() flushes past ${what}`, async () => {
    const { promise: started, resolve } = Promise.withResolvers<Self<unknown>>();
    const gate = Promise.withResolvers<void>();
    const messages: unknown[] = [];
    const pid = spawn<unknown>(async (mailbox, self) => {
      resolve(self);
      await gate.promise;
      for await (const message of mailbox) messages.push(message);
    });
    const self = await started;
    const other = spawn(() => {});
    const ref = self.monitor(other);
    self.send(make());
    await endOf(other);
    self.demonitor(ref, { flush: true });
    gate.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(messages.length, 1);
    pid.exit("kill");
  });

  Deno.test(`a full mailbox drops ${what} without harm to who sends`, async () => {
    const gate = Promise.withResolvers<void>();
    class Busy extends OddServer {
      override handleCast = this.extendCasts({
        result: (state) => gate.promise.then(() => noreply(state)) as never,
      });
    }
    const server = await GenServer.start(Busy, undefined, { mailbox: { capacity: 1, overflow: "dropOldest" } });
    server.cast("result", {});
    await new Promise((resolve) => setTimeout(resolve, 0));
    server.send(make());
    assertEquals(server.send({}), "sent");
    gate.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(await server.call("seen"), 1);
    await server.stop();
  });

  Deno.test(`what is told of reasons takes ${what}`, () => {
    const value = make();
    assert(exitReasonOf(value) instanceof Error);
    assertEquals(typeof describeExit(value as never), "string");
    assertEquals(typeof isExpectedExit(value as never), "boolean");
    assertEquals(isSameExit(value as never, { shutdown: "x" }), false);
  });
}

import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  AlreadyStartedError,
  CallExitError,
  cancelNamedTimeout,
  cancelStateTimeout,
  continueWith,
  eventTimeout,
  type ExitReason,
  type From,
  ignore,
  keepState,
  keepStateAndData,
  listProcesses,
  type MachineAction,
  type MachineResult,
  type MachineSnapshot,
  namedTimeout,
  nextEvent,
  nextState,
  type Pid,
  postpone,
  repeatState,
  repeatStateAndData,
  reply,
  replyAndStop,
  replyTo,
  type ServerRef,
  StartError,
  startIn,
  StateMachine,
  stateTimeout,
  stop,
  Supervisor,
  sys,
  updateNamedTimeout,
  updateStateTimeout,
} from "@urvogel/realtime";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { Crashes } from "../../support/crashes.ts";
import { foreignPromise, later as thenable } from "../../support/thenables.ts";
import { errorText } from "../../support/error_text.ts";

type Log = readonly string[];
type Result = MachineResult<Script, Log>;
type Action = MachineAction<Script>;

/** A machine that does what each event tells it to, and writes down what happens. */
interface Script {
  states: { a: Log; b: Log; c: Log };
  calls: { log(): Log; ask(name: string): string; keep(): string; does(result: (log: Log) => Result): string };
  casts: { does(result: (log: Log) => Result | Promise<Result>): void; event(name: string): void };
  internal: { event(name: string): void; does(result: (log: Log) => Result): void };
  timeouts: { first(content: string): void; second(content: string): void };
  stateTimeout: string;
  eventTimeout: string;
}

interface Start {
  readonly actions?: Action[];
  /** What events with a name do, by state. */
  readonly on?: Record<string, (log: Log) => Result>;
  readonly enter?: Partial<Record<"a" | "b" | "c", (log: Log, previous: string) => unknown>>;
}

class ScriptMachine extends StateMachine<Script> {
  static ends: { reason: ExitReason; last: MachineSnapshot<Script> }[] = [];
  kept: From<string>[] = [];
  #on: Start["on"] = {};
  #enter: Start["enter"] = {};

  override init({ actions = [], on = {}, enter = {} }: Start) {
    this.#on = on;
    this.#enter = enter;
    return startIn("a", [], ...actions);
  }

  readonly #event = (log: Log, name: string, state: string): Result => {
    const seen = [...log, `${state}:${name}`];
    return this.#on?.[`${state}:${name}`]?.(seen) ?? keepState(seen);
  };
  #state(name: "a" | "b" | "c") {
    return {
      enter: (log: Log, previous: string) => {
        const enter = this.#enter?.[name];
        return enter ? enter([...log, `enter ${name} from ${previous}`], previous) as never : keepStateAndData();
      },
      casts: { event: this.#event },
      internal: { event: this.#event },
    };
  }

  override states = this.define({ a: this.#state("a"), b: this.#state("b"), c: this.#state("c") }, {
    calls: {
      log: (log) => reply(log),
      ask: (log, name, _from, state) => {
        const result = this.#on?.[`${state}:${name}`]?.([...log, `${state}:${name}`]);
        return result ?? reply(`in ${state}`);
      },
      keep: (_, _request, from) => {
        this.kept.push(from);
        return keepStateAndData();
      },
      does: (log, result) => result(log),
    },
    casts: { does: (log, result) => result(log) },
    internal: { does: (log, result) => result(log) },
    timeouts: {
      first: (log, content, state) => keepState([...log, `${state}:first ${content}`]),
      second: (log, content, state) => keepState([...log, `${state}:second ${content}`]),
    },
    stateTimeout: (log, content, state) => keepState([...log, `${state}:stateTimeout ${content}`]),
    eventTimeout: (log, content, state) => keepState([...log, `${state}:eventTimeout ${content}`]),
    info: (log, message, state) => keepState([...log, `${state}:info ${String(message)}`]),
  });

  override terminate(last: MachineSnapshot<Script>, reason: ExitReason) {
    ScriptMachine.ends.push({ reason, last });
  }
}

function start(script: Start = {}): Promise<ServerRef<Script>> {
  ScriptMachine.ends = [];
  return StateMachine.start(ScriptMachine, script);
}

/** A cast that does `actions`, and goes on to `state` if there is one. */
function act(machine: ServerRef<Script>, state?: "a" | "b" | "c", ...actions: Action[]): void {
  machine.cast("does", (log) => state ? nextState(state, log, ...actions) : keepState(log, ...actions));
}

/** Starts a machine, lets `play` play with it, and answers what it wrote down. */
async function logOf(script: Start, play: (machine: ServerRef<Script>) => unknown): Promise<Log> {
  const machine = await start(script);
  await play(machine);
  const log = await machine.call("log");
  await machine.stop();
  return log;
}

const later = (log: Log) => keepState(log.slice(0, -1), postpone());

Deno.test("postpone() puts events off until the state changes, then they come in order, before newer ones", async () => {
  const on = { "a:one": later, "a:two": later, "a:go": (log: Log) => nextState("b", log) } as const;
  const log = await logOf({ on }, (machine) => {
    for (const name of ["one", "x", "two", "go", "three"]) machine.cast("event", name);
  });
  assertEquals(log, ["a:x", "a:go", "b:one", "b:two", "b:three"]);
});

Deno.test("postpone() puts an event off again in the next state, and it keeps its place", async () => {
  const on = {
    "a:one": later,
    "a:two": later,
    "a:go": (log: Log) => nextState("b", log),
    "b:one": later,
    "b:go": (log: Log) => nextState("c", log),
  } as const;
  const log = await logOf({ on }, (machine) => {
    for (const name of ["one", "two", "go", "three", "go", "four"]) machine.cast("event", name);
  });
  assertEquals(log, ["a:go", "b:two", "b:three", "b:go", "c:one", "c:four"]);
});

Deno.test("postpone() with a change of state lets the event come again at once", async () => {
  const on = { "a:one": (log: Log) => nextState("b", log, postpone()) } as const;
  assertEquals(await logOf({ on }, (machine) => machine.cast("event", "one")), ["a:one", "b:one"]);
});

for (
  const [name, result] of [
    ["keepState()", (log: Log) => keepState(log)],
    ["repeatState()", (log: Log) => repeatState(log)],
    ["nextState() to the same state", (log: Log) => nextState("a", log)],
  ] as const
) {
  Deno.test(`${name} is no change of state: postponed events wait, the state timeout runs on`, async () => {
    using time = new FakeTime();
    const on = { "a:one": later, "a:same": (log: Log) => result(log) };
    const log = await logOf({ on, actions: [stateTimeout(10, "x")] }, async (machine) => {
      machine.cast("event", "one");
      machine.cast("event", "same");
      assertEquals(await machine.call("log"), ["a:same"]);
      await time.tickAsync(10);
    });
    assertEquals(log, ["a:same", "a:stateTimeout x"]);
  });
}

Deno.test("postpone() keeps a call, which is answered in the next state", async () => {
  const machine = await start({ on: { "a:q": later } });
  const answer = machine.call("ask", "q");
  act(machine, "b");
  assertEquals(await answer, "in b");
  await machine.stop();
});

Deno.test("postpone() keeps messages and internal events, too", async () => {
  const machine = await start({ on: { "a:in": later } });
  act(machine, undefined, nextEvent("event", "in"));
  assertEquals(await machine.call("log"), []);
  act(machine, "b");
  assertEquals(await machine.call("log"), ["b:in"]);
  await machine.stop();
});

Deno.test("a machine retries 20,000 postponed events without filling the stack", async () => {
  let left = 20_000;
  const on = { "a:one": later, "b:one": (log: Log) => (left--, keepState(log.slice(0, -1))) } as const;
  await logOf({ on }, (machine) => {
    for (let i = 0; i < 20_000; i++) machine.cast("event", "one");
    act(machine, "b");
  });
  assertEquals(left, 0);
});

Deno.test("nextEvent() comes before the mailbox, in the order given", async () => {
  const log = await logOf({}, (machine) => {
    act(machine, undefined, nextEvent("event", "1"), nextEvent("event", "2"));
    machine.cast("event", "3");
  });
  assertEquals(log, ["a:1", "a:2", "a:3"]);
});

Deno.test("nextEvent() comes before events that come again, and before those in hand", async () => {
  const on = {
    "a:one": later,
    "b:inner": (log: Log) => keepState(log, nextEvent("event", "innermost")),
  } as const;
  const log = await logOf({ on }, (machine) => {
    machine.cast("event", "one");
    act(machine, "b", nextEvent("event", "inner"), nextEvent("event", "second"));
  });
  assertEquals(log, ["b:inner", "b:innermost", "b:second", "b:one"]);
});

Deno.test("startIn() does its actions before the mailbox", async () => {
  const actions = [nextEvent("event", "begin"), namedTimeout("first", 0, "now")];
  assertEquals(await logOf({ actions }, (machine) => machine.cast("event", "x")), [
    "a:begin",
    "a:first now",
    "a:x",
  ]);
});

Deno.test("enter runs at the start, on each change of state and when a state is repeated, not else", async () => {
  const enter = {
    a: (log: Log) => keepState(log),
    b: (log: Log) => keepState(log),
  };
  const log = await logOf({ enter }, (machine) => {
    act(machine, "b");
    act(machine, "b");
    machine.cast("does", (log) => repeatState(log));
    machine.cast("does", () => repeatStateAndData());
    act(machine, undefined);
    act(machine, "a");
  });
  assertEquals(log, ["enter a from a", "enter b from a", "enter b from b", "enter b from b", "enter a from b"]);
});

Deno.test("enter comes before internal events and those that come again, and sets timeouts for the new state", async () => {
  using time = new FakeTime();
  const on = { "a:one": later } as const;
  const enter = { b: (log: Log) => keepState(log, stateTimeout(10, "entered")) };
  const log = await logOf({ on, enter }, async (machine) => {
    machine.cast("event", "one");
    act(machine, "b", nextEvent("event", "in"), stateTimeout(5, "overruled"));
    await time.tickAsync(10);
  });
  assertEquals(log, ["enter b from a", "b:in", "b:one", "b:stateTimeout entered"]);
});

Deno.test("enter may be repeated by its own result, and be async", async () => {
  let times = 0;
  const enter = {
    b: async (log: Log) => {
      await Promise.resolve();
      return ++times < 3 ? repeatState(log) : keepState(log);
    },
  };
  const log = await logOf({ enter }, (machine) => {
    act(machine, "b");
    machine.cast("event", "x");
  });
  assertEquals(log, ["enter b from a", "enter b from b", "enter b from b", "b:x"]);
});

const illegal: [string, unknown, RegExp][] = [
  ["postpones", keepStateAndData(postpone()), /Cannot postpone on enter/],
  ["sends an event", keepStateAndData(nextEvent("event", "x")), /Cannot nextEvent on enter/],
  ["goes elsewhere", nextState("c", []), /must stay in the state or stop, returned nextState/],
  ["returns nothing", undefined, /must stay in the state or stop, returned undefined/],
];
for (const [what, result, message] of illegal) {
  Deno.test(`a machine fails when its enter call ${what}`, async () => {
    using crashes = new Crashes();
    const machine = await start({ enter: { b: () => result } });
    act(machine, "b");
    await assertRejects(() => machine.call("log"), CallExitError);
    assertMatch(crashes.messages[0]!, message);
    assertEquals(crashes.reports[0]!.during, 'enter of state "b"');
    assertEquals(ScriptMachine.ends[0]!.last.state, "b");
  });
}

Deno.test("stateTimeout() is over when the state did not change, other events or not", async () => {
  using time = new FakeTime();
  const log = await logOf({}, async (machine) => {
    act(machine, undefined, stateTimeout(10, "x"));
    await time.tickAsync(9);
    machine.cast("event", "one");
    await time.tickAsync(1);
  });
  assertEquals(log, ["a:one", "a:stateTimeout x"]);
});

Deno.test("stateTimeout() is called off by a change of state, by Infinity, and set anew", async () => {
  using time = new FakeTime();
  const log = await logOf({}, async (machine) => {
    act(machine, undefined, stateTimeout(10, "left"));
    act(machine, "b", stateTimeout(10, "Infinity"));
    act(machine, undefined, stateTimeout(Infinity, ""));
    await time.tickAsync(10);
    act(machine, undefined, stateTimeout(10, "cancelled"));
    act(machine, undefined, cancelStateTimeout());
    await time.tickAsync(10);
    act(machine, undefined, stateTimeout(10, "overruled"), stateTimeout(20, "last"));
    await time.tickAsync(20);
  });
  assertEquals(log, ["b:stateTimeout last"]);
});

Deno.test("stateTimeout() that rang while its event waited counts for nothing when the state has changed", async () => {
  using time = new FakeTime();
  const log = await logOf({}, async (machine) => {
    act(machine, undefined, stateTimeout(10, "late"));
    const gate = Promise.withResolvers<Result>();
    await machine.call("log");
    machine.cast("does", () => gate.promise);
    await time.tickAsync(10); // rings now, behind the handler that is at work
    gate.resolve(nextState("b", ["went"]));
    await time.runMicrotasks();
  });
  assertEquals(log, ["went"]);
});

Deno.test("eventTimeout() is called off by any event: a message, a timeout, an internal one", async () => {
  using time = new FakeTime();
  const log = await logOf({}, async (machine) => {
    act(machine, undefined, eventTimeout(10, "message"));
    machine.cast("event", "x");
    await time.tickAsync(20);
    act(machine, undefined, eventTimeout(10, "timeout"), namedTimeout("first", 5, ""));
    await time.tickAsync(20);
    act(machine, undefined, eventTimeout(0, "internal"), nextEvent("event", "y"));
    act(machine, undefined, eventTimeout(10, "over"));
    await time.tickAsync(20);
  });
  assertEquals(log, ["a:x", "a:first ", "a:y", "a:eventTimeout over"]);
});

Deno.test("eventTimeout() is not called off by sys", async () => {
  using time = new FakeTime();
  const log = await logOf({}, async (machine) => {
    act(machine, undefined, eventTimeout(10, "x"));
    await time.tickAsync(5);
    await sys.getState(machine);
    await time.tickAsync(5);
  });
  assertEquals(log, ["a:eventTimeout x"]);
});

Deno.test("namedTimeout() runs on whatever happens, each name by itself", async () => {
  using time = new FakeTime();
  const log = await logOf({}, async (machine) => {
    act(machine, undefined, namedTimeout("first", 10, "1"), namedTimeout("second", 20, "2"));
    act(machine, "b");
    act(machine, "c", namedTimeout("second", 30, "2 again"));
    await time.tickAsync(20);
    assertEquals(await machine.call("log"), ["c:first 1"]);
    await time.tickAsync(10);
    act(
      machine,
      undefined,
      namedTimeout("first", 10, "off"),
      cancelNamedTimeout("first"),
      cancelNamedTimeout("second"),
    );
    await time.tickAsync(10);
  });
  assertEquals(log, ["c:first 1", "c:second 2 again"]);
});

Deno.test("a timeout of 0 comes after events in hand and before the mailbox, in the order given", async () => {
  const log = await logOf({ on: { "a:one": later } }, (machine) => {
    machine.cast("event", "one");
    act(
      machine,
      "b",
      eventTimeout(0, "called off by the others"),
      namedTimeout("first", 0, "0"),
      stateTimeout(0, "0"),
      nextEvent("event", "in"),
    );
    machine.cast("event", "x");
    act(machine, undefined, eventTimeout(0, "0"));
  });
  assertEquals(log, ["b:in", "b:one", "b:first 0", "b:stateTimeout 0", "b:x", "b:eventTimeout 0"]);
});

Deno.test("a state timeout of 0 is called off when an event in hand changes the state", async () => {
  const on = { "a:go": (log: Log) => nextState("b", log) } as const;
  const log = await logOf({ on }, (machine) => {
    act(machine, undefined, stateTimeout(0, "x"), nextEvent("event", "go"));
  });
  assertEquals(log, ["a:go"]);
});

Deno.test("updateStateTimeout() changes the content, not the time; where none runs, it is over at once", async () => {
  using time = new FakeTime();
  const log = await logOf({}, async (machine) => {
    act(machine, undefined, stateTimeout(10, "old"), namedTimeout("first", 10, "old"));
    await time.tickAsync(9);
    act(machine, undefined, updateStateTimeout("new"), updateNamedTimeout("first", "new"));
    await time.tickAsync(1);
    act(machine, undefined, updateStateTimeout("at once"), updateNamedTimeout("second", "at once"));
  });
  assertEquals(log, ["a:stateTimeout new", "a:first new", "a:stateTimeout at once", "a:second at once"]);
});

Deno.test("of several actions for one timeout in one result the last one counts, as if the others were not there", async () => {
  using time = new FakeTime();
  const log = await logOf({}, async (machine) => {
    act(machine, undefined, stateTimeout(20, "x"), updateStateTimeout("at once")); // none runs: x is not set
    act(machine, undefined, namedTimeout("first", 10, "old"));
    act(machine, undefined, namedTimeout("first", 99, "x"), updateNamedTimeout("first", "new"));
    act(machine, undefined, namedTimeout("second", 0, "x"), stateTimeout(0, "one"), namedTimeout("second", 0, "two"));
    await time.tickAsync(10);
  });
  assertEquals(log, ["a:stateTimeout at once", "a:stateTimeout one", "a:second two", "a:first new"]);
});

Deno.test("timeouts refuse a time that is none", () => {
  for (const timeoutMs of [-1, NaN]) {
    const message = `Cannot set state timeout: "timeoutMs" must be >= 0, received ${timeoutMs}`;
    assertThrows(() => stateTimeout(timeoutMs), RangeError, message);
    assertThrows(() => eventTimeout(timeoutMs), RangeError);
    assertThrows(() => namedTimeout("first", timeoutMs), RangeError);
  }
});

Deno.test("a machine leaves no timer behind, however it ends", async () => {
  const before = { timers: timers.size, processes: listProcesses().length };
  const actions = [
    stateTimeout(1e6, ""),
    eventTimeout(1e6, ""),
    namedTimeout("first", 1e6, ""),
    namedTimeout("second", 0, ""),
  ];
  const stopped = await start({ actions });
  await stopped.stop();
  const killed = await start({ actions });
  killed.exit("kill");
  const busy = await start({ actions });
  const gate = Promise.withResolvers<Result>();
  busy.cast("does", () => gate.promise);
  await Promise.resolve();
  busy.exit("kill");
  gate.resolve(keepState([], stateTimeout(1e6, "too late")));
  await gate.promise;
  await Promise.resolve();
  assertEquals({ timers: timers.size, processes: listProcesses().length }, before);
});

Deno.test("a call is answered later, from anywhere, or fails with the machine's end", async () => {
  class Keeper extends ScriptMachine {
    static last: Keeper | undefined;
    override init(script: Start) {
      Keeper.last = this;
      return super.init(script);
    }
  }
  const machine = await StateMachine.start(Keeper, { on: { "a:q": later } });
  const first = machine.call("keep");
  const failing = [machine.call("keep"), machine.call("ask", "q")].map((call) =>
    assertRejects(() => call, CallExitError).then((error) => assertEquals(error.reason, { shutdown: "over" }))
  );
  await machine.call("log");
  Keeper.last!.kept[0]!.reply("later");
  assertEquals(await first, "later");
  machine.cast("does", (log) => stop({ shutdown: "over" }, log));
  await Promise.all(failing);
});

Deno.test("stop() ends the machine with the reason and the last data", async () => {
  const ends = [[stop("normal"), ["a:x"]], [stop("normal", ["last"]), ["last"]]] as const;
  for (const [result, data] of ends) {
    const machine = await start();
    machine.cast("event", "x");
    machine.cast("does", () => result);
    assertEquals((await assertRejects(() => machine.call("log"), CallExitError)).reason, "normal");
    assertEquals(ScriptMachine.ends, [{ reason: "normal", last: { state: "a", data } }]);
  }
});

interface Counting {
  states: { open: number; shut: number };
  calls: {
    count(): number;
    shut(): string;
    twice(): string;
    quit(last: number | undefined): string;
    misuse(result: unknown): string;
  };
  casts: { open(): void; misuse(result: unknown): void };
  internal: { add(by: number): void };
}

class CountingMachine extends StateMachine<Counting> {
  readonly #onEnd: () => unknown;
  static readonly ends: unknown[] = [];

  constructor(onEnd: () => unknown = () => {}) {
    super();
    this.#onEnd = onEnd;
  }
  override init(count: number) {
    return startIn("open", count);
  }
  override states = this.define({
    open: { calls: { shut: (count) => reply("shut", nextState("shut", count, nextEvent("add", 10))) } },
    shut: { calls: { shut: () => keepStateAndData(postpone()), quit: () => keepStateAndData(postpone()) } },
  }, {
    calls: {
      count: (count) => reply(count),
      twice: (_, _request, from) => reply("first", keepStateAndData(replyTo(from, "second"))),
      quit: (_, last) => replyAndStop("bye", "normal", last),
      misuse: (_, result) => result as never,
    },
    casts: { open: (count) => nextState("open", count), misuse: (_, result) => result as never },
    internal: { add: (count, by) => keepState(count + by) },
  });
  override terminate(last: MachineSnapshot<Counting>) {
    CountingMachine.ends.push(last);
    return this.#onEnd() as void;
  }
}

Deno.test("reply() in a state machine keeps state and data, or goes on as its second argument says", async () => {
  await using machine = await StateMachine.start(CountingMachine, 1);
  assertEquals(await machine.call("count"), 1);
  assertEquals(await machine.call("shut"), "shut");
  assertEquals(await sys.getState(machine), { state: "shut", data: 11 });
  assertEquals(await machine.call("twice"), "first");
});

Deno.test("reply() in a state machine replies to a call that was postponed", async () => {
  await using machine = await StateMachine.start(CountingMachine, 1);
  await machine.call("shut");
  const postponed = machine.call("shut");
  machine.cast("open");
  assertEquals(await postponed, "shut");
  assertEquals(await machine.call("count"), 21);
});

for (const isPostponed of [false, true]) {
  const what = isPostponed ? "a postponed call" : "a call";
  Deno.test(`replyAndStop() in a state machine replies to ${what} when terminate is through`, async () => {
    const ended = Promise.withResolvers<void>();
    class Ending extends CountingMachine {
      constructor() {
        super(() => ended.promise);
      }
    }
    for (const [last, data] of [[undefined, isPostponed ? 11 : 1], [7, 7]] as const) {
      CountingMachine.ends.length = 0;
      const machine = await StateMachine.start(Ending, 1);
      if (isPostponed) await machine.call("shut");
      const reply = machine.call("quit", last);
      if (isPostponed) machine.cast("open");
      let replied = false;
      void reply.then(() => replied = true);
      await new Promise((resolve) => setTimeout(resolve));
      assertEquals([CountingMachine.ends, replied], [[{ state: "open", data }], data === 7]);
      ended.resolve();
      assertEquals(await reply, "bye");
      assertEquals(machine.alive, false);
    }
  });
}

Deno.test("replyAndStop() of a postponed call replies though terminate fails", async () => {
  using _ = new Crashes();
  class Failing extends CountingMachine {
    constructor() {
      super(() => Promise.reject(new Error("boom")));
    }
  }
  const machine = await StateMachine.start(Failing, 1);
  await machine.call("shut");
  const reply = machine.call("quit", 1);
  machine.cast("open");
  assertEquals(await reply, "bye");
});

const misuses: [string, (machine: ServerRef<Counting>) => unknown, RegExp][] = [
  ["reply() where nobody called", (machine) => machine.cast("misuse", reply(1)), /only a call can be replied to/],
  [
    "replyAndStop() where nobody called",
    (machine) => machine.cast("misuse", replyAndStop(1, "normal")),
    /only a call can be replied to/,
  ],
  [
    "reply() with data instead of a result",
    (machine) => machine.call("misuse", reply(1, { data: 1 })),
    /must return one of its results, returned object/,
  ],
  [
    "reply() with the end of the machine",
    (machine) => machine.call("misuse", reply(1, stop("normal"))),
    /must return one of its results, returned stop/,
  ],
  [
    "reply() with what only a GenServer does afterwards",
    (machine) => machine.call("misuse", reply(1, keepStateAndData(), continueWith(1))),
    /a state machine has eventTimeout\(\) and nextEvent\(\), received the continue of a GenServer/,
  ],
];

for (const [what, misuse, message] of misuses) {
  Deno.test(`a state machine ends when a handler returns ${what}`, async () => {
    using crashes = new Crashes();
    const machine = await StateMachine.start(CountingMachine, 1);
    await Promise.allSettled([misuse(machine), machine.call("count")]);
    assertMatch(String(crashes.reports[0]?.error), message);
    assertEquals(machine.alive, false);
  });
}

Deno.test("a machine handles one event at a time, though handlers wait, and does nothing of a late result", async () => {
  const log = await logOf({}, (machine) => {
    machine.cast("does", async (log) => {
      await Promise.resolve();
      return nextState("b", [...log, "slow"], nextEvent("event", "in"));
    });
    machine.cast("event", "x");
  });
  assertEquals(log, ["slow", "b:in", "b:x"]);
});

const failures: [string, (machine: ServerRef<Script>) => unknown, RegExp, string][] = [
  [
    "an event throws",
    (machine) =>
      machine.cast("does", () => {
        throw new Error("boom");
      }),
    /^boom$/,
    'handleCast "does"',
  ],
  [
    "an internal event throws",
    (machine) =>
      act(
        machine,
        "b",
        nextEvent("does", () => {
          throw new Error("boom");
        }),
      ),
    /^boom$/,
    'internal "does"',
  ],
  [
    "a result is none",
    (machine) => machine.cast("does", () => ({ next: "nonsense" }) as never),
    /^Cannot continue after cast "does" in state "a": it must return one of its results, returned nonsense, in an object/,
    'handleCast "does"',
  ],
  [
    "an action is none",
    (machine) => act(machine, undefined, { action: "jump" } as never),
    /jump is no action here/,
    'handleCast "does"',
  ],
  [
    "a state is none",
    (machine) => act(machine, "d" as "a"),
    /^Cannot be in state "d": the machine has only a, b, c$/,
    'handleCast "does"',
  ],
  [
    "a cast is unknown",
    (machine) => (machine.cast as (name: string) => void)("constructor"),
    /^Cannot handle cast "constructor" in state "a": there is no handler for it; add it to the state$/,
    'handleCast "constructor"',
  ],
];
for (const [when, fail, message, during] of failures) {
  Deno.test(`a machine fails, and says in what, when ${when}`, async () => {
    using crashes = new Crashes();
    const machine = await start();
    fail(machine);
    await assertRejects(() => machine.call("log"), CallExitError);
    assertMatch(crashes.messages[0]!, message);
    assertStrictEquals(crashes.reports[0]!.during, during);
    assertEquals(crashes.reports.length, 1);
    assertEquals(ScriptMachine.ends.length, 1);
  });
}

Deno.test("terminate() is told where the machine was when an event in hand failed", async () => {
  using _ = new Crashes();
  const machine = await start();
  act(
    machine,
    "b",
    nextEvent("event", "x"),
    nextEvent("does", () => {
      throw new Error("boom");
    }),
  );
  await assertRejects(() => machine.call("log"), CallExitError);
  assertEquals(ScriptMachine.ends[0]!.last, { state: "b", data: ["b:x"] });
});

const starts: [string, () => unknown, unknown][] = [
  ["ignores", () => ignore(), "ignore"],
  ["stops", () => stop({ shutdown: "no" }), { shutdown: "no" }],
  ["throws", () => {
    throw new Error("no");
  }, new Error("no")],
  ["is async", () => Promise.resolve(ignore()), "ignore"],
  ["goes to no state", () => startIn("d", []), new TypeError('Cannot be in state "d": the machine has only a, b, c')],
  [
    "postpones",
    () => startIn("a", [], postpone()),
    new TypeError(
      "Cannot postpone: there is no event when the machine starts",
    ),
  ],
];
for (const [how, init, reason] of starts) {
  Deno.test(`StateMachine.start() fails when init ${how}`, async () => {
    using _ = new Crashes();
    class Bad extends ScriptMachine {
      override init(_: Start) {
        return init() as ReturnType<ScriptMachine["init"]>;
      }
    }
    const before = listProcesses().length;
    const error = await assertRejects(() => StateMachine.start(Bad, {}), StartError);
    assertEquals(errorText(error.reason), errorText(reason));
    assertEquals(listProcesses().length, before);
  });
}

Deno.test("StateMachine.whereis() finds a machine of its class by its name", async () => {
  const machine = await StateMachine.start(ScriptMachine, {}, { name: "script" });
  class Other extends ScriptMachine {}
  assertStrictEquals(StateMachine.whereis(ScriptMachine, "script"), machine);
  assertEquals(StateMachine.whereis(Other, "script"), undefined);
  await assertRejects(() => StateMachine.start(ScriptMachine, {}, { name: "script" }), AlreadyStartedError);
  await machine.stop();
});

Deno.test("sys sees a machine's state and data, changes them, and sees its replies", async () => {
  const machine = await start();
  act(machine, "b");
  assertEquals(await sys.getState(machine), { state: "b", data: [] });
  await sys.replaceState(machine, () => ({ state: "c", data: ["replaced"] }));
  machine.cast("event", "x");
  await sys.statistics(machine, "on");
  assertEquals(await machine.call("log"), ["replaced", "c:x"]);
  assertEquals((await sys.statistics(machine))!.messagesOut, 1);
  await machine.stop();
});

Deno.test("sys.suspend() holds timeouts back, too", async () => {
  using time = new FakeTime();
  const log = await logOf({}, async (machine) => {
    act(machine, undefined, stateTimeout(10, "x"));
    await sys.suspend(machine);
    await time.tickAsync(20);
    assertEquals(await sys.getState(machine), { state: "a", data: [] });
    await sys.resume(machine);
  });
  assertEquals(log, ["a:stateTimeout x"]);
});

Deno.test("a machine without a handler for messages warns and goes on", async () => {
  interface Deaf {
    states: { here: undefined };
    calls: { hello(): string };
  }
  class DeafMachine extends StateMachine<Deaf> {
    override init(_: undefined) {
      return startIn("here", undefined);
    }
    override states = this.define({
      here: { calls: { hello: () => reply("hello") } },
    });
  }
  const warned: unknown[][] = [];
  const { warn } = console;
  console.warn = (...args) => warned.push(args);
  try {
    const machine = await StateMachine.start(DeafMachine, undefined);
    (machine as Pid<unknown>).send("psst");
    assertEquals(await machine.call("hello"), "hello");
    await machine.stop();
  } finally {
    console.warn = warn;
  }
  assertEquals(warned.length, 1);
  assertMatch(String(warned[0]), / \[urvogel\] DeafMachine in state "here" got a message .* received="psst"$/);
});

Deno.test("StateMachine.child() lets a supervisor start a machine again in its first state", async () => {
  const before = listProcesses().length;
  await using supervisor = await Supervisor.start([
    StateMachine.child(ScriptMachine, { actions: [stateTimeout(1e6, "")] }, { name: "script", restart: "transient" }),
  ]);
  const machine = StateMachine.whereis(ScriptMachine, "script")!;
  act(machine, "b");
  assertEquals(await sys.getState(machine), { state: "b", data: [] });
  machine.exit("kill");
  await supervisor.whichChildren();
  const next = StateMachine.whereis(ScriptMachine, "script")!;
  assertEquals(await sys.getState(next), { state: "a", data: [] });
  machine.cast("event", "lost");
  await supervisor.stop();
  assertEquals(listProcesses().length, before);
});

for (const after of [thenable, foreignPromise]) {
  Deno.test(`StateMachine waits for what is no Promise but comes later (${after.name})`, async () => {
    class Late extends StateMachine<{ states: { a: Log; b: Log }; calls: { log(): Log }; casts: { go(): void } }> {
      override init() {
        return after(startIn("a", []));
      }
      override states = this.define({
        a: { casts: { go: (log) => after(nextState("b", [...log, "went"])) } },
        b: { enter: (log) => after(keepState([...log, "entered"])), casts: { go: () => keepStateAndData() } },
      }, { calls: { log: (log) => after(reply(log)) } });
    }
    await using machine = await StateMachine.start(Late, undefined);
    machine.cast("go");
    assertEquals(await machine.call("log"), ["went", "entered"]);
  });
}

Deno.test("StateMachine.define() runs handlers with `this` as their machine", async () => {
  const entered: unknown[] = [];
  class Lamp
    extends StateMachine<{ states: { off: number; on: number }; calls: { push(): object }; casts: { push(): void } }> {
    override init(_: undefined) {
      return startIn("off", 0);
    }
    enter() {
      entered.push(this);
      return keepStateAndData();
    }
    override states = this.define({
      off: { enter: this.enter, casts: { push: (pushes) => nextState("on", pushes + 1) } },
      on: { casts: { push: (pushes) => nextState("off", pushes + 1) } },
    }, {
      calls: {
        push(_data, _request, from) {
          return keepStateAndData(replyTo(from, this));
        },
      },
    });
  }
  await using lamp = await StateMachine.start(Lamp, undefined);
  const self = await lamp.call("push");
  assertInstanceOf(self, Lamp);
  assertEquals(entered, [self]);
});

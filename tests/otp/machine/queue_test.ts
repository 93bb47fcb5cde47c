import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import {
  keepState,
  keepStateAndData,
  listProcesses,
  namedTimeout,
  nextEvent,
  nextState,
  postpone,
  repeatState,
  startIn,
  StateMachine,
  stateTimeout,
} from "@urvogel/realtime";
import { timers } from "../../../lib/base/timer_wheel.ts";
import { EventQueue } from "../../../lib/otp/machine/_queue.ts";

Deno.test("EventQueue.conclude() brings postponed events back, oldest first, when the state changed", () => {
  const queue = new EventQueue<string>();
  queue.conclude("a", { postponed: true, changed: false, nextEvents: [] });
  queue.conclude("b", { postponed: true, changed: false, nextEvents: [] });
  assertEquals(queue.next(), undefined);
  assertEquals(queue.postponedLength, 2);
  queue.conclude("c", { postponed: true, changed: true, nextEvents: ["x", "y"] });
  assertEquals([..."12345"].map(() => queue.next()), ["x", "y", "a", "b", "c"]);
  assertEquals(queue.postponedLength, 0);
});

const STATES = ["a", "b", "c"] as const;
type State = typeof STATES[number];

/** What a machine does with an event of a kind in a state. Levels go up with `nextEvents`, so that all comes to an end. */
interface Rule {
  readonly postponed: boolean;
  readonly to: State | "repeat" | undefined;
  readonly nextEvents: readonly number[];
}

/** An event: its kind, how often it was brought about by another, and which one it is. */
interface Happening {
  readonly kind: number;
  readonly level: number;
  readonly id: string;
}

const KINDS = 4;
const DEEPEST = 2;
const rules: fc.Arbitrary<Record<State, Rule[]>> = fc.record(
  Object.fromEntries(STATES.map((state) => [
    state,
    fc.array(
      fc.record({
        postponed: fc.boolean(),
        to: fc.option(fc.constantFrom(...STATES, "repeat" as const), { nil: undefined, freq: 2 }),
        nextEvents: fc.array(fc.nat(KINDS - 1), { maxLength: 2 }),
      }),
      { minLength: KINDS, maxLength: KINDS },
    ),
  ])) as unknown as Record<State, fc.Arbitrary<Rule[]>>,
);

/** How often an event may be handled: two states that postpone it and go to each other would never end. */
const MOST_TIMES = 6;

/** What is done with an event that comes for the nth time. */
function decide(table: Record<State, Rule[]>, state: State, { kind, level }: Happening, times: number): Rule {
  const rule = table[state][kind]!;
  return {
    postponed: rule.postponed && times < MOST_TIMES,
    to: rule.to,
    nextEvents: level < DEEPEST && times === 1 ? rule.nextEvents : [],
  };
}

/** Counts how often something happened. */
function counter(): (id: string) => number {
  const times = new Map<string, number>();
  return (id) => times.set(id, (times.get(id) ?? 0) + 1).get(id)!;
}

function children({ id, level }: Happening, kinds: readonly number[]): Happening[] {
  return kinds.map((kind, i) => ({ kind, level: level + 1, id: `${id}.${i}` }));
}

/** The rules of gen_statem's documentation, put down as plainly as can be: one list, one event after the other. */
function model(table: Record<State, Rule[]>, incoming: readonly Happening[]): string[] {
  const log: string[] = [];
  const count = counter();
  let state: State = "a";
  let waiting = [...incoming];
  let postponed: Happening[] = [];
  while (waiting.length > 0) {
    const [event, ...rest] = waiting as [Happening, ...Happening[]];
    log.push(`${state} ${event.id}`);
    const rule = decide(table, state, event, count(event.id));
    if (rule.postponed) postponed = [...postponed, event];
    const to: State = rule.to === "repeat" ? state : rule.to ?? state;
    waiting = to === state ? rest : [...postponed, ...rest];
    if (to !== state) postponed = [];
    if (rule.to === "repeat" || to !== state) log.push(`enter ${to}`);
    waiting = [...children(event, rule.nextEvents), ...waiting];
    state = to;
  }
  return log;
}

interface Ruled {
  states: { a: undefined; b: undefined; c: undefined };
  casts: { happen(event: Happening): void };
  internal: { happen(event: Happening): void };
  timeouts: { never(): void };
}

class RuledMachine extends StateMachine<Ruled> {
  #table!: Record<State, Rule[]>;
  #log: string[] = [];
  readonly #count = counter();
  #late = false;

  override init({ table, log, late }: { table: Record<State, Rule[]>; log: string[]; late: boolean }) {
    this.#table = table;
    this.#log = log;
    this.#late = late;
    return startIn("a", undefined, namedTimeout("never", 1e9));
  }
  #happen = (_: undefined, event: Happening, state: State) => {
    this.#log.push(`${state} ${event.id}`);
    const { postponed, to, nextEvents } = decide(this.#table, state, event, this.#count(event.id));
    const actions = [
      ...postponed ? [postpone()] : [],
      stateTimeout(1e9),
      ...children(event, nextEvents).map((child) => nextEvent("happen", child)),
    ];
    const result = to === undefined
      ? keepState(undefined, ...actions)
      : to === "repeat"
      ? repeatState(undefined, ...actions)
      : nextState(to, undefined, ...actions);
    return this.#late && event.kind % 2 === 0 ? Promise.resolve(result) : result;
  };
  #state = {
    enter: (_: undefined, previous: State, state: State) => {
      if (previous !== state || this.#log.length > 0) this.#log.push(`enter ${state}`);
      return keepStateAndData();
    },
    casts: { happen: this.#happen },
  };
  override states = this.define({ a: this.#state, b: this.#state, c: this.#state }, {
    internal: { happen: this.#happen },
    timeouts: { never: () => keepStateAndData() },
  });
}

Deno.test("StateMachine does what gen_statem's rules say, whatever the machine and the events", async () => {
  const before = { timers: timers.size, processes: listProcesses().length };
  await fc.assert(
    fc.asyncProperty(
      rules,
      fc.array(fc.nat(KINDS - 1), { maxLength: 12 }),
      fc.boolean(),
      async (table, kinds, late) => {
        const events = kinds.map((kind, i) => ({ kind, level: 0, id: `${i}` }));
        const log: string[] = [];
        const machine = await StateMachine.start(RuledMachine, { table, log, late });
        for (const event of events) machine.cast("happen", event);
        await machine.stop();
        assertEquals(log, model(table, events));
      },
    ),
    { numRuns: 300 },
  );
  assertEquals({ timers: timers.size, processes: listProcesses().length }, before);
});

import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import type { Timer } from "../../../lib/base/timer_wheel.ts";
import type { TimeoutAction, TimeoutKind } from "../../../lib/otp/machine/action.ts";
import { type MachineTimeout, MachineTimeouts } from "../../../lib/otp/machine/_timeouts.ts";

/** A clock that goes when it is told to. */
class Clock {
  #now = 0;
  readonly waiting = new Map<Timer, number>();
  add(timer: Timer, delayMs: number): void {
    this.waiting.set(timer, this.#now + delayMs);
  }
  cancel(timer: Timer): boolean {
    return this.waiting.delete(timer);
  }
  tick(ms: number): void {
    this.#now += ms;
    for (const [timer, deadline] of [...this.waiting].sort(([, a], [, b]) => a - b)) {
      if (deadline > this.#now) continue;
      this.waiting.delete(timer);
      timer.onTimeout();
    }
  }
}

const KEYS: readonly (readonly [TimeoutKind, string])[] = [["state", ""], ["event", ""], ["named", "x"], [
  "named",
  "y",
]];

type Step =
  | { readonly do: "apply"; readonly action: TimeoutAction }
  | { readonly do: "tick"; readonly ms: number }
  | { readonly do: "receive" }
  | { readonly do: "takeImmediate" };

const key = fc.constantFrom(...KEYS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(key, fc.constantFrom(0, 1, 2, 5, Infinity), fc.nat(99)).map(([[kind, name], timeoutMs, content]): Step => ({
    do: "apply",
    action: { action: "setTimeout", kind, name, timeoutMs, content },
  })),
  fc.tuple(key, fc.nat(99)).map(([[kind, name], content]): Step => ({
    do: "apply",
    action: { action: "updateTimeout", kind, name, content },
  })),
  key.map(([kind, name]): Step => ({ do: "apply", action: { action: "cancelTimeout", kind, name } })),
  fc.nat(3).map((ms): Step => ({ do: "tick", ms })),
  fc.constant<Step>({ do: "receive" }),
  fc.constant<Step>({ do: "takeImmediate" }),
);

/** What should be: at most one timeout for each key, with the serial number of when it was set. */
class Model {
  readonly #running = new Map<string, { deadline: number; content: unknown; serial: number }>();
  #immediate: { key: string; serial: number }[] = [];
  #rung: { key: string; serial: number }[] = [];
  #now = 0;
  #serial = 0;

  apply(action: TimeoutAction): void {
    const key = `${action.kind}:${action.name}`;
    const running = this.#running.get(key);
    if (action.action === "updateTimeout" && running) return void (running.content = action.content);
    this.#running.delete(key);
    if (action.action === "cancelTimeout") return;
    const timeoutMs = action.action === "setTimeout" ? action.timeoutMs : 0;
    if (timeoutMs === Infinity) return;
    const serial = ++this.#serial;
    const deadline = timeoutMs === 0 ? Infinity : this.#now + timeoutMs;
    this.#running.set(key, { deadline, content: action.content, serial });
    if (timeoutMs === 0) this.#immediate.push({ key, serial });
  }
  tick(ms: number): void {
    this.#now += ms;
    const due = [...this.#running].filter(([, { deadline }]) => deadline <= this.#now);
    due.sort(([, a], [, b]) => a.deadline - b.deadline || a.serial - b.serial);
    for (const [key, timeout] of due) {
      timeout.deadline = Infinity;
      this.#rung.push({ key, serial: timeout.serial });
    }
  }
  receive(): unknown {
    const rung = this.#rung.shift();
    return rung && this.#take(rung);
  }
  takeImmediate(): unknown {
    for (let next = this.#immediate.shift(); next; next = this.#immediate.shift()) {
      const taken = this.#take(next);
      if (taken) return taken;
    }
    return undefined;
  }
  #take({ key, serial }: { key: string; serial: number }): unknown {
    const running = this.#running.get(key);
    if (running?.serial !== serial) return undefined;
    this.#running.delete(key);
    return { key, content: running.content };
  }
}

Deno.test("MachineTimeouts keeps one of each kind and name, whatever is set, updated, called off and rings", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const clock = new Clock();
    const rung: MachineTimeout[] = [];
    const timeouts = new MachineTimeouts(clock, (timeout) => rung.push(timeout));
    const model = new Model();
    const seen = (timeout: MachineTimeout | undefined) =>
      timeout && { key: `${timeout.kind}:${timeout.name}`, content: timeout.content };
    for (const step of steps) {
      if (step.do === "apply") {
        timeouts.apply(step.action);
        model.apply(step.action);
      } else if (step.do === "tick") {
        clock.tick(step.ms);
        model.tick(step.ms);
      } else if (step.do === "receive") {
        const timeout = rung.shift();
        assertEquals(seen(timeout && timeouts.take(timeout) ? timeout : undefined), model.receive());
      } else {
        assertEquals(seen(timeouts.takeImmediate()), model.takeImmediate());
      }
    }
    timeouts.clear();
    assertEquals(clock.waiting.size, 0);
    assertEquals(timeouts.takeImmediate(), undefined);
  }));
});

Deno.test("MachineTimeouts.cancelEvent() calls off the event timeout and nothing else", () => {
  const clock = new Clock();
  const rung: unknown[] = [];
  const timeouts = new MachineTimeouts(clock, ({ kind }) => rung.push(kind));
  for (const [kind, name] of KEYS) {
    timeouts.apply({ action: "setTimeout", kind, name, timeoutMs: 5, content: undefined });
  }
  timeouts.cancelEvent();
  clock.tick(5);
  assertEquals(rung, ["state", "named", "named"]);
});

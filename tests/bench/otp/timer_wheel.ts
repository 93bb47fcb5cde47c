/**
 * The timer wheel: what a timeout costs that is called off in time, as nearly all are.
 *
 * @module
 */

import { Timer, timers } from "../../../lib/base/timer_wheel.ts";
import { perSecond, printFigures } from "./figures.ts";

class Timeout extends Timer {
  override onTimeout(): void {
    throw new Error("Cannot trust this run: a timer was called");
  }
}

const TIMERS = 1_000_000;
/** How many wait at the same time where they do. */
const AT_ONCE = 10_000;
const TIMEOUT_MS = 5000;

/** Cancelled right away: a call that is answered in the same turn. */
function addAndCancel(): void {
  for (let i = 0; i < TIMERS; i++) {
    const timer = new Timeout();
    timers.add(timer, TIMEOUT_MS);
    timers.cancel(timer);
  }
}

/** Cancelled a turn of the event loop later, when they have found their place in the wheel. */
async function addAndCancelLater(): Promise<void> {
  for (let done = 0; done < TIMERS; done += AT_ONCE) {
    const waiting = Array.from({ length: AT_ONCE }, () => new Timeout());
    for (const timer of waiting) timers.add(timer, TIMEOUT_MS);
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const timer of waiting) timers.cancel(timer);
  }
}

/** What the wheel is there to replace. */
function setAndClearTimeout(): void {
  for (let i = 0; i < TIMERS / 10; i++) clearTimeout(setTimeout(() => {}, TIMEOUT_MS));
}

const nanoseconds = async (count: number, work: () => void | Promise<void>) => 1e9 / await perSecond(count, work);

await printFigures([
  {
    what: "add and cancel in the same turn",
    elixir: "-",
    target: "-",
    unit: "ns",
    measure: () => nanoseconds(TIMERS, addAndCancel),
  },
  {
    what: "add and cancel a turn later, 10,000 at once",
    elixir: "-",
    target: "-",
    unit: "ns",
    measure: () => nanoseconds(TIMERS, addAndCancelLater),
  },
  {
    what: "setTimeout and clearTimeout, for comparison",
    elixir: "-",
    target: "-",
    unit: "ns",
    measure: () => nanoseconds(TIMERS / 10, setAndClearTimeout),
  },
]);

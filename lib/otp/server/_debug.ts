/**
 * Traces, statistics and measurements of a server, for `sys` and `debug`.
 *
 * @module
 */

import type { Call, Cast } from "./call.ts";
import type { HandlerTimes } from "./handler_times.ts";
import { HandlerClock } from "./handler_watch.ts";
import { kindOf } from "./_messages.ts";
import { type AwaitedReply, callTrace, HandlerCalls } from "./open_calls.ts";
import type { SysEvent, SysStatistics } from "./_sys_event.ts";

/** Passes the events of a server to its tracers, and counts them. */
export class ServerDebug {
  #tracers: Set<(event: SysEvent) => void> | undefined; // thousands of servers may be measured, and few are traced
  #statistics: { startTime: number; messagesIn: number; messagesOut: number } | undefined;
  #clock: HandlerClock | undefined;
  /** The calls of the handler that runs, or ran last. */
  #calls: HandlerCalls | undefined;
  /** How many want clock and calls. */
  #watchers = 0;

  /** Whether there are neither tracers nor statistics nor measurements any more. */
  get idle(): boolean {
    return this.#tracers === undefined && this.#statistics === undefined && this.#clock === undefined;
  }

  /** What was measured, if {@linkcode measure} is on. */
  get times(): HandlerTimes | undefined {
    return this.#clock?.times;
  }

  /** The reply that the handler waits for, if {@linkcode measure} was on when it began. */
  get awaited(): AwaitedReply | undefined {
    return this.#calls?.awaited;
  }

  /**
   * Measures handlers for one more watcher, or for one less. `runningSinceMs` is when the current one began, if one runs.
   */
  measure(on: boolean, runningSinceMs: number | undefined): void {
    if (!on) {
      if (--this.#watchers <= 0) this.ended();
      return;
    }
    if (this.#watchers++ > 0) return; // what is measured goes on
    this.#clock = new HandlerClock();
    callTrace.watch(true);
    if (runningSinceMs !== undefined) this.#clock.waitsSince(runningSinceMs);
  }

  /** Ends what {@linkcode measure} has begun: its server has ended, or nobody watches it any more. */
  ended(): void {
    if (this.#clock === undefined) return;
    this.#clock = this.#calls = undefined;
    callTrace.watch(false);
  }

  /** The current statistics, if they are switched on. */
  get statistics(): SysStatistics | undefined {
    return this.#statistics && { ...this.#statistics };
  }

  /** Switches the statistics on or off. */
  count(on: boolean): void {
    this.#statistics = on ? { startTime: Date.now(), messagesIn: 0, messagesOut: 0 } : undefined;
  }

  /** Calls `tracer` with each event from now on. */
  add(tracer: (event: SysEvent) => void): void {
    (this.#tracers ??= new Set()).add(tracer);
  }

  /** Stops calling `tracer`. */
  delete(tracer: (event: SysEvent) => void): void {
    this.#tracers?.delete(tracer);
    if (this.#tracers?.size === 0) this.#tracers = undefined;
  }

  /** Runs a handler, which is measured if {@linkcode measure} is on. */
  run<R>(handler: () => R): R {
    if (this.#clock === undefined) return handler();
    this.#calls = new HandlerCalls();
    const result = callTrace.run(this.#calls, handler);
    this.#clock?.returned();
    return result;
  }

  /** Called when `init` is done, which is no handler: how long it has been running is known, and counts for nothing. */
  started(): void {
    this.#clock?.stop();
  }

  /** Called before a message is handled. */
  received(message: unknown): void {
    const kind = kindOf(message);
    if (kind === "system") return;
    this.#clock?.begin();
    if (this.#statistics) this.#statistics.messagesIn++;
    if (this.#tracers === undefined) return;
    if (kind === "call" || kind === "cast") this.#tell({ event: "in", kind, ...named(message as Call | Cast) });
    else this.#tell({ event: "in", kind: "info", message });
  }

  /** Called before `handleContinue`, which handles no message. */
  continued(): void {
    this.#clock?.begin();
  }

  /** Called when a callback replied to a call. */
  replied({ name }: Call, value: unknown): void {
    this.#clock?.end();
    if (this.#statistics) this.#statistics.messagesOut++;
    if (this.#tracers) this.#tell({ event: "reply", name, value });
  }

  /** Called when a callback returned without a reply. */
  handled(): void {
    this.#clock?.end();
    if (this.#tracers) this.#tell({ event: "noreply" });
  }

  #tell(event: SysEvent): void {
    for (const tracer of this.#tracers ?? []) tracer(event);
  }
}

function named({ name, request }: Call | Cast): { name: string; request: unknown } {
  return { name, request };
}

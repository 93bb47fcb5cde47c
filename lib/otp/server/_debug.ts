/**
 * Looking on while a server works: what `sys` traces and counts.
 *
 * @module
 */

import type { Call, Cast } from "./call.ts";
import { kindOf } from "./_messages.ts";

/** Something that a traced server did. */
export type SysEvent =
  | { readonly event: "in"; readonly kind: "call" | "cast"; readonly name: string; readonly request: unknown }
  | { readonly event: "in"; readonly kind: "info"; readonly message: unknown }
  | { readonly event: "reply"; readonly name: string; readonly value: unknown }
  | { readonly event: "noreply" };

/** What a server has done since its statistics were switched on. */
export interface SysStatistics {
  /** When counting began, in milliseconds since 1970. */
  readonly startTime: number;
  /** Messages handled. */
  readonly messagesIn: number;
  /** Calls answered by a callback's result. */
  readonly messagesOut: number;
}

/** Tells those who look on what a server does, and counts it. */
export class ServerDebug {
  readonly #tracers = new Set<(event: SysEvent) => void>();
  #statistics: { startTime: number; messagesIn: number; messagesOut: number } | undefined;

  /** Whether nobody looks on any more. */
  get idle(): boolean {
    return this.#tracers.size === 0 && this.#statistics === undefined;
  }

  /** The numbers so far, where they are kept. */
  get statistics(): SysStatistics | undefined {
    return this.#statistics && { ...this.#statistics };
  }

  /** Begins to count, or stops. */
  count(on: boolean): void {
    this.#statistics = on ? { startTime: Date.now(), messagesIn: 0, messagesOut: 0 } : undefined;
  }

  /** Tells `tracer` of all that happens from now on. */
  add(tracer: (event: SysEvent) => void): void {
    this.#tracers.add(tracer);
  }

  /** Tells `tracer` nothing more. */
  delete(tracer: (event: SysEvent) => void): void {
    this.#tracers.delete(tracer);
  }

  /** A message is about to be handled. */
  received(message: unknown): void {
    const kind = kindOf(message);
    if (kind === "system") return;
    if (this.#statistics) this.#statistics.messagesIn++;
    if (kind === "call" || kind === "cast") this.#tell({ event: "in", kind, ...named(message as Call | Cast) });
    else this.#tell({ event: "in", kind: "info", message });
  }

  /** A callback answered a call. */
  replied({ name }: Call, value: unknown): void {
    if (this.#statistics) this.#statistics.messagesOut++;
    this.#tell({ event: "reply", name, value });
  }

  /** A callback returned without an answer. */
  handled(): void {
    this.#tell({ event: "noreply" });
  }

  #tell(event: SysEvent): void {
    for (const tracer of this.#tracers) tracer(event);
  }
}

function named({ name, request }: Call | Cast): { name: string; request: unknown } {
  return { name, request };
}

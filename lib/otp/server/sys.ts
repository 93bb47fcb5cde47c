/**
 * Inspection of running servers: read or replace their state, trace, count, and suspend them. OTP's `:sys`.
 *
 * It works with everything that is built like a GenServer: supervisors, registries, agents, state machines, channels.
 *
 * ```ts
 * import { GenServer, noreply, sys } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * class Counter extends GenServer<number, { casts: { add(by: number): void } }> {
 *   override init(start: number) {
 *     return start;
 *   }
 *   override handleCast = this.casts({ add: (state, by) => noreply(state + by) });
 * }
 *
 * const counter = await GenServer.start(Counter, 0);
 * counter.cast("add", 2);
 * assertEquals(await sys.getState(counter), 2); // in turn, after the cast
 * await sys.replaceState(counter, (state) => Number(state) + 40);
 * assertEquals(await sys.getState(counter), 42);
 * await counter.stop();
 * ```
 *
 * **Use it for tests and debugging only:** the state of a server is private, and other code should use a call to ask
 * for data.
 *
 * All functions wait until the server has handled the messages that it already has, so after `getState` those have been
 * handled. All fail with a `CallTimeoutError` if that takes longer than `timeoutMs`, 5,000 by default, with a
 * `CallExitError` if the server has ended or ends meanwhile, and with a `TypeError` if the process is not a server (a
 * process created by `spawn` reads its mailbox itself).
 *
 * @category Servers
 * @module
 */

import type { ServerStatus } from "../process/server_status.ts";
import type { CallOptions } from "./call.ts";
import { Mailbox } from "../process/mailbox.ts";
import { MailboxIterator } from "../process/mailbox_iterator.ts";
import type { Pid } from "../process/pid.ts";
import { ServerDebug } from "./_debug.ts";
import type { SysEvent, SysStatistics } from "./_sys_event.ts";
import { ServerProcess } from "./server_process.ts";
import type { ServerControl } from "./_system_message.ts";

export type { ServerStatus };
// `deno doc` documents what a namespace exports with `*`, not what it exports by name from another file.
export * from "./_sys_event.ts";

/** Returns the state of a server. */
export function getState(server: Pid<never>, options?: CallOptions): Promise<unknown> {
  return ask(server, "sys.getState", ({ getState }) => getState(), options);
}

/**
 * Replaces the state of a server. If `change` throws, the state is kept and the error is thrown to the caller.
 *
 * @param server The server.
 * @param change Returns the new state for the old one.
 * @param options How long to wait.
 * @returns The new state.
 */
export function replaceState(
  server: Pid<never>,
  change: (state: unknown) => unknown,
  options?: CallOptions,
): Promise<unknown> {
  return ask(server, "sys.replaceState", ({ getState, setState }) => {
    const state = change(getState());
    setState(state);
    return state;
  }, options);
}

/** Returns the status of a server: its state, its phase and more, after its `formatStatus`. */
export function getStatus(server: Pid<never>, options?: CallOptions): Promise<ServerStatus> {
  return ask(server, "sys.getStatus", ({ status }) => status(), options);
}

/** Suspends a server: it handles only `sys`, `stop` and the end of its parent until {@linkcode resume}. */
export function suspend(server: Pid<never>, options?: CallOptions): Promise<void> {
  return ask(server, "sys.suspend", ({ setSuspended }) => setSuspended(true), options);
}

/** Resumes a suspended server, which then handles the messages that have arrived meanwhile. */
export function resume(server: Pid<never>, options?: CallOptions): Promise<void> {
  return ask(server, "sys.resume", ({ setSuspended }) => setSuspended(false), options);
}

/** The events of a traced server. The trace ends when the loop is left or the object is disposed. */
export interface Trace extends AsyncIterable<SysEvent>, Disposable {
  /**
   * Returns an iterator of the events; there is one reader. Its `return` ends the trace at once, even while `next`
   * waits.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<SysEvent, undefined>;
}

/**
 * Traces a server from now on: the messages that it gets and what its callbacks return.
 *
 * @example Usage
 * ```ts ignore
 * for await (const event of await sys.trace(counter)) console.log(event);
 * ```
 *
 * @param server The server.
 * @param options How long to wait.
 * @returns The events, as they happen. Ends with the server.
 */
export async function trace(server: Pid<never>, options?: CallOptions): Promise<Trace> {
  const events = new Mailbox<SysEvent>();
  const tracer = (event: SysEvent) => void events.post(event);
  await ask(server, "sys.trace", (control) => debugOf(control).add(tracer), options);
  const process = serverOf(server);
  const end = () => events.close();
  process.onExit(end);
  let ended = false;
  const dispose = () => {
    if (ended) return;
    ended = true;
    process.offExit(end);
    events[Symbol.dispose]();
    if (process.alive) void ask(server, "sys.trace", (control) => endDebug(control, tracer)).catch(() => {});
  };
  return {
    [Symbol.asyncIterator]: () => new MailboxIterator(events, dispose),
    [Symbol.dispose]: dispose,
  };
}

/**
 * Counts the messages and replies of a server.
 *
 * @param server The server.
 * @param action `"on"` starts or restarts counting, `"off"` ends it, `"get"` only reads the numbers.
 * @param options How long to wait.
 * @returns The numbers so far, or `undefined` if counting is off.
 */
export function statistics(
  server: Pid<never>,
  action: "on" | "off" | "get" = "get",
  options?: CallOptions,
): Promise<SysStatistics | undefined> {
  return ask(server, "sys.statistics", (control) => {
    const soFar = control.debug?.statistics;
    if (action === "get") return soFar;
    const debug = debugOf(control);
    debug.count(action === "on");
    if (debug.idle) control.setDebug(undefined);
    return action === "on" ? debug.statistics : soFar;
  }, options);
}

async function ask<R>(
  server: Pid<never>,
  name: string,
  act: (control: ServerControl) => R,
  options?: CallOptions,
): Promise<R> {
  return await serverOf(server).inspect(name, act, options);
}

function serverOf(pid: Pid<never>): ServerProcess<unknown> {
  if (pid instanceof ServerProcess) return pid;
  throw new TypeError(`Cannot inspect process ${pid.id} (${pid.label}): it is no server; pass the pid of one`);
}

function debugOf(control: ServerControl): ServerDebug {
  const debug = control.debug ?? new ServerDebug();
  control.setDebug(debug);
  return debug;
}

function endDebug(control: ServerControl, tracer: (event: SysEvent) => void): void {
  control.debug?.delete(tracer);
  if (control.debug?.idle) control.setDebug(undefined);
}

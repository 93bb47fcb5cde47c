/**
 * Looking into running servers: their state, what they do, and holding them still. OTP's `:sys`.
 *
 * Works on everything that is built like a GenServer: supervisors, registries, agents, state machines, channels.
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
 * **For tests and for people who look for a fault, not for programs:** a state belongs to its server, and who wants to
 * know something asks it by a call.
 *
 * All of these wait for their turn behind the messages that the server has already got, so `getState` also tells that
 * those have been handled. All fail with a `CallTimeoutError` if that takes longer than `timeoutMs`, 5,000 by default,
 * with a `CallExitError` if the server has ended or ends meanwhile, and with a `TypeError` if the process is no server
 * (one made by `spawn` reads its mailbox itself).
 *
 * @module
 */

import type { ServerStatus } from "../process/server_status.ts";
import type { CallOptions } from "./call.ts";
import { Mailbox } from "../process/mailbox.ts";
import { MailboxIterator } from "../process/mailbox_iterator.ts";
import type { Pid } from "../process/pid.ts";
import { ServerDebug, type SysEvent, type SysStatistics } from "./_debug.ts";
import { ServerProcess } from "./server_process.ts";
import type { ServerControl } from "./_system_message.ts";

export type { ServerStatus, SysEvent, SysStatistics };

/** Tells the state of a server. */
export function getState(server: Pid<never>, options?: CallOptions): Promise<unknown> {
  return ask(server, "sys.getState", ({ getState }) => getState(), options);
}

/**
 * Puts another state in place of a server's. Where `change` throws, the state stays and the error comes back.
 *
 * @param server The server.
 * @param change Makes the new state of the old one.
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

/** Tells what may be shown of a server: its state and more, after its `formatStatus`. */
export function getStatus(server: Pid<never>, options?: CallOptions): Promise<ServerStatus> {
  return ask(server, "sys.getStatus", ({ status }) => status(), options);
}

/** Lets a server handle nothing but `sys`, `stop` and the end of its parent until {@linkcode resume}. */
export function suspend(server: Pid<never>, options?: CallOptions): Promise<void> {
  return ask(server, "sys.suspend", ({ setSuspended }) => setSuspended(true), options);
}

/** Lets a suspended server go on with what has come meanwhile. */
export function resume(server: Pid<never>, options?: CallOptions): Promise<void> {
  return ask(server, "sys.resume", ({ setSuspended }) => setSuspended(false), options);
}

/** The events of a traced server. Leaving the loop, or disposing, ends the trace. */
export interface Trace extends AsyncIterable<SysEvent>, Disposable {
  /** Reads the events; there is one reader. Its `return` ends the trace at once, also while `next` waits for an event. */
  [Symbol.asyncIterator](): AsyncIterableIterator<SysEvent, undefined>;
}

/**
 * Follows what a server does from now on: the messages it gets, what its callbacks return.
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
 * Counts what a server handles and answers.
 *
 * @param server The server.
 * @param action `"on"` begins anew, `"off"` ends, `"get"` only looks.
 * @param options How long to wait.
 * @returns The numbers so far, or `undefined` where nothing is counted.
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
  throw new TypeError(`Cannot look into process ${pid.id} (${pid.label}): it is no server`);
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

/**
 * Classes whose servers can be kept by key: those of GenServers and of state machines.
 *
 * @module
 */

import { GenServer, type GenServerClass } from "../otp/server/gen_server.ts";
import type { ServerCalls, ServerInterface, ServerRef } from "../otp/server/server_ref.ts";
import type { StartOptions } from "../otp/server/start_server.ts";
import { StateMachine, type StateMachineClass } from "../otp/machine/state_machine.ts";
import type { MachineInterface } from "../otp/machine/interface.ts";

/**
 * A class of GenServers or of state machines.
 *
 * @category Servers by key
 */
export type KeyedServerClass = new () => {
  readonly interface?: ServerInterface;
  init(argument: never): unknown;
};

/**
 * The calls and casts that the servers of a class understand.
 *
 * @category Servers by key
 */
export type InterfaceOf<C extends KeyedServerClass> = C extends
  new () => { readonly interface?: infer I extends ServerInterface } ? I : never;

/**
 * A running server of a class.
 *
 * @category Servers by key
 */
export type KeyedServerRef<C extends KeyedServerClass> = ServerRef<InterfaceOf<C>>;

/**
 * A server of a class, on this node or another one.
 *
 * @category Servers by key
 */
export type KeyedServerCalls<C extends KeyedServerClass> = ServerCalls<InterfaceOf<C>>;

/**
 * The type of the argument of a class's `init`; `unknown` if it takes none.
 *
 * @category Servers by key
 */
export type InitArgumentOf<C extends KeyedServerClass> = C extends new () => { init(argument: infer A): unknown } ? A
  : never;

/**
 * The class itself if it is complete: it has a handler for each call and cast.
 *
 * @category Servers by key
 */
export type Complete<C extends KeyedServerClass> = C extends new () => StateMachine<infer I extends MachineInterface>
  ? StateMachineClass<never, I>
  : C extends new () => GenServer<infer S, infer I extends ServerInterface> ? GenServerClass<never, S, I>
  : never;

/**
 * Checks that servers of a class can be started.
 *
 * @throws {TypeError} If it is not a class of GenServers or of state machines.
 */
export function assertKeyedServerClass(server: KeyedServerClass): void {
  const { prototype } = server;
  if (prototype instanceof GenServer || prototype instanceof StateMachine) return;
  throw new TypeError(
    `Cannot create keyed servers: the class must extend GenServer or StateMachine, received ${server?.name}`,
  );
}

/** Starts a server of a class that {@linkcode assertKeyedServerClass} has checked. */
export function startKeyedServer<C extends KeyedServerClass>(
  server: C,
  argument: InitArgumentOf<C>,
  options: StartOptions,
): Promise<KeyedServerRef<C>> {
  // The compiler has checked class and argument where they were given; here it knows too little of both.
  const started: Promise<unknown> = server.prototype instanceof StateMachine
    ? StateMachine.start(server as unknown as StateMachineClass<unknown, MachineInterface>, argument, options)
    : GenServer.start(server as unknown as GenServerClass<unknown, unknown, ServerInterface>, argument, options);
  return started as Promise<KeyedServerRef<C>>;
}

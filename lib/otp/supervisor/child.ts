/**
 * GenServers as children of a supervisor.
 *
 * @module
 */

import { childIdOf, type ChildOptions, type ChildSpec, policyOf } from "../process/child_spec.ts";
import { GenServer, type GenServerClass } from "../server/gen_server.ts";
import type { ServerInterface, ServerRef } from "../server/server_ref.ts";
import type { StartArguments, StartOptions } from "../server/start_server.ts";

/**
 * Returns the child specification of a GenServer, for a supervisor. Elixir's `{Module, argument}`. Other kinds of
 * processes have a function of the same name: `StateMachine.child`, `Agent.child`, `Supervisor.child` and so on.
 *
 * @category Supervision
 * @example Usage
 * ```ts
 * import { child, GenServer, Supervisor } from "@urvogel/realtime";
 *
 * class Greeter extends GenServer<string> {
 *   override init(greeting: string) {
 *     return greeting;
 *   }
 * }
 *
 * await Supervisor.start([
 *   child(Greeter, "hello"), // its id is "Greeter"
 *   child(Greeter, "good day", { name: "polite", restart: "transient", shutdown: 1000 }), // its id is "polite"
 * ]);
 * ```
 *
 * @param server The class.
 * @param argument The argument of its `init`, the same at each start; may be omitted if `init` takes none.
 * @param options A name and other options of `GenServer.start`, and how it is supervised.
 * @returns The specification, for `Supervisor.start`, `startChild` and the like.
 */
export function child<A = undefined, S = unknown, I extends ServerInterface = ServerInterface>(
  server: GenServerClass<A, S, I>,
  ...[argument, options = {}]: StartArguments<NoInfer<A>, ChildOptions & Omit<StartOptions, "link">>
): ChildSpec<ServerRef<I>> {
  return {
    ...policyOf(options),
    id: childIdOf(options, server.name),
    shutdown: options.shutdown,
    start: (link) => GenServer.start(server, ...[argument, { ...options, link }] as StartArguments<A, StartOptions>),
  };
}

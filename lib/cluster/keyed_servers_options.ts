/**
 * The options of servers by key.
 *
 * @module
 */

import type { Schema } from "../contract/schema.ts";
import type { MailboxOptions } from "../otp/process/mailbox.ts";
import type { Name } from "../otp/process/names.ts";
import type { DynamicSupervisorRef } from "../otp/supervisor/dynamic_supervisor.ts";
import type { JsonOrBytes } from "../protocol/payload.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { ClusterScope } from "./crossing_types.ts";
import type { InitArgumentOf, InterfaceOf, KeyedServerClass } from "./keyed_server_class.ts";
import type { OwnerStore } from "./owner_store.ts";

/**
 * How a server gets the argument of its `init`. Not needed if that is the key, or if `init` takes none.
 *
 * @category Servers by key
 */
export type KeyedServerArgument<A> = string extends A ? {
    /**
     * Makes the argument of `init` for a key. With the option `store` it also gets the state that was saved last, if
     * there is one. Check it: it may be of an earlier version of the program.
     *
     * @default {(key) => key}
     */
    readonly arg?: (key: string, saved: JsonOrBytes | undefined) => A;
  }
  : {
    /**
     * Makes the argument of `init` for a key. With the option `store` it also gets the state that was saved last, if
     * there is one. Check it: it may be of an earlier version of the program.
     */
    readonly arg: (key: string, saved: JsonOrBytes | undefined) => A;
  };

/**
 * Options for {@linkcode KeyedServers}, except the argument of `init`.
 *
 * @category Servers by key
 */
export interface KeyedServersLimits {
  /** The program's PubSub. Its adapter, if it has one, determines which nodes form the cluster. */
  readonly pubsub: PubSub;
  /**
   * The supervisor of the servers, or its name. Without one,
   * {@linkcode KeyedServers.prototype.start | KeyedServers.start} and
   * {@linkcode KeyedServers.prototype.child | KeyedServers.child} make one.
   */
  readonly supervisor?: DynamicSupervisorRef | Name;
  /**
   * The name of the servers in labels and errors. It must differ for each `KeyedServers` of a PubSub.
   *
   * @default {the name of the class}
   */
  readonly name?: string;
  /**
   * Maximum number of keys that have a server at the same time, including servers that are starting or ending. At least
   * 1.
   *
   * @default {100_000}
   */
  readonly maxKeys?: number;
  /**
   * A server is ended after this long without calls, casts and `ensure`, in milliseconds. It ends at most a quarter of
   * that time later. More than 0.
   *
   * @default {Infinity}
   */
  readonly idleMs?: number;
  /**
   * Called before a server is ended because of `idleMs`: return `true` to keep it. It is called again after another
   * `idleMs` without use. If it throws, the server is kept.
   *
   * @default {() => false}
   */
  readonly keepWhile?: (key: string) => boolean;
  /**
   * How long `init` may take, in milliseconds.
   *
   * @default {Infinity}
   */
  readonly startTimeoutMs?: number;
  /**
   * How long a server may take to end, in milliseconds, before it is killed; also one that is still starting. At least
   * 0.
   *
   * @default {5000}
   */
  readonly shutdownMs?: number;
  /**
   * Which node starts a server that runs nowhere: the one on which `ensure` was called, or the one that has the fewest
   * servers of this name. A server is never moved while it runs.
   *
   * @default {"here"}
   */
  readonly placement?: "here" | "spread";
  /**
   * Keys whose servers always run, on one of the nodes: they are started without an `ensure`, and again when they end
   * or their node dies. One that cannot be started is reported and tried again, at most every 30 seconds. They begin
   * with the supervisor of the servers, and end with it, with the PubSub of a cluster, or when these `KeyedServers` are
   * disposed. A supervisor that is given by its name may come back, so they do not end with that.
   *
   * @default {[]}
   */
  readonly always?: readonly string[];
  /**
   * Schemas for the requests of other nodes, by the name of the call or the cast. A request that does not fit is
   * refused: its caller gets a {@linkcode RemoteError}, and the server notices nothing.
   *
   * @default {{}}
   */
  readonly schemas?: Readonly<Partial<Record<string, Schema>>>;
  /**
   * Keeps the states of the servers: a server that is started again, on any node, gets what was saved last as the
   * second argument of `arg`. The state must be JSON, or bytes. It is saved when it has changed (is another object), at
   * most every `saveMs`, after `terminate`, and when the server calls `ownershipOf(this.self).save(state)`. **Changes
   * since the last save are lost when a server or its node is killed.** A server with a store traps exits, so that its
   * state is saved when its supervisor ends it; it ends when the store refuses its state, since another server has the
   * key then.
   *
   * The adapters for NATS and PostgreSQL have one, as their `store`, for programs whose bus they are. With any other bus,
   * or none, `postgresStore` of `@urvogel/realtime/postgres` is one.
   *
   * @default {undefined}, the state is lost with its server, as in OTP
   */
  readonly store?: OwnerStore | undefined;
  /**
   * How often a changed state is saved, in milliseconds. More than 0; `Infinity` saves only on request and at the end.
   *
   * @default {5000}
   */
  readonly saveMs?: number;
  /**
   * Whether calls and casts within this node are treated as those between nodes, too: requests and replies are copied
   * and must be JSON and bytes, and requests must fit `schemas`. For development and tests, as
   * `EndpointOptions.validateOut`: a program that runs on one node notices at once what would not survive the way to
   * another.
   *
   * @default {false, but true after the test kit has connected a client to the endpoint of `pubsub`, unless `scope` is
   * "node"}
   */
  readonly checkCalls?: boolean;
  /** Limits how many messages may wait for one server, and sets what happens to further messages. */
  readonly mailbox?: MailboxOptions;
}

/**
 * Where the servers of a class may run.
 *
 * @category Servers by key
 */
export interface KeyedServersScope<C extends KeyedServerClass> {
  /**
   * Whether a key has one server in the whole cluster (`"cluster"`), or one on each node (`"node"`). With `"cluster"`
   * the compiler checks that all requests and replies are JSON and bytes; without the option that is checked when they
   * are sent to another node.
   *
   * @default {"cluster" if the adapter has an owner engine, else "node"}
   */
  readonly scope?: ClusterScope<InterfaceOf<C>> | "node";
}

/**
 * Options for {@linkcode KeyedServers}: limits, `idleMs`, `always` and `store` are described at
 * {@linkcode KeyedServersLimits}, `scope` at {@linkcode KeyedServersScope}, and `arg`, which makes the argument of `init`,
 * at {@linkcode KeyedServerArgument}.
 *
 * @category Servers by key
 */
export type KeyedServersOptions<C extends KeyedServerClass> =
  & KeyedServersLimits
  & KeyedServersScope<C>
  & KeyedServerArgument<InitArgumentOf<C>>;

/**
 * What must not compile, and what must. `deno check` is the test: an error that does not come is one.
 *
 * @module
 */

import {
  Cluster,
  type ClusterScope,
  type DynamicSupervisorRef,
  GenServer,
  isLocal,
  KeyedServers,
  noreply,
  type PubSub,
  reply,
  type ServerCalls,
  type ServerRef,
  startIn,
  StateMachine,
} from "@urvogel/realtime";

interface Room {
  calls: { move(move: { from: string; to: string }): boolean; count(): number };
  casts: { leave(who: string): void };
}

class RoomServer extends GenServer<number, Room> {
  override init({ topic }: { topic: string }) {
    return topic.length;
  }
  override handleCall = this.calls({
    move: (state) => reply(true, state + 1),
    count: (state) => reply(state, state),
  });
  override handleCast = this.casts({ leave: (state) => noreply(state) });
}

interface Light {
  states: { on: number };
  calls: { count(): number };
}
class LightMachine extends StateMachine<Light> {
  override init(start: number) {
    return startIn("on", start);
  }
  override states = this.define({
    on: { calls: { count: (count) => reply(count) } },
  });
}

class Named extends GenServer<string> {
  override init(key: string) {
    return key;
  }
}
class Nothing extends GenServer<null> {
  override init() {
    return null;
  }
}
class Incomplete extends GenServer<number, Room> {
  override init(_: string) {
    return 0;
  }
}

/** Never run. */
export async function users(supervisor: DynamicSupervisorRef, pubsub: PubSub): Promise<void> {
  const rooms = new KeyedServers(RoomServer, { supervisor, pubsub, arg: (key) => ({ topic: key.trim() }) });
  const annotated: KeyedServers<typeof RoomServer> = rooms;
  const room: ServerCalls<Room> = await rooms.ensure("room:7");
  const moved: boolean = await room.call("move", { from: "e2", to: "e4" });
  room.cast("leave", "ann");
  const count: number | undefined = await annotated.whereis("room:7")?.call("count");
  for (const [key, server] of rooms) server.cast("leave", key.trim());

  if (isLocal(room)) await room.stop();

  // @ts-expect-error: it may run on another node
  const local: ServerRef<Room> = room;
  // @ts-expect-error: the request has no `to`
  await room.call("move", { from: "e2" });
  // @ts-expect-error: there is no such call
  await room.call("undo");
  // @ts-expect-error: the reply is a number
  const text: string = await room.call("count");
  // @ts-expect-error: keys are strings
  await rooms.ensure(7);
  // @ts-expect-error: a server may be missing
  await rooms.whereis("room:7").call("count");
  // @ts-expect-error: other servers
  const others: KeyedServers<typeof Named> = rooms;
  return void [moved, count, text, others, local];
}

/** Never run. */
export async function machines(pubsub: PubSub): Promise<void> {
  const lights = new KeyedServers(LightMachine, { pubsub, arg: (key) => key.length });
  const light: ServerCalls<Light> = await lights.ensure("door");
  const count: number = await light.call("count");
  // @ts-expect-error: `init` takes a number
  new KeyedServers(LightMachine, { pubsub, arg: (key) => key });
  // @ts-expect-error: `init` takes a number, not the key
  new KeyedServers(LightMachine, { pubsub });
  return void count;
}

/** Never run. */
export function options(pubsub: PubSub): void {
  new KeyedServers(Named, { pubsub });
  new KeyedServers(Named, { pubsub, arg: (key) => key.trim() });
  new KeyedServers(Nothing, { pubsub });
  // @ts-expect-error: `init` takes an object
  new KeyedServers(RoomServer, { pubsub });
  // @ts-expect-error: `topic` is missing
  new KeyedServers(RoomServer, { pubsub, arg: () => ({}) });
  // @ts-expect-error: `init` takes a string
  new KeyedServers(Named, { pubsub, arg: () => 7 });
  // @ts-expect-error: there is no PubSub
  new KeyedServers(Named, {});
  // @ts-expect-error: calls have no handlers
  new KeyedServers(Incomplete, { pubsub });
  // @ts-expect-error: no class of servers
  new KeyedServers(Date, { pubsub });
}

interface Crossing {
  calls: {
    plain(request: { at: number; tags?: readonly string[] }): { parts: Uint8Array[]; next: null } | undefined;
    none(): void;
  };
  casts: { bytes(bytes: Uint8Array): void };
}
class CrossingServer extends GenServer<null, Crossing> {
  override init() {
    return null;
  }
  override handleCall = this.calls({
    plain: (state) => reply(undefined, state),
    none: (state) => reply(undefined, state),
  });
  override handleCast = this.casts({ bytes: (state) => noreply(state) });
}
class PromisingServer extends GenServer<null, { calls: { wait(for_: { until: Promise<void> }): boolean } }> {
  override init() {
    return null;
  }
  override handleCall = this.calls({ wait: (state) => reply(true, state) });
}
class MappingServer extends GenServer<null, { calls: { all(): { people: Map<string, string> } } }> {
  override init() {
    return null;
  }
  override handleCall = this.calls({ all: (state) => reply({ people: new Map() }, state) });
}

/** Never run. */
export function scopes(pubsub: PubSub): void {
  new KeyedServers(CrossingServer, { pubsub, scope: "cluster" });
  new KeyedServers(RoomServer, { pubsub, scope: "cluster", arg: (topic) => ({ topic }) });
  new KeyedServers(PromisingServer, { pubsub });
  new KeyedServers(PromisingServer, { pubsub, scope: "node" });
  // @ts-expect-error: a promise does not cross
  new KeyedServers(PromisingServer, { pubsub, scope: "cluster" });
  new KeyedServers(MappingServer, { pubsub });
  // @ts-expect-error: a Map does not cross
  new KeyedServers(MappingServer, { pubsub, scope: "cluster" });
}

interface Mixed {
  calls: { get(): number; people(): Map<string, number>; at(date: Date): void };
  casts: { reset(to: number): void; run(job: () => void): void };
}

/** Never run. */
export async function exposed(pubsub: PubSub, server: ServerRef<Mixed>): Promise<void> {
  const cluster = Cluster.of(pubsub);
  cluster.expose("mixed", server, ["get", "reset"]);
  cluster.expose("mixed", () => server, ["get"]);
  // @ts-expect-error: a Map does not cross
  cluster.expose("mixed", server, ["get", "people"]);
  // @ts-expect-error: a date does not cross
  cluster.expose("mixed", server, ["at"]);
  // @ts-expect-error: a function does not cross
  cluster.expose("mixed", server, ["run"]);
  // @ts-expect-error: there is no such call
  cluster.expose("mixed", server, ["undo"]);
  const got: number = await cluster.ref<Mixed>("any", "mixed").call("get");
  // @ts-expect-error: the request is a number
  cluster.refs<Mixed>("mixed").abcast("reset", "0");
  return void got;
}

/** The scope of servers whose requests and replies are `T`. */
type Scope<T> = ClusterScope<{ calls: { echo(value: T): T } }>;
interface Tree {
  readonly value: number;
  readonly parts: readonly Tree[];
  readonly next?: Tree;
}
interface DatedTree {
  readonly at?: Date;
  readonly parts: readonly DatedTree[];
}
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export const CROSSING: [
  Scope<Tree>,
  Scope<Json>,
  Scope<[at: string, ...rest: number[]]>,
  Scope<{ readonly kind: "a" } | { readonly kind: "b"; readonly bytes?: Uint8Array } | undefined>,
  Scope<Partial<Record<"a" | "b", { readonly x: number }>>>,
  Scope<string & { readonly brand: "id" }>,
] = ["cluster", "cluster", "cluster", "cluster", "cluster", "cluster"];

// @ts-expect-error: a date, deep in a type that refers to itself
export const DATED: Scope<DatedTree> = "cluster";
// @ts-expect-error: it may be anything
export const UNKNOWN: Scope<{ readonly value: unknown }> = "cluster";
// deno-lint-ignore no-explicit-any -- what is refused
type Anything = { readonly value: any };
// @ts-expect-error: it may be anything
export const ANYTHING: Scope<Anything> = "cluster";
// @ts-expect-error: a bigint
export const BIG: Scope<readonly (string | bigint)[]> = "cluster";
// @ts-expect-error: a function that may be missing
export const FUNCTION: Scope<{ readonly then?: () => void }> = "cluster";
// @ts-expect-error: numbers that are not bytes
export const FLOATS: Scope<Float64Array> = "cluster";

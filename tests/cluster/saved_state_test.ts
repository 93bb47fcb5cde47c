import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  CallExitError,
  DynamicSupervisor,
  GenServer,
  type JsonOrBytes,
  KeyedServers,
  type KeyedServersLimits,
  type LoadedState,
  MemoryStore,
  nextState,
  type OwnerSaveFailedEvent,
  OwnershipLostError,
  ownershipOf,
  type OwnerStore,
  PubSub,
  reply,
  StartError,
  startIn,
  StateMachine,
  stop,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { pass } from "../support/keyed_nodes.ts";
import { Collected } from "../support/telemetry.ts";

interface Tally {
  calls: {
    add(by: number): number;
    addSafely(by: number): number;
    addAndWait(by: number): number;
    addIfSaved(by: number): boolean;
    nest(): boolean;
  };
  casts: { leave(): void; crash(): void };
}

/** What `addAndWait` waits for after it has saved. */
let afterSave = Promise.withResolvers<void>();

class TallyServer extends GenServer<readonly number[], Tally> {
  override init(saved: readonly number[]) {
    return saved;
  }
  override handleCall = this.calls({
    add: (sum, by) => reply(sum.length + 1, [...sum, by]),
    addSafely: async (sum, by) => {
      const next = [...sum, by];
      await ownershipOf(this.self)!.save(next);
      return reply(next.length, next);
    },
    addAndWait: async (sum, by) => {
      const next = [...sum, by];
      await ownershipOf(this.self)!.save(next);
      await afterSave.promise;
      return reply(next.length, next);
    },
    addIfSaved: async (sum, by) => {
      const next = [...sum, by];
      const isSaved = await ownershipOf(this.self)!.save(next).then(() => true, () => false);
      return reply(isSaved, isSaved ? next : sum);
    },
    nest: async (sum) => {
      await ownershipOf(this.self)!.save({ bytes: new Uint8Array(1) });
      return reply(true, sum);
    },
  });
  override handleCast = this.casts({
    leave: (sum) => stop("normal", sum),
    crash: (): never => {
      throw new Error("boom");
    },
  });
}

/** A store that notes what it saved, and can fail or wait. */
class Watched implements OwnerStore {
  readonly saved: JsonOrBytes[] = [];
  fails = false;
  /** Saves, but the reply is lost. */
  isDeaf = false;
  hold: Promise<void> | undefined;
  holdLoad: Promise<void> | undefined;
  readonly #store = new MemoryStore();

  async load(key: string, token: bigint): Promise<LoadedState> {
    await this.holdLoad;
    if (this.fails) throw new Error("no store");
    return await this.#store.load(key, token);
  }
  async save(key: string, state: JsonOrBytes, token: bigint): Promise<"saved" | "refused"> {
    await this.hold;
    if (this.fails) throw new Error("no store");
    const result = await this.#store.save(key, state, token);
    if (result === "saved") this.saved.push(state);
    if (this.isDeaf) throw new Error("no reply");
    return result;
  }
}

async function open(store: OwnerStore | undefined, options: Partial<KeyedServersLimits> = {}) {
  const supervisor = await DynamicSupervisor.start();
  const tallies = new KeyedServers(TallyServer, {
    supervisor,
    pubsub: new PubSub(),
    arg: (_key, saved) => Array.isArray(saved) ? saved : [],
    store,
    ...options,
  });
  return { supervisor, tallies, [Symbol.asyncDispose]: () => supervisor.stop("shutdown") };
}

Deno.test("KeyedServers with a store give the next server what was saved at the end of the one before", async () => {
  const store = new Watched();
  await using opened = await open(store);
  const { tallies, supervisor } = opened;
  const ends: (() => unknown)[] = [
    () => tallies.stop("a"),
    () => tallies.whereis("a")!.cast("leave"),
    () => tallies.whereis("a")!.exit("shutdown", supervisor), // as its supervisor does
  ];
  for (const [index, end] of ends.entries()) {
    assertEquals(await (await tallies.ensure("a")).call("add", index), index + 1);
    await end();
    await settle();
    assertEquals(tallies.whereis("a"), undefined);
    assertEquals(store.saved.at(-1), Array.from({ length: index + 1 }, (_, i) => i));
  }
  await (await tallies.ensure("b")).call("add", 7);
  await supervisor.stop("shutdown");
  assertEquals(store.saved.at(-1), [7]);
});

Deno.test("KeyedServers save a changed state from time to time, and not twice", async () => {
  using time = new FakeTime();
  for (const [options, ms] of [[{}, 5000], [{ saveMs: 300 }, 300]] as const) {
    const store = new Watched();
    await using opened = await open(store, options);
    const tally = await opened.tallies.ensure("a");
    await tally.call("add", 1);
    await tally.call("add", 2);
    await pass(time, ms - 50);
    assertEquals(store.saved, []);
    await pass(time, 100);
    assertEquals(store.saved, [[1, 2]]);
    await pass(time, 3 * ms);
    await opened.tallies.stop("a");
    assertEquals(store.saved, [[1, 2]]);
  }
});

Deno.test("ownershipOf().save() has saved what a killed server acknowledged", async () => {
  const store = new Watched();
  await using opened = await open(store);
  const { tallies } = opened;
  const tally = await tallies.ensure("a");
  assertEquals([await tally.call("addSafely", 1), await tally.call("add", 2)], [1, 2]);
  tallies.whereis("a")!.exit("kill");
  assertEquals(await (await tallies.ensure("a")).call("add", 3), 2);
});

Deno.test("a state that was saved on request is not replaced by the one before while its callback runs", async () => {
  using time = new FakeTime();
  const store = new Watched();
  await using opened = await open(store, { saveMs: 100 });
  const tally = await opened.tallies.ensure("a");
  await tally.call("add", 1);
  afterSave = Promise.withResolvers();
  const added = tally.call("addAndWait", 2);
  await pass(time, 250);
  afterSave.resolve();
  assertEquals([await added, store.saved], [2, [[1, 2]]]);
  await tally.call("add", 3);
  await pass(time, 100);
  assertEquals(store.saved, [[1, 2], [1, 2, 3]]);
});

Deno.test("a state that is being saved on request is not replaced by the one before", async () => {
  using time = new FakeTime();
  const store = new Watched();
  await using opened = await open(store, { saveMs: 100 });
  const tally = await opened.tallies.ensure("a");
  await tally.call("add", 1);
  const hold = Promise.withResolvers<void>();
  store.hold = hold.promise;
  const added = tally.call("addSafely", 2);
  await pass(time, 150);
  hold.resolve();
  assertEquals(await added, 2);
  await pass(time, 250);
  assertEquals(store.saved, [[1, 2]]);
});

Deno.test("a state that was saved on request is not replaced by the one before when its callback fails", async () => {
  using _ = new Crashes();
  const store = new Watched();
  await using opened = await open(store);
  const tally = await opened.tallies.ensure("a");
  await tally.call("add", 1);
  afterSave = Promise.withResolvers();
  const added = assertRejects(() => tally.call("addAndWait", 2), CallExitError, "boom");
  await settle({ timeoutMs: 5 });
  afterSave.reject(new Error("boom"));
  await added;
  assertEquals(store.saved, [[1, 2]]);
});

Deno.test("a state that terminate saves is not replaced by the one before", async () => {
  class Closing extends GenServer<readonly string[], { casts: { leave(): void } }> {
    override init() {
      return ["open"];
    }
    override handleCast = this.casts({ leave: (state) => stop("normal", state) });
    override async terminate(state: readonly string[]) {
      await ownershipOf(this.self)!.save([...state, "closed"]);
    }
  }
  const store = new Watched();
  await using supervisor = await DynamicSupervisor.start();
  const closing = new KeyedServers(Closing, { supervisor, pubsub: new PubSub(), store });
  for (const end of [() => closing.stop("a"), () => closing.whereis("a")!.cast("leave")]) {
    await closing.ensure("a");
    end();
    await settle();
  }
  assertEquals(store.saved, [["open", "closed"], ["open", "closed"]]);
});

Deno.test("a state is saved after a save that may have arrived, whatever came of that", async () => {
  const store = new Watched();
  await using opened = await open(store);
  const tally = await opened.tallies.ensure("a");
  await tally.call("addSafely", 1);
  store.isDeaf = true;
  assertEquals(await tally.call("addIfSaved", 2), false);
  store.isDeaf = false;
  await opened.tallies.stop("a");
  assertEquals(store.saved, [[1], [1, 2], [1]]);
});

Deno.test("a server that lost its key cannot save, and ends", async () => {
  using failed = new Collected<OwnerSaveFailedEvent>("urvogel:owner:save_failed");
  const store = new Watched();
  await using opened = await open(store);
  const tally = await opened.tallies.ensure("a");
  const { token } = ownershipOf(opened.tallies.whereis("a")!)!;
  await tally.call("addSafely", 1);
  assertEquals(await store.load("TallyServer:a", token + 1n), { status: "loaded", state: [1] }); // another node
  await assertRejects(() => tally.call("addSafely", 2), CallExitError, "ownership lost");
  assertEquals([opened.tallies.whereis("a"), store.saved, failed.events], [undefined, [[1]], []]);
});

Deno.test("a killed server saves nothing any more, whatever its handler still does", async () => {
  const store = new Watched();
  await using opened = await open(store);
  const { tallies } = opened;
  const tally = await tallies.ensure("a");
  const owner = ownershipOf(tallies.whereis("a")!)!;
  const hold = Promise.withResolvers<void>();
  store.hold = hold.promise;
  const called = assertRejects(() => tally.call("addSafely", 1), CallExitError);
  await settle({ timeoutMs: 5 });
  tallies.whereis("a")!.exit("kill");
  await called;
  const next = await tallies.ensure("a"); // which has loaded
  hold.resolve();
  store.hold = undefined;
  await settle();
  assertEquals(store.saved, []); // the save that was under way came too late
  await assertRejects(() => owner.save([9]), OwnershipLostError, "TallyServer:a");
  assertEquals(await next.call("addSafely", 2), 1);
  assertEquals(store.saved, [[2]]);
});

Deno.test("a save that fails is reported, and tried again", async () => {
  using time = new FakeTime();
  using _crashes = new Crashes();
  using failed = new Collected<OwnerSaveFailedEvent>("urvogel:owner:save_failed");
  const store = new Watched();
  await using opened = await open(store, { saveMs: 100 });
  const tally = await opened.tallies.ensure("a");
  await tally.call("add", 1);
  store.fails = true;
  await pass(time, 250);
  assertEquals(failed.events.map(({ server, error }) => [server, error.message]), [
    ["TallyServer:a", "no store"],
    ["TallyServer:a", "no store"],
  ]);
  store.fails = false;
  await pass(time, 100);
  assertEquals(store.saved, [[1]]);
  store.fails = true;
  await assertRejects(() => tally.call("addSafely", 2), CallExitError, "no store"); // the handler threw
  await assertRejects(() => opened.tallies.ensure("a"), Error, "no store");
  assertEquals(opened.tallies.size, 0);
});

/** Stops the server of a key whose load does not end, so that it is killed. Returns what ends the load. */
async function givenUp(
  time: FakeTime,
  store: Watched,
  { tallies }: Awaited<ReturnType<typeof open>>,
  stop: () => Promise<unknown>,
): Promise<PromiseWithResolvers<void>> {
  const loaded = Promise.withResolvers<void>();
  store.holdLoad = loaded.promise;
  const failed = assertRejects(() => tallies.ensure("a"), StartError, "killed");
  await settle();
  const stopped = stop();
  await pass(time, 1000);
  await Promise.all([failed, stopped]);
  return loaded;
}

Deno.test("KeyedServers.stop() gives up a server whose state is loaded for longer than shutdownMs", async () => {
  using time = new FakeTime();
  const store = new Watched();
  await using opened = await open(store, { shutdownMs: 1000 });
  const { tallies } = opened;
  const loaded = await givenUp(time, store, opened, () => tallies.stopAll());
  assertEquals(tallies.size, 0);
  loaded.resolve();
  await settle();
  assertEquals(tallies.size, 0);
});

Deno.test("a load that was given up takes nothing from the next server of the key", async () => {
  using time = new FakeTime();
  const store = new Watched();
  await using opened = await open(store, { shutdownMs: 1000 });
  const { tallies } = opened;
  const loaded = await givenUp(time, store, opened, () => tallies.stop("a"));
  store.holdLoad = undefined;
  const next = await tallies.ensure("a");
  loaded.resolve(); // its token is refused, as that of a clock that was set back
  await settle();
  assertEquals([await next.call("addSafely", 1), store.saved], [1, [[1]]]);
});

Deno.test("a state that is neither JSON nor bytes is refused where it is saved", async () => {
  using _ = new Crashes();
  using failed = new Collected<OwnerSaveFailedEvent>("urvogel:owner:save_failed");
  await using opened = await open(new Watched());
  const tally = await opened.tallies.ensure("a");
  await assertRejects(
    () => tally.call("nest"),
    CallExitError,
    "it must be JSON, or bytes alone, received bytes at bytes",
  );
  await using without = await open(undefined);
  await without.tallies.ensure("a");
  const owner = ownershipOf(without.tallies.whereis("a")!)!;
  await assertRejects(() => owner.save([]), TypeError, 'there is no option "store"');
  assertEquals(ownershipOf(without.supervisor), undefined);
  assert(failed.events.length === 0);
});

Deno.test("a crashed server saves the state before the message that failed", async () => {
  using _ = new Crashes();
  const store = new Watched();
  await using opened = await open(store);
  const tally = await opened.tallies.ensure("a");
  await tally.call("add", 1);
  tally.cast("crash");
  await settle();
  assertEquals(store.saved, [[1]]);
});

interface Light {
  states: { on: number; off: number };
  casts: { turn(): void };
}
class LightMachine extends StateMachine<Light> {
  override init(saved: { readonly state: "on" | "off"; readonly data: number }) {
    return startIn(saved.state, saved.data);
  }
  override states = this.define({
    on: { casts: { turn: (count) => nextState("off", count + 1) } },
    off: { casts: { turn: (count) => nextState("on", count + 1) } },
  });
}

Deno.test("a state machine is saved with its state and data", async () => {
  const store = new Watched();
  await using supervisor = await DynamicSupervisor.start();
  const lights = new KeyedServers(LightMachine, {
    supervisor,
    pubsub: new PubSub(),
    store,
    arg: (_key, saved) => saved as { state: "on"; data: number } | undefined ?? { state: "off", data: 0 },
  });
  for (let i = 0; i < 3; i++) {
    (await lights.ensure("door")).cast("turn");
    await lights.stop("door");
  }
  assertEquals(store.saved.map((state) => ({ ...state as object })), [
    { state: "on", data: 1 },
    { state: "off", data: 2 },
    { state: "on", data: 3 },
  ]);
});

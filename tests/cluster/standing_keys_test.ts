import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  DynamicSupervisor,
  GenServer,
  KeyedServers,
  type OwnerSessionLostEvent,
  PubSub,
  type StandingFailedEvent,
  stop,
  Supervisor,
} from "@urvogel/realtime";
import { Crashes } from "../support/crashes.ts";
import { BreakableOwners, KeyedNode, type Log, pass } from "../support/keyed_nodes.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { Collected } from "../support/telemetry.ts";

/** A server that counts its starts. */
class Job extends GenServer<null, { casts: { leave(): void } }> {
  override init(start: () => void) {
    start();
    return null;
  }
  override handleCast = this.casts({ leave: (state) => stop("normal", state) });
}

Deno.test("KeyedServers with always start servers without an ensure, and again when they end", async () => {
  using time = new FakeTime();
  let starts = 0;
  await using supervisor = await DynamicSupervisor.start();
  await using jobs = new KeyedServers(Job, {
    supervisor,
    pubsub: new PubSub(),
    always: ["nightly"],
    arg: () => () => starts++,
  });
  await pass(time, 50);
  assertEquals([starts, [...jobs.keys()]], [1, ["nightly"]]);
  for (const end of [() => jobs.whereis("nightly")!.cast("leave"), () => jobs.stop("nightly")]) {
    void end();
    await pass(time, 50);
    await pass(time, 400);
    assertEquals(jobs.whereis("nightly")?.alive, true);
  }
  assertEquals(starts, 3);
});

Deno.test("KeyedServers with always try again less and less often, and report it", async () => {
  using time = new FakeTime();
  using _crashes = new Crashes();
  using failed = new Collected<StandingFailedEvent>("urvogel:keyed:standing_failed");
  await using supervisor = await DynamicSupervisor.start();
  let fails = true;
  const arg = () => () => {
    if (fails) throw new Error("no disk");
  };
  await using jobs = new KeyedServers(Job, { supervisor, pubsub: new PubSub(), always: ["nightly"], arg });
  await pass(time, 60_000);
  const count = failed.events.length;
  assertEquals(count >= 8 && count <= 20, true, `${count}`);
  assertEquals([failed.events[0]!.key, failed.events[0]!.error.message], [
    "nightly",
    "Cannot start Job:nightly: Error: no disk",
  ]);
  fails = false;
  await pass(time, 30_000);
  assertEquals(jobs.whereis("nightly")?.alive, true);
  await jobs[Symbol.asyncDispose]();
  await pass(time, 60_000);
  assertEquals(jobs.size, 0);
});

Deno.test("KeyedServers with always log a failed start in the log of their PubSub", async () => {
  using time = new FakeTime();
  using _crashes = new Crashes();
  await using supervisor = await DynamicSupervisor.start();
  const messages: string[] = [];
  const pubsub = new PubSub({ logger: ({ level, message }) => void messages.push(`${level} ${message}`) });
  const arg = () => () => {
    throw new Error("no disk");
  };
  await using _jobs = new KeyedServers(Job, { supervisor, pubsub, always: ["nightly"], arg });
  await pass(time, 50);
  assertEquals(messages, ['error server "nightly" of Job, which should always run, could not be started']);
});

Deno.test("KeyedServers with always begin with a supervisor of their own", async () => {
  using time = new FakeTime();
  using failed = new Collected<StandingFailedEvent>("urvogel:keyed:standing_failed");
  await using jobs = new KeyedServers(Job, { pubsub: new PubSub(), always: ["nightly"], arg: () => () => {} });
  await pass(time, 1000);
  assertEquals([jobs.size, failed.events], [0, []]);
  await jobs.start();
  await pass(time, 100);
  assertEquals(jobs.size, 1);
});

Deno.test("KeyedServers with always end with their supervisor, and begin with the next one", async () => {
  using time = new FakeTime();
  using failed = new Collected<StandingFailedEvent>("urvogel:keyed:standing_failed");
  const options = { pubsub: new PubSub(), always: ["nightly"], arg: () => () => {} };
  const supervisor = await DynamicSupervisor.start();
  await using given = new KeyedServers(Job, { ...options, supervisor });
  await using own = new KeyedServers(Job, options);
  const tree = await Supervisor.start([own.child()]);
  await pass(time, 100);
  assertEquals([given.size, own.size], [1, 1]);
  await supervisor.stop();
  own.whereis("nightly")!.exit("kill"); // it is about to be started again
  await tree.stop();
  await pass(time, 60_000);
  assertEquals([given.size, own.size, failed.events], [0, 0, []]);
  await using _next = await Supervisor.start([own.child()]);
  await pass(time, 100);
  assertEquals(own.size, 1);
});

Deno.test("KeyedServers with always wait for a supervisor that is given by its name", async () => {
  using time = new FakeTime();
  using failed = new Collected<StandingFailedEvent>("urvogel:keyed:standing_failed");
  const supervisor = { name: "standing_keys_test" };
  await using jobs = new KeyedServers(Job, {
    pubsub: new PubSub(),
    supervisor: supervisor.name,
    always: ["nightly"],
    arg: () => () => {},
  });
  const first = await DynamicSupervisor.start(supervisor);
  await pass(time, 100);
  await first.stop();
  await pass(time, 1000);
  assertEquals([jobs.size, failed.events.length > 0], [0, true]);
  await using _next = await DynamicSupervisor.start(supervisor);
  await pass(time, 30_000);
  assertEquals(jobs.size, 1);
});

Deno.test("KeyedServers with always run a key on one node, and on another one when that dies or stops", async () => {
  using time = new FakeTime();
  using _ = new Collected<OwnerSessionLostEvent>("urvogel:owner:session_lost");
  using _failed = new Collected<StandingFailedEvent>("urvogel:keyed:standing_failed"); // of the node that is cut off
  const hub = new Hub();
  const owners = new BreakableOwners();
  const log: Log = [];
  const names = ["a", "b", "c"];
  const nodes = await Promise.all(names.map((name) => KeyedNode.start(hub, owners, log, name, { always: ["one"] })));
  const running = () => nodes.filter(({ rooms }) => rooms.whereis("one")).map(({ name }) => name);
  await pass(time, 3000);
  const [first] = running();
  assertEquals([running().length, log.length], [1, 1]);
  owners.cut.add(first!);
  hub.part([first!], names.filter((name) => name !== first));
  await pass(time, 3000);
  const [second] = running();
  assertEquals([running().length, log], [1, [`${first} starts one`, `${second} starts one`]]);
  owners.cut.clear();
  hub.heal();
  await pass(time, 1000);
  await nodes.find(({ name }) => name === second)!.pubsub.stop();
  await pass(time, 2000);
  assertEquals(running().length, 1);
  assertEquals(log.slice(2, 3), [`${second} ends one`]);
  for (const node of nodes) await node[Symbol.asyncDispose]();
});

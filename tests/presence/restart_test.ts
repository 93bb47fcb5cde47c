import { assert, assertEquals, assertThrows, fail } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import {
  type Broadcast,
  type MetasByKey,
  type Pid,
  Presence,
  type PresenceDiff,
  type PresenceOptions,
  type Presences,
  PubSub,
  type ReplicationOptions,
  spawn,
  supervisionTree,
  Supervisor,
  sys,
  Tracker,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { TrackerState } from "../../lib/presence/_tracker_state.ts";
import { Crashes } from "../support/crashes.ts";
import { Leaks } from "../support/leaks.ts";
import { loadPresenceClass } from "../support/phoenix_client.ts";
import { Hub } from "../support/pubsub_hub.ts";

interface Meta {
  readonly n: number;
}

function idle(): Pid {
  return spawn(async (mailbox) => {
    for await (const _ of mailbox);
  });
}

/** The processes under a PubSub, by what it calls them; and itself. */
function processesOf(pubsub: PubSub): Map<string, Pid> {
  const found = new Map([["PubSub", pubsub.supervisor]]);
  for (const { id, pid } of supervisionTree(pubsub).children) if (pid) found.set(`${id}`, pid);
  return found;
}

const PhoenixPresence = await loadPresenceClass({ version: "1.8.16" });

/** A client in topic `t`, which keeps the list as phoenix.js does. */
class Client implements Disposable {
  /** The metas that it knows of, by key. */
  state: Presences<Meta> = {};
  /** How many diffs it got. */
  diffs = 0;
  readonly #pid: Pid;

  constructor(pubsub: PubSub) {
    const pid = spawn<Broadcast>(async (mailbox) => {
      for await (const { payload } of mailbox) {
        this.diffs++;
        this.state = PhoenixPresence.syncDiff(this.state, structuredClone(payload as object)) as Presences<Meta>;
      }
    });
    pubsub.subscribe("t", pid);
    this.#pid = pid;
  }

  [Symbol.dispose](): void {
    this.#pid.exit("shutdown");
  }
}

/** Metas by key, in an order that does not depend on how they came. */
function sorted(presences: Presences<Meta>): unknown {
  return Object.entries(presences).map(([key, { metas }]) => [key, metas.map(({ phx_ref }) => phx_ref).sort()]).sort();
}

const VICTIMS = ["presence people", "tracker people_shard0", "PubSub"] as const;

type Step =
  | { readonly act: "join" | "leave" | "update" | "turn" | "wait"; readonly n: number }
  | { readonly act: "kill"; readonly n: number };

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom<Step["act"][]>("join", "join", "leave", "update", "turn", "wait", "kill"),
  n: fc.nat(5),
});

Deno.test.each<[string, Partial<PresenceOptions<Meta>>, boolean]>([
  ["a diff for each change", {}, false],
  ["coalesceMs", { coalesceMs: 100 }, false],
  ["an async fetch", {}, true],
])("Presence loses and doubles nobody whichever process is killed: %s", async (_case, options, isAsync) => {
  class People extends Presence<Meta, Presences<Meta> | Promise<Presences<Meta>>> {
    override fetch(_topic: string, presences: Presences<Meta>) {
      return isAsync ? new Promise<Presences<Meta>>((done) => setTimeout(() => done(presences), 10)) : presences;
    }
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      using time = new FakeTime();
      const pubsub = new PubSub({ maxRestarts: Infinity });
      const presence = new People({ pubsub, name: "people", ...options });
      using client = new Client(pubsub);
      const members: Pid[] = [];
      for (const { act, n } of steps) {
        const member = members[n % members.length];
        if (act === "join") {
          members.push(idle());
          presence.track(members.at(-1)!, "t", `user ${n}`, { n });
        } else if (act === "turn") await Promise.resolve();
        else if (act === "wait") await time.tickAsync(20 * n);
        else if (act === "kill") processesOf(pubsub).get(VICTIMS[n % VICTIMS.length]!)?.exit("kill");
        else if (!member) continue;
        else if (act === "leave") members.splice(n % members.length, 1)[0]!.exit("shutdown");
        else presence.track(member, "t", `other ${members.length} ${Math.random()}`, { n });
      }
      for (let i = 0; i < 10; i++) await time.tickAsync(100);
      await settle();
      const listed = presence.list("t");
      await time.tickAsync(10);
      assertEquals(sorted(client.state), sorted(await listed));
      const stopping = presence.stop();
      await time.tickAsync(1000);
      await stopping;
      for (const pid of members) pid.exit("shutdown");
    }),
    { numRuns: 60 },
  );
});

Deno.test.each(VICTIMS)("Presence goes on with what was tracked when %s is killed", async (victim) => {
  using _ = new Leaks();
  const pubsub = new PubSub();
  const presence = new Presence<Meta>({ pubsub, name: "people" });
  using client = new Client(pubsub);
  const [ann, bob, eve] = [idle(), idle(), idle()];
  presence.track(ann, "t", "ann", { n: 1 });
  presence.track(bob, "t", "bob", { n: 1 });
  await settle();
  const before = processesOf(pubsub).get(victim)!;
  before.exit("kill");
  presence.track(eve, "t", "eve", { n: 1 }); // at once, while it is being started again
  bob.exit("shutdown");
  assertEquals(Object.keys(presence.list("t")), ["ann", "eve"]);
  await settle();
  const after = processesOf(pubsub).get(victim)!;
  assert(after.alive && after !== before);
  assertEquals(sorted(client.state), sorted(presence.list("t")));
  ann.exit("shutdown");
  await settle();
  assertEquals(Object.keys(client.state), ["eve"]);
  await pubsub.stop();
  eve.exit("shutdown");
});

Deno.test("Presence begins with a new state of handleMetas, and the same view, when its process is killed", async () => {
  const seen: unknown[] = [];
  class Counting extends Presence<Meta, Presences<Meta>, number> {
    override init() {
      return 0;
    }
    override handleMetas(count: number, _t: string, _d: PresenceDiff<Presences<Meta>>, presences: MetasByKey<Meta>) {
      seen.push([count, [...presences.keys()]]);
      return count + 1;
    }
  }
  const pubsub = new PubSub();
  const presence = new Counting({ pubsub, name: "people" });
  const [ann, bob, eve] = [idle(), idle(), idle()];
  for (const [pid, key] of [[ann, "ann"], [bob, "bob"]] as const) presence.track(pid, "t", key, { n: 1 });
  await settle();
  processesOf(pubsub).get("presence people")!.exit("kill");
  presence.track(eve, "t", "eve", { n: 1 });
  await settle();
  assertEquals(seen, [[0, ["ann"]], [1, ["ann", "bob"]], [0, ["ann", "bob", "eve"]]]);
  await pubsub.stop();
  for (const pid of [ann, bob, eve]) pid.exit("shutdown");
});

Deno.test("Presence that is asked to end by an exit signal is started again", async () => {
  const pubsub = new PubSub();
  const presence = new Presence<Meta>({ pubsub, name: "people" });
  await settle();
  for (const id of ["presence people", "tracker people_shard0"]) {
    const before = processesOf(pubsub).get(id)!;
    before.exit("normal"); // means nothing
    await settle();
    assert(before.alive);
    before.exit("shutdown");
    await settle();
    assertEquals(before.alive, false);
    assert(processesOf(pubsub).get(id)!.alive);
  }
  await presence.stop();
});

Deno.test("Crash reports of trackers and presences name who supervises them", async () => {
  using crashes = new Crashes();
  class Broken extends Presence<Meta> {
    override handleMetas(): never {
      throw new Error("metas");
    }
  }
  const pubsub = new PubSub();
  new Broken({ pubsub, name: "people" });
  const tracker = new Tracker<Meta>({
    pubsub,
    name: "test",
    handleDiff: () => {
      throw new Error("diff");
    },
  });
  const people = new Broken({ pubsub, name: "others" });
  const self = idle();
  people.track(self, "t", "ann", { n: 1 });
  tracker.track(self, "t", "ann", { n: 1 });
  await settle();
  const found = crashes.reports.map(({ error, ancestors }) => [error.message, ...ancestors.map(({ label }) => label)]);
  assertEquals(found.sort(), [["diff", "PubSub"], ["metas", "PubSub"]]);
  await pubsub.stop();
  self.exit("shutdown");
});

/** Two nodes with a tracker each, and what they reported. */
class Pair implements AsyncDisposable {
  readonly hub = new Hub();
  readonly told: string[] = [];
  readonly a = new PubSub({ adapter: this.hub.adapter("a") });
  readonly b = new PubSub({ adapter: this.hub.adapter("b") });
  readonly here: Tracker<Meta>;
  readonly there: Tracker<Meta>;
  readonly #pids: Pid[] = [];

  /** Starts both. */
  constructor(options: ReplicationOptions = {}) {
    this.here = this.#tracker("a", this.a, options);
    this.there = this.#tracker("b", this.b, options);
  }

  /** Tracks a new process. */
  track(tracker: Tracker<Meta>, key: string): Pid {
    const pid = idle();
    this.#pids.push(pid);
    tracker.track(pid, "t", key, { n: 1 });
    return pid;
  }

  #tracker(node: string, pubsub: PubSub, options: ReplicationOptions): Tracker<Meta> {
    return new Tracker<Meta>({
      ...options,
      pubsub,
      name: "test",
      handleDiff: (diff) => {
        for (const { joins, leaves } of diff.values()) {
          for (const { key } of leaves) this.told.push(`${node} -${key}`);
          for (const { key } of joins) this.told.push(`${node} +${key}`);
        }
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.a.stop();
    await this.b.stop();
    for (const pid of this.#pids) pid.exit("shutdown");
  }
}

function keys(tracker: Tracker<Meta>): string[] {
  return tracker.list("t").map(({ key }) => key).sort();
}

async function periods(time: FakeTime, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await time.tickAsync(1500);
    await settle();
  }
}

Deno.test("Tracker that is killed stays the same for the other nodes, and asks for what it has missed", async () => {
  using time = new FakeTime();
  await using pair = new Pair();
  const { here, there, told } = pair;
  pair.track(here, "ann");
  pair.track(there, "bob");
  await periods(time, 4);
  assertEquals([keys(here), keys(there)], [["ann", "bob"], ["ann", "bob"]]);
  told.splice(0);
  processesOf(pair.a).get("tracker test_shard0")!.exit("kill");
  await periods(time, 4);
  assertEquals(told, []);
  processesOf(pair.a).get("tracker test_shard0")!.exit("kill");
  pair.track(there, "eve");
  pair.track(here, "cleo");
  await periods(time, 6);
  assertEquals([keys(here), keys(there)], [["ann", "bob", "cleo", "eve"], ["ann", "bob", "cleo", "eve"]]);
  assertEquals(told.sort(), ["a +cleo", "a +eve", "b +cleo", "b +eve"]);
});

Deno.test("Tracker that fails believes nothing on that it was told, and learns it anew", async () => {
  using time = new FakeTime();
  using crashes = new Crashes();
  await using pair = new Pair();
  const { here, there, told } = pair;
  pair.track(here, "ann");
  pair.track(there, "bob");
  await periods(time, 4);
  told.splice(0);
  const { merge } = TrackerState.prototype;
  TrackerState.prototype.merge = () => {
    TrackerState.prototype.merge = merge; // the first one fails: that of node a
    throw new Error("a bug");
  };
  pair.track(there, "cleo");
  await periods(time, 1);
  assertEquals(crashes.messages, ["a bug"]);
  assertEquals([keys(here), keys(there)], [["ann", "bob", "cleo"], ["ann", "bob", "cleo"]]);
  assertEquals(told, ["b +cleo", "a -bob", "a +bob", "a +cleo"]);
});

Deno.test("Tracker.stop() sends what happened last", async () => {
  using time = new FakeTime();
  await using pair = new Pair({ permdownOnShutdown: false });
  const { here, there } = pair;
  const ann = pair.track(here, "ann");
  pair.track(here, "bob");
  await periods(time, 2);
  ann.exit("shutdown");
  await pair.a.stop();
  await settle();
  assertEquals(keys(there), ["bob"]); // that one until the node is down
});

Deno.test("Tracker keeps what happens while it has no process, as one diff if it is much", async () => {
  const pubsub = new PubSub();
  const diffs: number[] = [];
  const tracker = new Tracker<Meta>({
    pubsub,
    name: "test",
    handleDiff: (diff) => void diffs.push(diff.get("t")!.joins.size),
  });
  const self = idle();
  for (let n = 0; n < 2500; n++) tracker.track(self, "t", `${n}`, { n });
  await settle();
  assertEquals(diffs.reduce((sum, size) => sum + size, 0), 2500);
  assert(diffs.length <= 1000, `${diffs.length}`);
  await tracker.stop();
  self.exit("shutdown");
});

Deno.test("Presence.child() and Tracker.child() leave the processes to another supervisor", async () => {
  using _ = new Leaks();
  const pubsub = new PubSub();
  const presence = new Presence<Meta>({ pubsub, name: "people" });
  const tracker = new Tracker<Meta>({ pubsub, name: "games", poolSize: 2 });
  const self = idle();
  presence.track(self, "t", "ann", { n: 1 });
  await settle();
  const supervisor = await Supervisor.start([Presence.child(presence), Tracker.child(tracker, { id: "games" })], {
    label: "app",
  });
  assertEquals(`${supervisionTree(supervisor)}`.replaceAll(/#\d+/g, "#N").split("\n"), [
    "app #N",
    "├─ presence people #N",
    "│  ├─ presence people #N",
    "│  └─ tracker people #N",
    "│     └─ tracker people_shard0 #N",
    "└─ games: tracker games #N",
    "   ├─ tracker games_shard0 #N",
    "   └─ tracker games_shard1 #N",
  ]);
  assertEquals(supervisionTree(pubsub).children, []);
  const [family = fail()] = supervisionTree(supervisor).children;
  for (const { pid } of [family, ...family.children]) pid?.exit("kill");
  using client = new Client(pubsub);
  presence.track(self, "t", "bob", { n: 1 });
  await settle();
  assertEquals(Object.keys(client.state), ["bob"]);
  await supervisor.terminateChild("presence people");
  presence.track(self, "t", "eve", { n: 1 }); // waits
  await settle();
  assertEquals(Object.keys(client.state), ["bob"]);
  await supervisor.restartChild("presence people");
  await settle();
  assertEquals(Object.keys(client.state), ["bob", "eve"]);
  pubsub.supervisor.exit("kill"); // none of its business any more
  await pubsub.stop();
  await settle();
  assertThrows(() => presence.track(self, "t", "cleo", { n: 1 }), Error, "the tracker has ended");
  assert(supervisor.alive);
  assertEquals((await supervisor.whichChildren()).map(({ status }) => status), ["running", "running"]);
  await supervisor.stop();
  self.exit("shutdown");
});

Deno.test("sys.getState() shows the state of a tracker", async () => {
  const pubsub = new PubSub();
  const tracker = new Tracker<Meta>({ pubsub, name: "test" });
  await settle();
  const pid = processesOf(pubsub).get("tracker test_shard0")!;
  assert(await sys.getState(pid));
  await tracker.stop();
});

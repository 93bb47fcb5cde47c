import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
  fail,
} from "@std/assert";
import {
  type Broadcast,
  type Pid,
  Presence,
  PubSub,
  type PubSubAdapter,
  spawn,
  supervisionTree,
  Tracker,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { SupervisorEvents } from "../support/children.ts";
import { Leaks } from "../support/leaks.ts";
import { Hub } from "../support/pubsub_hub.ts";

/** A tree in lines, without the numbers of its processes. */
function lines(pubsub: PubSub): string[] {
  return `${supervisionTree(pubsub)}`.replaceAll(/#\d+/g, "#N").split("\n");
}

/** The process of a PubSub's tree with this label. */
function processOf(pubsub: PubSub, id: string): Pid {
  const found = supervisionTree(pubsub).children.find((child) => child.id === id)?.pid;
  return found ?? fail(`no ${id} in ${supervisionTree(pubsub)}`);
}

function idle(): Pid {
  return spawn(async (mailbox) => {
    for await (const _ of mailbox);
  });
}

Deno.test("supervisionTree() shows the adapter, the trackers and the presences of a PubSub", async () => {
  using _ = new Leaks();
  const pubsub = new PubSub({ adapter: new Hub().adapter("a") });
  new Tracker({ pubsub, name: "games", poolSize: 2 });
  const people = new Presence({ pubsub, name: "people" });
  await settle();
  assertEquals(lines(pubsub), [
    "PubSub #N",
    "├─ adapter #N",
    "├─ nodes #N",
    "├─ tracker games_shard0 #N",
    "├─ tracker games_shard1 #N",
    "├─ presence people #N",
    "└─ tracker people_shard0 #N",
  ]);
  await people.stop();
  assertEquals(lines(pubsub).length, 5);
  await pubsub.stop();
});

Deno.test("PubSub has no process until there is something to supervise", async () => {
  using _ = new Leaks();
  const pubsub = new PubSub();
  pubsub.broadcast("t", "e", {});
  const tracker = new Tracker({ pubsub, name: "test" });
  await settle();
  await tracker.stop();
});

Deno.test("PubSub.supervisor is there for who asks, until the PubSub is stopped", async () => {
  using _ = new Leaks();
  const pubsub = new PubSub();
  assertEquals(lines(pubsub), ["PubSub #N"]);
  assertStrictEquals(pubsub.supervisor, pubsub.supervisor);
  await pubsub.stop();
  assertEquals(pubsub.supervisor.alive, false);
});

Deno.test("PubSub starts its adapter again when its process was killed", async () => {
  const log: string[] = [];
  const hub = new Hub();
  const inner = hub.adapter("a");
  const adapter: PubSubAdapter = {
    ...inner,
    start: (receive) => {
      log.push("start");
      inner.start(receive);
    },
    stop: async () => {
      await Promise.resolve();
      log.push("stop");
      await inner.stop();
    },
  };
  const a = new PubSub({ adapter });
  const b = new PubSub({ adapter: hub.adapter("b") });
  const heard: unknown[] = [];
  const listener = spawn<Broadcast>(async (mailbox) => {
    for await (const { payload } of mailbox) heard.push(payload);
  });
  a.subscribe("t", listener);
  await settle();
  const before = processOf(a, "adapter");
  before.exit("kill");
  await settle();
  assertEquals(log, ["start", "stop", "start"]);
  assertNotStrictEquals(processOf(a, "adapter"), before);
  b.broadcast("t", "e", { n: 1 });
  await settle();
  assertEquals(heard, [{ n: 1 }]);
  await a.stop();
  assertEquals(log, ["start", "stop", "start", "stop"]);
  await b.stop();
  listener.exit("shutdown");
});

Deno.test("PubSub.stop() throws what its adapter's stop throws, and leaves nothing behind", async () => {
  using _ = new Leaks();
  const adapter: PubSubAdapter = {
    ...new Hub().adapter("a"),
    stop: () => Promise.reject(new Error("Cannot part")),
  };
  const pubsub = new PubSub({ adapter });
  await settle();
  await assertRejects(() => pubsub.stop(), Error, "Cannot part");
});

Deno.test("PubSub.stop() stops presences, then trackers say goodbye, then the adapter stops", async () => {
  using _ = new Leaks();
  const hub = new Hub();
  const log: string[] = [];
  const inner = hub.adapter("a");
  const pubsub = new PubSub({
    adapter: {
      ...inner,
      broadcast: (broadcast) => {
        log.push(broadcast.event);
        inner.broadcast(broadcast);
      },
      stop: () => {
        log.push("adapter stopped");
        return inner.stop();
      },
    },
  });
  const presence = new Presence({ pubsub, name: "people" });
  const member = { self: idle(), topic: "t" };
  const listener = spawn<Broadcast>(async (mailbox) => {
    for await (const { event } of mailbox) log.push(event);
  });
  pubsub.subscribe("t", listener);
  presence.track(member, "ann", {});
  await settle();
  log.splice(0);
  member.self.exit("shutdown");
  await pubsub.stop();
  await settle();
  // The leave is announced to the other nodes; the local diff comes later only because it goes through a mailbox.
  assertEquals(log.filter((entry) => entry !== "presence_diff"), ["heartbeat", "permdown", "bye", "adapter stopped"]);
  assertEquals(log.filter((entry) => entry === "presence_diff").length, 1);
  assertThrows(() => presence.track({ self: listener, topic: "t" }, "bob", {}), Error, "the tracker has ended");
  assertThrows(
    () => new Tracker({ pubsub, name: "late" }),
    Error,
    "Cannot start tracker late_shard0: its PubSub has been",
  );
  await pubsub.stop();
  listener.exit("shutdown");
});

Deno.test("PubSub starts everything again when its supervisor was killed", async () => {
  using _ = new Leaks();
  const pubsub = new PubSub({ adapter: new Hub().adapter("a") });
  const presence = new Presence({ pubsub, name: "people" });
  const self = idle();
  presence.track({ self, topic: "t" }, "ann", {});
  await settle();
  const before = supervisionTree(pubsub);
  pubsub.supervisor.exit("kill");
  presence.track({ self, topic: "t" }, "bob", {});
  await settle();
  const after = supervisionTree(pubsub);
  assertEquals(after.children.map(({ id, status }) => [id, status]), [
    ["adapter", "running"],
    ["nodes", "running"],
    ["presence people", "running"],
    ["tracker people_shard0", "running"],
  ]);
  assert(before.children.every(({ pid }) => pid?.alive === false));
  assertEquals(Object.keys(presence.list("t")), ["ann", "bob"]);
  await pubsub.stop();
  self.exit("shutdown");
});

Deno.test.each(
  [
    ["by default after more than 3 restarts", {}, 3],
    ["after more restarts than maxRestarts", { maxRestarts: 1 }, 1],
  ] as const,
)("PubSub gives up %s, and broadcasts go on", async (_case, limits, maxRestarts) => {
  using events = new SupervisorEvents();
  const pubsub = new PubSub({ adapter: new Hub().adapter("a"), ...limits });
  const tracker = new Tracker({ pubsub, name: "test" });
  const self = idle();
  await settle();
  for (let i = 0; i < maxRestarts; i++) {
    processOf(pubsub, "tracker test_shard0").exit("kill");
    await settle();
  }
  tracker.track(self, "t", "ann", {});
  processOf(pubsub, "tracker test_shard0").exit("kill");
  await settle();
  assertEquals(events.names.filter((name) => name.startsWith("gave_up")), ["gave_up tracker test_shard0"]);
  assertThrows(() => tracker.track(self, "t", "bob", {}), Error, "Cannot track: the tracker has ended");
  const heard = Promise.withResolvers<string>();
  const listener = spawn<Broadcast>(async (mailbox) => {
    for await (const { event } of mailbox) heard.resolve(event);
  });
  pubsub.subscribe("t", listener);
  pubsub.broadcast("t", "still here", {});
  assertEquals(await heard.promise, "still here");
  const again = new Tracker({ pubsub, name: "test" }); // begins anew
  again.track(self, "t", "bob", {});
  await pubsub.stop();
  for (const pid of [self, listener]) pid.exit("shutdown");
});

Deno.test("PubSub whose supervisor is killed too often gives up", async () => {
  const pubsub = new PubSub({ maxRestarts: 1 });
  const tracker = new Tracker({ pubsub, name: "test" });
  const self = idle();
  for (let i = 0; i < 2; i++) {
    await settle();
    pubsub.supervisor.exit("kill");
  }
  await settle();
  assertThrows(() => tracker.track(self, "t", "ann", {}), Error, "the tracker has ended");
  self.exit("shutdown");
});

Deno.test("PubSub() refuses restart limits that make no sense", () => {
  assertThrows(() => new PubSub({ maxRestarts: -1 }), Error, '"maxRestarts" must be an integer >= 0');
  assertThrows(() => new PubSub({ maxSeconds: 0 }), Error, '"maxSeconds" must be > 0');
});

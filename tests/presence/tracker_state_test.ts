import { assert, assertEquals } from "@std/assert";
import type { Diff } from "../../lib/presence/_diff.ts";
import { DeltaLog } from "../../lib/presence/_delta_log.ts";
import type { Entry } from "../../lib/presence/_entry.ts";
import type { ReplicaClock } from "../../lib/cluster/replica.ts";
import { TrackerState } from "../../lib/presence/_tracker_state.ts";

type Meta = string;

function replica(name: string, vsn = "1"): TrackerState<Meta> {
  return new TrackerState({ name, vsn }, new DeltaLog([2, 4]));
}

/** Two replicas that know of each other. */
function pair(): [TrackerState<Meta>, TrackerState<Meta>] {
  const [a, b] = [replica("a"), replica("b")];
  a.replicaUp(b.replica);
  b.replicaUp(a.replica);
  return [a, b];
}

/** Takes what `state` did since the last time. */
function deltaOf(state: TrackerState<Meta>) {
  const delta = state.delta();
  assert(delta, "nothing has happened");
  state.commitDelta();
  return JSON.parse(JSON.stringify(delta)) as typeof delta;
}

/** What `from` sends in one message to a node that knows its replicas up to `clocks`. */
function extracted(from: TrackerState<Meta>, clocks: readonly ReplicaClock[]) {
  return clocks.flatMap(([name, vsn, clock]) => {
    const piece = from.extract({ replica: { name, vsn }, clock, rest: null, maxBytes: 65_536 });
    assertEquals(piece?.rest ?? null, null);
    return piece ? [piece.fragment] : [];
  });
}

function told(diff: Diff<Meta>) {
  const text = ({ key, meta }: Entry<Meta>) => `${key} ${meta}`;
  return [...diff.topics].map(([topic, { joins, leaves }]) => [topic, [...joins].map(text), [...leaves].map(text)]);
}

function listed(state: TrackerState<Meta>, topic = "t"): string[] {
  return [...state.roster.keysOf(topic)].flatMap(([key, entries]) => [...entries].map(({ meta }) => `${key} ${meta}`));
}

Deno.test("TrackerState.merge() adds what came and removes what left", () => {
  const [a, b] = pair();
  const ann = a.join("t", "ann", "1");
  a.join("t", "bob", "1");
  assertEquals(told(b.merge(deltaOf(a))), [["t", ["ann 1", "bob 1"], []]]);
  a.leave(ann);
  assertEquals(told(b.merge(deltaOf(a))), [["t", [], ["ann 1"]]]);
  assertEquals(listed(b), ["bob 1"]);
  assertEquals(listed(a), ["bob 1"]);
});

Deno.test("TrackerState.merge() tells of an update as one leave and one join", () => {
  const [a, b] = pair();
  const ann = a.join("t", "ann", "1");
  b.merge(deltaOf(a));
  a.leave(ann);
  a.join("t", "ann", "2");
  assertEquals(told(b.merge(deltaOf(a))), [["t", ["ann 2"], ["ann 1"]]]);
});

Deno.test("TrackerState.merge() does nothing the second time", () => {
  const [a, b] = pair();
  a.join("t", "ann", "1");
  const delta = deltaOf(a);
  b.merge(delta);
  assertEquals(b.merge(delta).isEmpty, true);
});

Deno.test("TrackerState.merge() brings nobody back when a delta is late", () => {
  const [a, b] = pair();
  const ann = a.join("t", "ann", "1");
  const came = deltaOf(a);
  a.leave(ann);
  const left = deltaOf(a);
  assertEquals(b.merge(left).isEmpty, true);
  assertEquals(b.merge(came).isEmpty, true);
  assertEquals(listed(b), []);
});

Deno.test("TrackerState.merge() keeps what was added while the same key was removed elsewhere", () => {
  const [a, b] = pair();
  const first = a.join("t", "ann", "a");
  b.merge(deltaOf(a));
  a.leave(first);
  b.join("t", "ann", "b");
  b.merge(deltaOf(a));
  a.merge(deltaOf(b));
  assertEquals([listed(a), listed(b)], [["ann b"], ["ann b"]]);
});

Deno.test("TrackerState.merge() takes in nothing of a replica that is unknown", () => {
  const [a, b] = [replica("a"), replica("b")];
  a.join("t", "ann", "1");
  assertEquals(b.merge(deltaOf(a)).isEmpty, true);
  assertEquals(listed(b), []);
});

Deno.test("TrackerState.merge() takes in nothing that it should know and has forgotten", () => {
  const [a, b] = pair();
  a.join("t", "ann", "1");
  b.merge(deltaOf(a));
  const { clocks } = b;
  for (const key of ["bob", "cat", "dan", "eve", "flo"]) a.join("t", key, "1");
  deltaOf(a);
  const [answer] = extracted(a, clocks);
  assertEquals(answer!.known, [1]);
  b.replicaPermdown(a.replica);
  b.replicaUp(a.replica);
  assertEquals(b.merge(answer!).isEmpty, true);
  b.merge(extracted(a, b.clocks)[0]!);
  assertEquals(listed(b), listed(a));
});

Deno.test("TrackerState.replicaDown() hides a replica's entries, replicaUp() shows them again", () => {
  const [a, b] = pair();
  const ann = a.join("t", "ann", "1");
  a.join("u", "bob", "1");
  b.merge(deltaOf(a));
  assertEquals(told(b.replicaDown(a.replica)), [["t", [], ["ann 1"]], ["u", [], ["bob 1"]]]);
  assertEquals(b.replicaDown(a.replica).isEmpty, true);
  a.leave(ann);
  assertEquals(b.merge(deltaOf(a)).isEmpty, true);
  assertEquals(told(b.replicaUp(a.replica)), [["u", ["bob 1"], []]]);
  assertEquals(b.replicaUp(a.replica).isEmpty, true);
});

Deno.test("TrackerState tells nothing of what comes and goes within one diff", () => {
  const [a, b] = pair();
  const ann = a.join("t", "ann", "1");
  b.merge(deltaOf(a));
  b.replicaDown(a.replica);
  a.leave(ann);
  const diff = b.replicaUp(a.replica);
  assertEquals(told(diff), [["t", ["ann 1"], []]]);
  assertEquals(b.merge(deltaOf(a), diff).isEmpty, true);
});

Deno.test("TrackerState.replicaPermdown() forgets a replica, so that a transfer brings all of it", () => {
  const [a, b] = pair();
  a.join("t", "ann", "1");
  b.merge(deltaOf(a));
  assertEquals(told(b.replicaPermdown(a.replica)), [["t", [], ["ann 1"]]]);
  assertEquals(b.clocks.map(([name]) => name), ["b"]);
  b.replicaUp(a.replica);
  assertEquals(b.behind(a.clocks), [a.replica]);
  for (const fragment of extracted(a, b.clocks)) b.merge(fragment);
  assertEquals(b.behind(a.clocks), []);
  assertEquals(listed(b), ["ann 1"]);
});

Deno.test("TrackerState neither hides nor forgets itself", () => {
  const a = replica("a");
  a.join("t", "ann", "1");
  assertEquals(a.replicaPermdown(a.replica).isEmpty, true);
  assertEquals(a.merge({ replica: a.replica, ranges: [[1, 9]], entries: [], known: [] }).isEmpty, true);
  assertEquals(listed(a), ["ann 1"]);
});

Deno.test("TrackerState.behind() sees the gap that a lost delta leaves", () => {
  const [a, b] = pair();
  a.join("t", "ann", "1");
  deltaOf(a); // lost
  a.join("t", "bob", "1");
  b.merge(deltaOf(a));
  assertEquals(listed(b), ["bob 1"]);
  assertEquals(b.behind(a.clocks), [a.replica]);
});

Deno.test("TrackerState.extract() answers with the shortest delta that reaches back far enough", () => {
  const [a, b] = pair();
  for (const key of ["ann", "bob", "cat", "dan", "eve"]) {
    a.join("t", key, "1");
    deltaOf(a);
  }
  const entriesSince = (clock: number) => extracted(a, [["a", "1", clock]])[0]?.entries.map(([, , key]) => key);
  assertEquals(entriesSince(4), ["eve"]);
  assertEquals(entriesSince(5), undefined);
  for (const fragment of extracted(a, b.clocks)) b.merge(fragment);
  assertEquals(listed(b), listed(a));
});

Deno.test("TrackerState.extract() names what the other has by its clock only, when no delta reaches back", () => {
  const [a, b] = pair();
  const ann = a.join("t", "ann", "1");
  a.join("t", "bob", "1");
  b.merge(deltaOf(a));
  a.leave(ann);
  for (const key of ["cat", "dan", "eve", "flo", "gus"]) a.join("t", key, "1");
  deltaOf(a);
  const [fragment] = extracted(a, b.clocks);
  assertEquals(fragment!.known, [2]);
  assertEquals(told(b.merge(fragment!)), [["t", ["cat 1", "dan 1", "eve 1", "flo 1", "gus 1"], ["ann 1"]]]);
  assertEquals(listed(b), listed(a));
});

Deno.test("TrackerState.extract() passes on what it knows of others", () => {
  const [a, b] = pair();
  const c = replica("c");
  for (const other of [a, b]) other.replicaUp(c.replica);
  c.join("t", "cat", "1");
  b.merge(deltaOf(c));
  assertEquals(a.behind(b.clocks), [c.replica]);
  for (const fragment of extracted(b, a.clocks)) a.merge(fragment);
  assertEquals(listed(a), ["cat 1"]);
});

Deno.test("TrackerState keeps no deltas without a log", () => {
  const alone = new TrackerState<Meta>({ name: "a", vsn: "1" });
  alone.leave(alone.join("t", "ann", "1"));
  assertEquals(alone.delta(), undefined);
});

Deno.test("TrackerState.delta() leaves out what came and went", () => {
  const [a] = pair();
  a.leave(a.join("t", "ann", "1"));
  assertEquals(deltaOf(a), { replica: a.replica, ranges: [[1, 2]], entries: [], known: [] });
});

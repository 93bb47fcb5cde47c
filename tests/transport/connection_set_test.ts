import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { ConnectionSet } from "../../lib/transport/connection_set.ts";
import { RestartNotice } from "../../lib/transport/restart_notice.ts";
import { FakeConnection, settle } from "../support/fake_client.ts";

function open(set: ConnectionSet): FakeConnection {
  const connection = new FakeConnection();
  set.add(connection);
  return connection;
}

/** What has come of waiting until nobody is there. */
function watch(set: ConnectionSet): { isEmpty: boolean } {
  const watched = { isEmpty: false };
  void set.emptied(Infinity).then(() => watched.isEmpty = true);
  return watched;
}

Deno.test("ConnectionSet knows who is open", () => {
  const set = new ConnectionSet();
  const [first, second] = [open(set), open(set)];
  assertEquals([set.size, [...set]], [2, [first, second]]);
  set.delete(first);
  set.delete(first);
  assertEquals([set.size, [...set]], [1, [second]]);
  assertEquals(second.closedWith, undefined);
});

Deno.test("ConnectionSet reports its first connection, and the end of the last one", () => {
  const reported: boolean[] = [];
  const set = new ConnectionSet(undefined, (isOccupied) => reported.push(isOccupied));
  set.expect(new FakeConnection(), () => {});
  const [first, second] = [open(set), open(set)];
  set.delete(second);
  set.delete(second);
  assertEquals(reported, [true]);
  set.delete(first);
  set.delete(first);
  open(set);
  assertEquals(reported, [true, false, true]);
});

Deno.test("ConnectionSet.emptied() waits for the last, however often it is called", async () => {
  const set = new ConnectionSet();
  const [first, second] = [open(set), open(set)];
  const waits = [watch(set), watch(set)];
  set.delete(first);
  await settle();
  assertEquals(waits, [{ isEmpty: false }, { isEmpty: false }]);
  set.delete(second);
  await settle();
  assertEquals(waits, [{ isEmpty: true }, { isEmpty: true }]);
  await set.emptied(Infinity); // nobody to wait for
});

Deno.test("ConnectionSet.emptied() gives up when its time is over", async () => {
  using time = new FakeTime();
  const set = new ConnectionSet();
  open(set);
  let done = false;
  void set.emptied(100).then(() => done = true);
  time.tick(99);
  await settle();
  assertEquals(done, false);
  time.tick(1);
  await settle();
  assertEquals(done, true);
});

const arrivals: [what: string, arrives: boolean][] = [["arrived and went", true], ["never came", false]];
Deno.test.each(arrivals)(
  "ConnectionSet.emptied() waits for one that is about to open and %s",
  async (_what, arrives) => {
    const set = new ConnectionSet();
    const late = new FakeConnection();
    set.expect(late, () => {});
    assertEquals([set.size, [...set]], [0, []]);
    const waited = watch(set);
    if (arrives) set.add(late);
    await settle();
    assertEquals(waited.isEmpty, false);
    set.delete(late);
    await settle();
    assertEquals(waited.isEmpty, true);
  },
);

Deno.test("ConnectionSet that drains hurries those that are about to open, and those that are expected later", () => {
  const set = new ConnectionSet();
  const hurried: string[] = [];
  const expect = (name: string) => {
    const connection = new FakeConnection();
    set.expect(connection, () => hurried.push(name));
    return connection;
  };
  set.add(expect("opened"));
  expect("early");
  assertEquals(hurried, []);
  set.startDraining();
  set.startDraining();
  expect("late");
  assertEquals(hurried, ["early", "late"]);
});

Deno.test("ConnectionSet that drains sends those away who come, and only those", () => {
  const set = new ConnectionSet(new RestartNotice(0));
  const early = open(set);
  assertEquals(set.draining, false);
  set.startDraining();
  assertEquals(set.draining, true);
  const late = open(set);
  assertEquals(late.closedWith, { code: 1012, options: { reason: "restart" } });
  assertEquals(early.closedWith, undefined);
});

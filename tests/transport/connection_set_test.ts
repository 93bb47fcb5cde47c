import assert from "node:assert/strict";
import { ConnectionSet } from "../../lib/transport/connection_set.ts";
import { FakeConnection, settle } from "../support/fake_client.ts";

const RESTART = { code: 1012, options: { reason: "restart" } };

function open(set: ConnectionSet): FakeConnection {
  const connection = new FakeConnection();
  set.add(connection);
  return connection;
}

Deno.test("ConnectionSet knows who is open", () => {
  const set = new ConnectionSet();
  const [first, second] = [open(set), open(set)];
  assert.deepEqual([set.size, [...set]], [2, [first, second]]);
  set.delete(first);
  set.delete(first);
  assert.deepEqual([set.size, [...set]], [1, [second]]);
  assert.equal(second.closedWith, undefined);
});

Deno.test("ConnectionSet.drain() closes all and waits for the last, however often it is called", async () => {
  const set = new ConnectionSet();
  const [first, second] = [open(set), open(set)];
  const done: string[] = [];
  const drains = ["first", "second"].map((name) => set.drain().then(() => void done.push(name)));
  assert.deepEqual([first.closedWith, second.closedWith], [RESTART, RESTART]);
  set.delete(first);
  await settle();
  assert.deepEqual(done, []);
  set.delete(second);
  await Promise.all(drains);
  assert.deepEqual(done, ["first", "second"]);
});

Deno.test("ConnectionSet.drain() has nothing to wait for where nobody is, and sends later ones away", async () => {
  const set = new ConnectionSet();
  assert.equal(set.draining, false);
  await set.drain();
  assert.equal(set.draining, true);
  const late = open(set);
  assert.deepEqual(late.closedWith, RESTART);
  set.delete(late);
  await set.drain();
  assert.equal(set.size, 0);
});

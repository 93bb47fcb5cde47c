import { assert, assertEquals, fail } from "@std/assert";
import { stub } from "@std/testing/mock";
import { debug, Endpoint } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { Suspects } from "../../../lib/adapters/inspector/_suspects.ts";
import { Process } from "../../../lib/otp/process/process.ts";
import { door, SpokenSocket } from "../../support/spoken_app.ts";

Deno.test("Suspects measures how long a handler runs, also when all servers are watched later", async () => {
  const endpoint = new Endpoint({ sockets: { "/socket": SpokenSocket } });
  await using client = await connect(endpoint);
  const room = await client.join("room:open");
  const ref = room.push("wait");
  await client.heartbeat(); // meanwhile the handler has come to the door
  const [{ pid } = fail()] = debug.processes({ search: "room:open" }).items;
  const runningMs = () => debug.processInfo(pid)?.handlers?.runningMs;
  {
    using suspects = new Suspects();
    const clock = { now: 1_000 };
    using _clock = stub(performance, "now", () => clock.now);
    suspects.look(Process.busy);
    assertEquals(runningMs(), undefined); // it may be one of thousands that are busy for a moment
    clock.now += 3_000;
    suspects.look(Process.busy);
    assertEquals(runningMs(), 3_000);
    using _watch = debug.watch(); // such as by the list of processes
    assertEquals(runningMs(), 3_000);
  }
  assertEquals(runningMs(), undefined);
  door.open();
  await room.assertReply(ref, "ok");
});

Deno.test("Suspects gives no clock to a server that has gone on, and takes it from one that does", async () => {
  const endpoint = new Endpoint({ sockets: { "/socket": SpokenSocket } });
  await using client = await connect(endpoint);
  const room = await client.join("room:open");
  const [{ pid } = fail()] = debug.processes({ search: "room:open" }).items;
  using suspects = new Suspects();
  const waits = async () => {
    const ref = room.push("wait");
    await client.heartbeat();
    suspects.look(Process.busy);
    return ref;
  };
  const goesOn = async (ref: string) => {
    door.open();
    await room.assertReply(ref, "ok");
  };
  await goesOn(await waits());
  const second = await waits();
  assertEquals(debug.processInfo(pid)?.handlers, undefined); // busy at both looks, with different messages
  suspects.look(Process.busy);
  assert(debug.processInfo(pid)?.handlers);
  await goesOn(second);
  suspects.look(Process.busy);
  assertEquals(debug.processInfo(pid)?.handlers, undefined);
});

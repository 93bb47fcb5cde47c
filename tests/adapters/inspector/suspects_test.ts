import { assert, assertEquals, fail } from "@std/assert";
import { stub } from "@std/testing/mock";
import { Agent, debug, Endpoint } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { Suspects } from "../../../lib/adapters/inspector/_suspects.ts";
import { Process, processOf } from "../../../lib/otp/process/process.ts";
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

Deno.test("Suspects gives no clock to a server that has gone on, and takes it when one goes on for some looks", async () => {
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
  const hasClock = () => debug.processInfo(pid)?.handlers !== undefined;
  await goesOn(await waits());
  const second = await waits();
  assertEquals(hasClock(), false); // busy at both looks, with different messages
  suspects.look(Process.busy);
  assert(hasClock());
  await goesOn(second);
  suspects.look(Process.busy);
  assert(hasClock()); // what is slow is not busy at each look
  for (let i = 0; i < 4; i++) suspects.look(Process.busy);
  assertEquals(hasClock(), false);
});

Deno.test("Suspects measures a server with many waiting messages, and at most a hundred of them", async () => {
  await using servers = new AsyncDisposableStack();
  const busy: Process[] = [];
  for (let i = 0; i < 101; i++) {
    const agent = servers.use(await Agent.start(() => 0));
    const gate = Promise.withResolvers<number>();
    servers.defer(() => gate.resolve(0));
    for (let n = 0; n < 11; n++) void agent.update(() => gate.promise);
    busy.push(processOf(agent));
  }
  await new Promise((resolve) => setTimeout(resolve));
  using suspects = new Suspects();
  suspects.look(busy);
  assertEquals(busy.filter((pid) => debug.processInfo(pid)?.handlers).length, 100);
});

import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Agent, debug, type Pid, spawn } from "@urvogel/realtime";
import { ShownServers } from "../../../lib/adapters/inspector/_shown_servers.ts";

const isMeasured = (pid: Pid<never>) => debug.processInfo(pid)?.handlers !== undefined;

Deno.test("ShownServers measures servers until they were not shown for 15 seconds", async () => {
  using time = new FakeTime();
  await using first = await Agent.start(() => 0);
  await using second = await Agent.start(() => 0);
  const both = () => [first, second].map((agent) => isMeasured(agent));
  using shown = new ShownServers();
  assertEquals(shown.add([first, second]), true);
  assertEquals(both(), [true, true]);
  time.tick(10_000);
  assertEquals(shown.add([first]), false);
  time.tick(5_000);
  assertEquals(both(), [true, false]);
  time.tick(10_000);
  assertEquals(both(), [false, false]);
  assertEquals(shown.add([second]), true);
  assertEquals(both(), [false, true]);
});

Deno.test("ShownServers measures no process that is not a server, and lets go of all when disposed", async () => {
  const plain = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  });
  await using agent = await Agent.start(() => 0);
  using all = debug.watch();
  const shown = new ShownServers();
  assertEquals(shown.add([plain]), false);
  shown.add([agent]);
  await agent.get((n) => n);
  shown[Symbol.dispose]();
  assertEquals(debug.processInfo(agent)?.handlers?.handled, 1); // the other watcher goes on
  all[Symbol.dispose]();
  assertEquals([isMeasured(agent), isMeasured(plain)], [false, false]);
  plain.exit("shutdown");
});

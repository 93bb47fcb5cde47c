import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { Down, GenServer, type Pid, processInfo, register, type Self, spawn, StartError } from "@urvogel/realtime";
import { processOf } from "../../../lib/otp/process/process.ts";
import { Crashes } from "../../support/crashes.ts";

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

async function started(options: { link?: Pid<never>; label?: string } = {}): Promise<Self<unknown>> {
  const { promise, resolve } = Promise.withResolvers<Self<unknown>>();
  spawn<unknown>(async (mailbox, self) => {
    resolve(self);
    await new Promise((done) => self.signal.addEventListener("abort", done));
    for await (const _ of mailbox);
  }, options);
  return await promise;
}

Deno.test("processInfo() tells label, names, queue, links, monitors and ancestors", async () => {
  const grandparent = await started({ label: "grandparent" });
  const parent = await started({ link: grandparent });
  const child = await started({ link: parent });
  const other = await started();
  child.label = "relabelled";
  child.trapExit = true;
  child.monitor(other);
  register("info-test", child);
  child.send("a");
  child.send("b");
  assertEquals(processInfo(child), {
    label: "relabelled",
    registeredNames: ["info-test"],
    messageQueueLength: 2,
    highWaterMark: 2,
    trapExit: true,
    links: [parent],
    monitors: [other],
    ancestors: [parent, grandparent],
  });
  for (const pid of [other, child, parent, grandparent]) pid.exit("kill");
  assertEquals(processInfo(child), undefined);
});

Deno.test("processInfo() knows ancestors only as far as they live", async () => {
  const grandparent = await started();
  const parent = await started({ link: grandparent });
  const child = await started({ link: parent });
  parent.unlink(child);
  parent.exit("shutdown");
  assertEquals(processInfo(child)?.ancestors, [parent]);
  for (const pid of [child, grandparent]) pid.exit("kill");
});

class Fragile extends GenServer<{ password: string }, { casts: { fail(): void } }> {
  override init(password: string) {
    return { password };
  }
  override handleCast = this.casts({
    fail: (): never => {
      throw new Error("boom");
    },
  });
  override formatStatus(status: ReturnType<GenServer<unknown>["formatStatus"]>) {
    return { ...status, state: "redacted" };
  }
}

Deno.test("A crash report tells who started the process, and its status as formatStatus shows it", async () => {
  using crashes = new Crashes();
  const parent = await started({ label: "boss" });
  parent.trapExit = true;
  const server = await GenServer.start(Fragile, "hunter2", { link: parent });
  server.cast("fail");
  await turn();
  const [report] = crashes.reports;
  assertEquals(report?.ancestors.map(({ label }) => label), ["boss"]);
  assertEquals(report?.status?.(), {
    phase: "running",
    state: "redacted",
    messageQueueLength: 0,
    lastMessage: { name: "fail", request: undefined },
  });
  parent.exit("kill");
});

Deno.test("GenServer.start() fails with noproc when its parent has ended", async () => {
  const parent = await started();
  parent.exit("shutdown");
  assertEquals(
    (await assertRejects(() => GenServer.start(Fragile, "x", { link: parent }), StartError)).reason,
    "noproc",
  );
});

Deno.test("Self.demonitor() takes a Down that waits out of the mailbox when it is flushed", async () => {
  const watched = [await started(), await started()];
  const watcher = await started();
  const refs = watched.map((pid) => watcher.monitor(pid));
  for (const pid of watched) pid.exit("shutdown");
  assertEquals(processInfo(watcher)?.messageQueueLength, 2);
  watcher.demonitor(refs[0]!, { flush: true });
  watcher.demonitor(refs[1]!);
  assertEquals(processInfo(watcher)?.messageQueueLength, 1);
  assertEquals(processOf(watcher).mailbox.take(), new Down(refs[1]!, watched[1]!, "shutdown"));
  watcher.exit("kill");
});

Deno.test("Self.link() and Self.monitor() are refused when the process has ended", async () => {
  const other = await started();
  const ended = await started({ label: "ended" });
  ended.exit("shutdown");
  assertMatch(String(assertThrows(() => ended.link(other))), /Cannot link: process \d+ \(ended\) has ended/);
  assertMatch(String(assertThrows(() => ended.monitor(other))), /Cannot monitor: process \d+ \(ended\) has ended/);
  assertEquals(processInfo(other)?.links, []);
  other.exit("kill");
});

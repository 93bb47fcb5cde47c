import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  CallExitError,
  child,
  Exit,
  type ExitReason,
  GenServer,
  isExpectedExit,
  noreply,
  processInfo,
  spawn,
  stop,
  Supervisor,
} from "@urvogel/realtime";
import { Children, exitOf, SupervisorEvents } from "../../support/children.ts";
import { Crashes } from "../../support/crashes.ts";

/** Traps exits, and takes its time to clean up. */
class Careful extends GenServer<number> {
  static ends: string[] = [];
  override init(cleanUpMs: number) {
    this.self.trapExit = true;
    return cleanUpMs;
  }
  override async terminate(cleanUpMs: number, reason: ExitReason) {
    Careful.ends.push(`begins: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, cleanUpMs));
    Careful.ends.push("done");
  }
}

Deno.test("A child that does not trap exits ends at once, as shutdown", async () => {
  const children = new Children();
  const supervisor = await Supervisor.start([children.idle("a")]);
  const reason = exitOf(children.pids.a!);
  await supervisor.terminateChild("a");
  assertEquals(await reason, "shutdown");
  await supervisor.stop();
});

Deno.test("A child with brutalKill is killed, whatever it traps", async () => {
  const children = new Children();
  const supervisor = await Supervisor.start([children.idle("a", { shutdown: "brutalKill", stubborn: true })]);
  const reason = exitOf(children.pids.a!);
  await supervisor.stop();
  assertEquals(await reason, "killed");
});

Deno.test("A GenServer that traps exits runs terminate before its supervisor goes on", async () => {
  using time = new FakeTime();
  Careful.ends = [];
  const children = new Children();
  const supervisor = await Supervisor.start([children.idle("first"), child(Careful, 4999)]);
  const stopped = supervisor.stop();
  await time.tickAsync(4998);
  assertEquals(Careful.ends, ["begins: shutdown"]);
  assertEquals(children.pids.first!.alive, true);
  await time.tickAsync(1);
  await stopped;
  assertEquals(Careful.ends, ["begins: shutdown", "done"]);
  assertEquals(children.pids.first!.alive, false);
});

Deno.test("A worker that does not end within 5 s by default is killed, and that is reported", async () => {
  using events = new SupervisorEvents();
  using time = new FakeTime();
  const children = new Children();
  const supervisor = await Supervisor.start([children.idle("a", { stubborn: true })]);
  const stopped = supervisor.stop();
  const reason = exitOf(children.pids.a!);
  await time.tickAsync(4999);
  assertEquals(children.pids.a!.alive, true);
  await time.tickAsync(1);
  await stopped;
  assertEquals(await reason, "killed");
  assertEquals(events.names, ["child_started a", "child_killed a", "child_terminated a"]);
});

Deno.test("A child with shutdown 0 is killed if it traps exits", async () => {
  using _ = new SupervisorEvents();
  using time = new FakeTime();
  const children = new Children();
  const supervisor = await Supervisor.start([children.idle("a", { stubborn: true, shutdown: 0 })]);
  const stopped = supervisor.stop();
  await time.tickAsync(0);
  await stopped;
  assertEquals(children.pids.a!.alive, false);
});

Deno.test.each([{ shutdown: "infinity" as const }, { type: "supervisor" as const }])(
  "A child with %j has all the time it takes",
  async (options) => {
    using time = new FakeTime();
    const children = new Children();
    const supervisor = await Supervisor.start([children.idle("a", { ...options, stubborn: true })]);
    const stopped = supervisor.stop();
    await time.tickAsync(1_000_000);
    assertEquals(children.pids.a!.alive, true);
    children.pids.a!.exit("kill");
    await stopped;
  },
);

Deno.test("A child that ends by itself with another reason while it is asked to is not restarted", async () => {
  const asked: (Exit | undefined)[] = [];
  const supervisor = await Supervisor.start([{
    id: "a",
    start: (link) =>
      spawn<unknown>(async (mailbox, self) => {
        self.trapExit = true;
        for await (const message of mailbox) {
          asked.push(message as Exit);
          throw new Error("has to go");
        }
      }, { link }),
  }]);
  using crashes = new Crashes();
  await Promise.resolve();
  await supervisor.terminateChild("a");
  assertEquals(crashes.messages, ["has to go"]);
  assert(asked[0] instanceof Exit && asked[0].pid === supervisor && asked[0].reason === "shutdown");
  assertEquals((await supervisor.whichChildren())[0]!.status, "stopped");
  await supervisor.stop();
});

Deno.test("A stop waits for a child that is starting, and ends it", async () => {
  const children = new Children();
  const { promise, resolve } = Promise.withResolvers<void>();
  const supervisor = await Supervisor.start([]);
  const started = supervisor.startChild({
    id: "slow",
    start: (parent) => promise.then(() => children.start("slow", parent)),
  });
  let stopped = false;
  const stopping = supervisor.stop("shutdown").then(() => stopped = true);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(stopped, false);
  resolve();
  assertStrictEquals(await started, children.pids.slow);
  await stopping;
  assertEquals(children.take(), "+slow -slow");
});

Deno.test("A nested supervisor ends its children before it ends, in reverse order", async () => {
  const children = new Children();
  const inner = Supervisor.child([children.idle("b"), children.idle("c")], { id: "inner" });
  const supervisor = await Supervisor.start([children.idle("a"), inner, children.idle("d")]);
  await supervisor.stop();
  assertEquals(children.take(), "+a +b +c +d -d -c -b -a");
});

Deno.test("A nested supervisor that gives up is restarted by its own, with its children", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  const inner = Supervisor.child([children.idle("b"), children.idle("c")], { id: "inner", maxRestarts: 0 });
  await using supervisor = await Supervisor.start([children.idle("a"), inner]);
  const pid = (await supervisor.whichChildren())[1]!.pid!;
  children.take();
  const ended = exitOf(pid);
  children.pids.b!.exit(new Error("boom"));
  assert(isExpectedExit(await ended));
  assertEquals((await supervisor.whichChildren())[1]!.status, "running");
  assertEquals(children.take(), "-b -c +b +c");
});

Deno.test("A child may end its supervisor without waiting for it", async () => {
  class Quitter extends GenServer<undefined, { casts: { quit(): void } }> {
    override init(_: undefined) {
      return undefined;
    }
    override handleCast = this.casts({ quit: () => stop({ shutdown: "enough" }, undefined) });
    override handleInfo = (state: undefined, _: unknown) => noreply(state);
  }
  const supervisor = await Supervisor.start(
    [child(Quitter, undefined, { name: "quitter", restart: "transient", significant: true })],
    { autoShutdown: "anySignificant" },
  );
  const ended = exitOf(supervisor);
  GenServer.whereis(Quitter, "quitter")!.cast("quit");
  assertEquals(await ended, "shutdown");
});

Deno.test("A child that takes its time to end is told when its supervisor is killed meanwhile", async () => {
  const exits: unknown[] = [];
  const asked = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const supervisor = await Supervisor.start([{
    id: "stubborn",
    shutdown: "infinity",
    start: (link) =>
      spawn<Exit>(async (mailbox, self) => {
        self.trapExit = true;
        for await (const { reason } of mailbox) {
          if (exits.push(reason) === 2) return told.resolve();
          asked.resolve();
        }
      }, { link }),
  }]);
  const stopping = assertRejects(() => supervisor.stop("shutdown"), CallExitError).then((error) =>
    assertEquals(error.reason, "killed")
  );
  await asked.promise;
  supervisor.exit("kill");
  await Promise.all([stopping, told.promise]);
  assertEquals(exits, ["shutdown", "killed"]);
});

Deno.test("A supervisor neither finds the end of a child that it asked for nor stays linked to it", async () => {
  const children = new Children();
  const supervisor = await Supervisor.start([
    children.idle("a"),
    { ...children.idle("b", { stubborn: true }), shutdown: 0 },
  ]);
  await supervisor.terminateChild("a");
  await supervisor.terminateChild("b");
  assertEquals(processInfo(supervisor)!.links, []);
  assertEquals(processInfo(supervisor)!.messageQueueLength, 0);
  await supervisor.stop();
});

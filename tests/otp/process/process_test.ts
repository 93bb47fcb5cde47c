import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  AlreadyStartedError,
  Down,
  Exit,
  type ExitReason,
  listProcesses,
  type Pid,
  register,
  type Self,
  spawn,
  whereis,
} from "@urvogel/realtime";
import { processOf } from "../../../lib/otp/process/process.ts";
import { Crashes } from "../../support/crashes.ts";
import { listenersOf } from "../../support/leaks.ts";

/** A process that does nothing until it is ended. */
function idle(options?: { link?: Pid<never>; name?: string }): Pid<unknown> {
  return spawn<unknown>(async (mailbox) => {
    for await (const _ of mailbox);
  }, options);
}

/** A process whose messages and own view can be looked at. */
function observer(setUp: (self: Self<unknown>) => void = () => {}) {
  const messages: unknown[] = [];
  const started = Promise.withResolvers<Self<unknown>>();
  const pid = spawn<unknown>(async (mailbox, self) => {
    setUp(self);
    started.resolve(self);
    for await (const message of mailbox) messages.push(message);
  });
  return { pid, messages, started: started.promise };
}

const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("spawn() keeps the order of messages", async () => {
  const read = Promise.withResolvers<number[]>();
  const pid = spawn<number>(async (mailbox) => {
    const seen: number[] = [];
    for await (const n of mailbox) {
      seen.push(n);
      if (n % 3 === 0) await Promise.resolve();
      if (n === 9) return read.resolve(seen);
    }
  });
  for (let n = 0; n < 10; n++) pid.send(n);
  assertEquals(await read.promise, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("spawn() takes its label from the options, the name or the function", () => {
  const options = [{ label: "given", name: "label-1" }, { name: "label-2" }, {}] as const;
  const pids = options.map((options) => spawn(function counting() {}, options));
  const anonymous = spawn(() => {});
  assertEquals([...pids, anonymous].map(({ label }) => label), ["given", "label-2", "counting", "spawn"]);
});

Deno.test("spawn() ends as normal when its function returns", async () => {
  const { pid: watcher, messages, started } = observer();
  const self = await started;
  const pid = spawn(() => {});
  const ref = self.monitor(pid);
  await settle();
  assertEquals(pid.alive, false);
  assertEquals(messages, [new Down(ref, pid, "normal")]);
  watcher.exit("shutdown");
});

Deno.test("spawn() ends with the error, and reports it, when its function throws", async () => {
  using crashes = new Crashes();
  const { pid: watcher, messages, started } = observer();
  const self = await started;
  const boom = new Error("boom");
  const ref = self.monitor(spawn(() => {
    throw boom;
  }));
  await settle();
  assertEquals(messages, [new Down(ref, ref.pid, boom)]);
  assertEquals(crashes.messages, ["boom"]);
  watcher.exit("shutdown");
});

Deno.test("Pid.exit() ends a process at once for everybody, though its function still waits", async () => {
  const late = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<unknown>();
  const pid = spawn<string>(async (_mailbox, self) => {
    self.signal.addEventListener("abort", () => aborted.resolve(self.signal.reason));
    await late.promise;
    throw new Error("nobody hears this");
  });
  await settle();
  pid.exit("shutdown");
  assertEquals(pid.alive, false);
  assertEquals(pid.send("too late"), "closed");
  assertEquals(await aborted.promise, "shutdown");
  late.resolve();
  await settle();
});

Deno.test('Pid.exit("normal") does nothing to a process that does not trap exits', () => {
  const pid = idle();
  pid.exit("normal");
  assertEquals(pid.alive, true);
  pid.exit("kill");
  assertEquals(pid.alive, false);
});

const trapped: ExitReason[] = ["normal", "shutdown", { shutdown: "why" }, new Error("boom")];
for (const reason of trapped) {
  Deno.test(`Pid.exit() becomes a message when exits are trapped (${JSON.stringify(reason)})`, async () => {
    const { pid, messages, started } = observer((self) => self.trapExit = true);
    await started;
    pid.exit(reason);
    await settle();
    assertEquals(pid.alive, true);
    assertEquals(messages, [new Exit(undefined, reason)]);
    pid.exit("kill");
  });
}

Deno.test('Pid.exit("kill") cannot be trapped and ends as "killed"', async () => {
  const { pid: watcher, messages, started } = observer();
  const { pid: victim, started: victimStarted } = observer((self) => self.trapExit = true);
  const ref = (await started).monitor(victim);
  await victimStarted;
  victim.exit("kill");
  await settle();
  assertEquals(messages, [new Down(ref, victim, "killed")]);
  watcher.exit("shutdown");
});

Deno.test("Self.link() takes the other process along when one fails", () => {
  const first = idle();
  const second = idle({ link: first });
  const third = idle({ link: second });
  first.exit(new Error("boom"));
  assertEquals([first.alive, second.alive, third.alive], [false, false, false]);
});

Deno.test("Self.link() leaves the other process alone when one ends as normal", async () => {
  const first = idle();
  const second = spawn(() => {}, { link: first });
  await settle();
  assertEquals([first.alive, second.alive], [true, false]);
  first.exit("shutdown");
});

Deno.test("Self.link() tells who ended when exits are trapped, killed and not kill", async () => {
  const { pid, messages, started } = observer((self) => self.trapExit = true);
  await started;
  const other = idle({ link: pid });
  other.exit("kill");
  await settle();
  assertEquals(messages, [new Exit(other, "killed")]);
  pid.exit("kill");
});

Deno.test("Self.unlink() parts two processes", async () => {
  const { pid, started } = observer();
  const self = await started;
  const other = idle({ link: pid });
  self.unlink(other);
  other.exit("shutdown");
  assertEquals(pid.alive, true);
  pid.exit("shutdown");
});

Deno.test("Self.link() survives a chain of 100,000 processes", () => {
  const before = listProcesses().length;
  let last = idle();
  const first = last;
  for (let i = 0; i < 100_000; i++) last = idle({ link: last });
  first.exit("shutdown");
  assertEquals(last.alive, false);
  assertEquals(listProcesses().length, before);
});

Deno.test('Self.monitor() answers "noproc" when the process has ended', async () => {
  const { pid, messages, started } = observer();
  const gone = idle();
  gone.exit("shutdown");
  const ref = (await started).monitor(gone);
  await settle();
  assertEquals(messages, [new Down(ref, gone, "noproc")]);
  pid.exit("shutdown");
});

Deno.test("Self.demonitor() takes the monitor back, of two only one", async () => {
  const { pid, messages, started } = observer();
  const self = await started;
  const other = idle();
  const first = self.monitor(other);
  const second = self.monitor(other);
  self.demonitor(first);
  other.exit("shutdown");
  await settle();
  assertEquals(messages, [new Down(second, other, "shutdown")]);
  pid.exit("shutdown");
});

Deno.test("Process lets go of its links and listeners when it has ended", async () => {
  const { pid, started } = observer();
  const [watched, parent] = [await started, idle()];
  const child = idle({ link: parent });
  watched.monitor(child);
  child.exit({ shutdown: "gone" });
  assertEquals([listenersOf(child), processOf(child).links, processOf(child).ancestors], [0, [], []]);
  pid.exit("shutdown");
});

Deno.test("Self.monitor() is taken back when the process that watches ends first", async () => {
  const { pid, started } = observer();
  const self = await started;
  const watched = [idle(), idle()];
  for (const other of [...watched, watched[0]!]) self.monitor(other);
  assertEquals(watched.map(listenersOf), [2, 1]);
  pid.exit("shutdown");
  assertEquals(watched.map(listenersOf), [0, 0]);
  for (const other of watched) other.exit("shutdown");
});

Deno.test("register() gives a name until the process ends", () => {
  const pid = idle({ name: "someone" });
  assertStrictEquals(whereis("someone"), pid);
  assertThrows(() => register("someone", idleOnce), AlreadyStartedError);
  assertEquals(assertThrows(() => idle({ name: "someone" }), AlreadyStartedError).pid, pid);
  pid.exit("shutdown");
  assertEquals(whereis("someone"), undefined);
  const next = idle({ name: "someone" });
  assertStrictEquals(whereis("someone"), next);
  next.exit("shutdown");
  assertThrows(() => register("someone", pid), Error, "has ended");
  idleOnce.exit("shutdown");
});
const idleOnce = idle();

Deno.test("spawn() leaves nothing behind when processes come and go", async () => {
  const before = listProcesses().length;
  const pids = Array.from({ length: 100 }, () => idle());
  assertEquals(listProcesses().length, before + 100);
  for (const pid of pids) pid.exit("shutdown");
  await settle();
  assertEquals(listProcesses().length, before);
});

Deno.test("Process counts who listens for its end, so that tests can tell who forgets to stop", async () => {
  const { pid: watcher, started } = observer();
  const self = await started;
  const pid = idle();
  assertEquals(listenersOf(pid), 0);
  const ref = self.monitor(pid);
  assertEquals(listenersOf(pid), 1);
  self.demonitor(ref);
  assertEquals(listenersOf(pid), 0);
  pid.exit("shutdown");
  watcher.exit("shutdown");
});

Deno.test('Self.link() to a process that has ended brings "noproc": as a message where exits are trapped', async () => {
  const gone = idle();
  gone.exit("shutdown");
  const { pid, messages, started } = observer((self) => self.trapExit = true);
  (await started).link(gone);
  await settle();
  assertEquals(messages, [new Exit(gone, "noproc")]);
  pid.exit("kill");
  const { pid: other, started: otherStarted } = observer();
  (await otherStarted).link(gone);
  assertEquals(other.alive, false);
});

Deno.test("Self.link() twice is once: one message, and one unlink undoes it", async () => {
  const { pid, messages, started } = observer((self) => self.trapExit = true);
  const self = await started;
  const [first, second] = [idle(), idle()];
  for (const other of [first, first, second, second]) self.link(other);
  self.unlink(second);
  first.exit("shutdown");
  second.exit("shutdown");
  await settle();
  assertEquals(messages, [new Exit(first, "shutdown")]);
  pid.exit("kill");
});

Deno.test("Self.link() to itself does nothing", async () => {
  const { pid, started } = observer();
  const self = await started;
  self.link(pid);
  self.unlink(pid);
  assertEquals(pid.alive, true);
  pid.exit("shutdown");
  assertEquals(pid.alive, false);
});

const endings: [string, (pid: Pid<string>) => unknown, ExitReason][] = [
  ["its function returned", (pid) => pid.send("return"), "normal"],
  ["it was asked to end", (pid) => pid.exit({ shutdown: "enough" }), { shutdown: "enough" }],
  ["it was killed", (pid) => pid.exit("kill"), "killed"],
];
for (const [how, end, reason] of endings) {
  Deno.test(`Self.monitor() and Self.link() tell the reason when ${how}`, async () => {
    const { pid, messages, started } = observer((self) => self.trapExit = true);
    const self = await started;
    const other = spawn<string>(async (mailbox) => {
      for await (const message of mailbox) if (message === "return") return;
    }, { link: pid });
    const ref = self.monitor(other);
    end(other);
    await settle();
    assertEquals(messages.filter((message) => message instanceof Down), [new Down(ref, other, reason)]);
    assertEquals(messages.filter((message) => message instanceof Exit), [new Exit(other, reason)]);
    pid.exit("kill");
  });
}

Deno.test("Self.trapExit may be switched on and off while the process runs", async () => {
  const { pid, messages, started } = observer();
  const self = await started;
  self.trapExit = true;
  pid.exit("shutdown");
  self.trapExit = false;
  await settle();
  assertEquals(messages, [new Exit(undefined, "shutdown")]);
  pid.exit("shutdown");
  assertEquals(pid.alive, false);
});

Deno.test("Self.label may be changed, and others see it", async () => {
  const { pid, started } = observer();
  (await started).label = "busy with 42";
  assertEquals(pid.label, "busy with 42");
  pid.exit("shutdown");
});

Deno.test("spawn() keeps the order of each sender, though several send at once", async () => {
  const read = Promise.withResolvers<string[]>();
  const pid = spawn<string>(async (mailbox) => {
    const seen: string[] = [];
    for await (const message of mailbox) if (seen.push(message) === 30) return read.resolve(seen);
  });
  for (const sender of ["a", "b", "c"]) {
    spawn(async () => {
      for (let nr = 0; nr < 10; nr++) {
        pid.send(`${sender}${nr}`);
        await Promise.resolve();
      }
    });
  }
  const seen = await read.promise;
  for (const sender of ["a", "b", "c"]) {
    const own = seen.filter((message) => message.startsWith(sender));
    assertEquals(own, Array.from({ length: 10 }, (_, nr) => `${sender}${nr}`));
  }
});

/** A process that is linked to `other` and does something in the very moment in which it ends. */
async function linkedTo(other: Pid<never>, onAbort: () => void): Promise<Pid<unknown>> {
  const { pid, started } = observer();
  const self = await started;
  self.link(other);
  self.signal.addEventListener("abort", onAbort);
  return pid;
}

Deno.test("Self.demonitor() takes a monitor back while the end of the process spreads", async () => {
  const watched = idle();
  const { pid, messages, started } = observer();
  const self = await started;
  const ref = self.monitor(watched);
  await linkedTo(watched, () => self.demonitor(ref, { flush: true }));
  watched.exit("kill");
  await settle();
  assertEquals(messages, []);
  pid.exit("kill");
});

Deno.test("Self.unlink() parts two processes while the end of one spreads", async () => {
  const other = idle();
  const { pid, started } = observer();
  const self = await started;
  const linked = await linkedTo(other, () => self.unlink(other)); // told first
  self.link(other);
  other.exit("kill");
  assertEquals([linked.alive, pid.alive], [false, true]);
  pid.exit("kill");
});

for (const others of [0, 20]) {
  Deno.test(`Process.offExit() takes a listener back while the end spreads, beside ${others} others`, () => {
    const process = processOf(idle());
    const told: string[] = [];
    const second = () => told.push("second");
    process.onExit(() => {
      told.push("first");
      process.offExit(second);
    });
    process.onExit(second);
    for (let i = 0; i < others; i++) process.onExit(() => {});
    process.onExit(() => told.push("last"));
    process.end("shutdown");
    assertEquals(told, ["first", "last"]);
  });
}

Deno.test("a listener of a process's end that throws is reported, and costs the others nothing", async () => {
  using crashes = new Crashes();
  const process = processOf(idle({ name: "ending" }));
  process.onExit(() => {
    throw new Error("no");
  });
  const { pid: watcher, messages, started } = observer();
  const self = await started;
  const ref = self.monitor(process);
  process.exit("shutdown");
  await settle();
  assertEquals(messages, [new Down(ref, process, "shutdown")]);
  assertEquals(whereis("ending"), undefined);
  assertEquals(crashes.reports.map(({ pid, during, error }) => [pid, during, error.message]), [
    [process, "a listener of its end", "no"],
  ]);
  watcher.exit("kill");
});

Deno.test("Process.disregard() leaves a link that only the other side is told of", async () => {
  for (const [endsFirst, aliveAfter] of [["own", [false, false]], ["other", [true, false]]] as const) {
    const [own, other] = [processOf(idle()), processOf(idle())];
    own.link(other);
    own.disregard(other);
    (endsFirst === "own" ? own : other).end("killed");
    assertEquals<unknown>([own.alive, other.alive], aliveAfter);
    own.unlink(other);
    assertEquals(own.links, []);
    own.end("killed");
    await settle();
  }
});

Deno.test("an abort listener that throws is reported, and everybody else is told all the same", async () => {
  using crashes = new Crashes();
  const heard: string[] = [];
  const failing = observer((self) => {
    self.signal.addEventListener("abort", () => {
      throw new Error("listener");
    });
    self.signal.onabort = () => {
      throw new Error("handler");
    };
    AbortSignal.any([self.signal]).addEventListener("abort", () => {
      throw new Error("follower");
    });
    self.signal.addEventListener("abort", () => heard.push("the next listener"));
  });
  const self = await failing.started;
  const watcher = observer();
  (await watcher.started).monitor(self);
  failing.pid.exit("shutdown");
  await settle();
  assertEquals(self.signal.reason, "shutdown");
  assertEquals(crashes.messages.toSorted(), ["follower", "handler", "listener"]);
  assertEquals(new Set(crashes.reports.map(({ pid, during }) => `${pid.id} ${during}`)).size, 1);
  assertStrictEquals(crashes.reports[0]!.pid, self);
  assertEquals([heard, watcher.messages.length], [["the next listener"], 1]);
  watcher.pid.exit("shutdown");
});

Deno.test("an abort listener may end other processes whose listeners throw", async () => {
  using crashes = new Crashes();
  const inner = observer((self) => {
    self.signal.addEventListener("abort", () => {
      throw new Error("inner");
    });
  });
  await inner.started;
  const outer = observer((self) => {
    self.signal.addEventListener("abort", () => {
      inner.pid.exit("kill");
      throw new Error("outer");
    });
  });
  await outer.started;
  outer.pid.exit("kill");
  assertEquals(crashes.messages, ["inner", "outer"]);
  assertEquals(crashes.reports.map(({ pid }) => pid), [inner.pid, outer.pid]);
  assertEquals([inner.pid.alive, outer.pid.alive], [false, false]);
  await settle();
});

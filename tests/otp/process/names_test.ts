import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  AlreadyStartedError,
  GenServer,
  listProcesses,
  type Pid,
  register,
  registered,
  spawn,
  unregister,
  type ViaName,
  whereis,
} from "@urvogel/realtime";
import { listenersOf } from "../../support/leaks.ts";

function idle(name?: ViaName | string): Pid<string> {
  return spawn<string>(async (mailbox) => {
    for await (const _ of mailbox);
  }, name === undefined ? {} : { name });
}

/** A place for one process. */
class Seat implements ViaName {
  readonly label = "seat";
  #pid: Pid<never> | undefined;
  register(pid: Pid<never>): void {
    if (this.#pid?.alive) throw new AlreadyStartedError(this.label, this.#pid);
    this.#pid = pid;
  }
  whereis(): Pid<never> | undefined {
    return this.#pid;
  }
}

class Empty extends GenServer<null> {
  override init() {
    return null;
  }
}

Deno.test("unregister() frees a name, and answers whether it was taken", () => {
  const pid = idle();
  register("names-test", pid);
  assertEquals(unregister("names-test"), true);
  assertEquals(whereis("names-test"), undefined);
  assertEquals(unregister("names-test"), false);
  pid.exit("shutdown");
});

Deno.test("unregister() leaves nothing with the process", () => {
  const pid = idle();
  const before = listenersOf(pid);
  for (let i = 0; i < 10; i++) {
    register("names-test", pid);
    unregister("names-test");
  }
  assertStrictEquals(listenersOf(pid), before);
  pid.exit("shutdown");
});

Deno.test("register() gives the name of a process that is just ending to another", () => {
  const old = spawn<never>(async (mailbox, self) => {
    self.signal.addEventListener("abort", () => register("names-test", heir)); // the registry has not been told yet
    for await (const _ of mailbox);
  }, { name: "names-test" });
  const heir = idle();
  return Promise.resolve().then(() => {
    old.exit("shutdown");
    assertStrictEquals(whereis("names-test"), heir);
    heir.exit("shutdown");
    assertEquals(whereis("names-test"), undefined);
  });
});

Deno.test("registered() lists the names of those who live", () => {
  const before = registered();
  const pid = idle("names-test");
  assertEquals(registered(), [...before, "names-test"]);
  pid.exit("shutdown");
  assertEquals(registered(), before);
});

Deno.test("unregister() does not let the end of an old owner free a name that was given anew", () => {
  const old = idle("names-test");
  unregister("names-test");
  const heir = idle("names-test");
  old.exit("shutdown");
  assertStrictEquals(whereis("names-test"), heir);
  heir.exit("shutdown");
});

Deno.test("spawn() takes a via-name, which labels the process", () => {
  const seat = new Seat();
  const pid = idle(seat);
  assertStrictEquals(whereis(seat), pid);
  assertEquals(pid.label, "seat");
  pid.exit("shutdown");
  assertEquals(whereis(seat), undefined);
});

Deno.test("GenServer.start() takes a via-name, and refuses one that is taken without leaving a process", async () => {
  const seat = new Seat();
  const server = await GenServer.start(Empty, undefined, { name: seat });
  assertStrictEquals(GenServer.whereis(Empty, seat), server);
  const before = listProcesses().length;
  await assertRejects(() => GenServer.start(Empty, undefined, { name: seat }), AlreadyStartedError);
  assertEquals(listProcesses().length, before);
  await server.stop();
});

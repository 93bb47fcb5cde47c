import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  Agent,
  GenServer,
  type Pid,
  processInfo,
  reply,
  type Self,
  spawn,
  StartError,
  startIn,
  StateMachine,
  Supervisor,
} from "@urvogel/realtime";
import { Leaks } from "../../support/leaks.ts";

const never = () => new Promise<never>(() => {});

class SlowServer extends GenServer<number> {
  override init() {
    return never();
  }
}

class SlowMachine extends StateMachine<{ states: { only: number } }> {
  override async init() {
    return startIn("only", await never());
  }
  override states = this.define({ only: {} });
}

const options = { timeoutMs: 20 };
const kinds: [string, (link: Pid<never>) => Promise<unknown>][] = [
  ["GenServer", (link) => GenServer.start(SlowServer, undefined, { ...options, link })],
  ["Agent", (link) => Agent.start(never, { ...options, link })],
  ["StateMachine", (link) => StateMachine.start(SlowMachine, undefined, { ...options, link })],
  ["Supervisor", (link) => Supervisor.start([{ id: "slow", start: never }], { ...options, link })],
];

for (const [kind, start] of kinds) {
  for (const trapExit of [false, true]) {
    const who = trapExit ? "a caller that traps exits" : "a linked caller";
    Deno.test(`${kind}.start() that takes too long throws to ${who}, and does nothing else to it`, async () => {
      using _ = new Leaks();
      using time = new FakeTime();
      const messages: unknown[] = [];
      const { promise: caller, resolve } = Promise.withResolvers<Self<unknown>>();
      const pid = spawn<unknown>(async (mailbox, self) => {
        self.trapExit = trapExit;
        resolve(self);
        for await (const message of mailbox) messages.push(message);
      });
      const late = assertRejects(async () => start(await caller), StartError).then((error) =>
        assertEquals(error.reason, "timeout")
      );
      await time.tickAsync(20);
      await late;
      await time.tickAsync(1);
      assertEquals(pid.alive, true);
      assertEquals(processInfo(pid)!.links, []);
      assertEquals(messages, []);
      pid.exit("kill");
    });
  }
}

Deno.test("a server that opens another one in a handler keeps its state when that takes too long", async () => {
  using time = new FakeTime();
  class Owner extends GenServer<number, { calls: { open(): string } }> {
    override init() {
      return 7;
    }
    override handleCall = this.calls({
      open: async (state) => {
        try {
          await GenServer.start(SlowServer, undefined, { ...options, link: this.self });
          return reply("opened", state);
        } catch {
          return reply(`late, and ${state} is still there`, state);
        }
      },
    });
  }
  const owner = await GenServer.start(Owner, undefined);
  const answer = owner.call("open");
  await time.tickAsync(20);
  assertEquals(await answer, "late, and 7 is still there");
  await owner.stop();
});

import { assertEquals } from "@std/assert";
import { type Alias, type Self, spawn } from "@urvogel/realtime";

async function listener() {
  const read: string[] = [];
  const started = Promise.withResolvers<Self<string>>();
  const pid = spawn<string>(async (mailbox, self) => {
    started.resolve(self);
    for await (const message of mailbox) read.push(message);
  });
  return { pid, read, self: await started.promise, [Symbol.dispose]: () => pid.exit("shutdown") };
}

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("Alias.send() reaches the process until the alias is taken back", async () => {
  using process = await listener();
  const alias: Alias<string> = process.self.alias();
  assertEquals(alias.send("in time"), "sent");
  alias.unalias();
  assertEquals(alias.send("late"), "closed");
  assertEquals(alias.active, false);
  await turn();
  assertEquals(process.read, ["in time"]);
});

Deno.test("Alias.send() works once when the alias is for one message", async () => {
  using process = await listener();
  const alias = process.self.alias({ once: true });
  assertEquals([alias.send("answer"), alias.send("second answer")], ["sent", "closed"]);
  await turn();
  assertEquals(process.read, ["answer"]);
});

Deno.test("Alias.send() answers closed when the process has ended", async () => {
  using process = await listener();
  const alias = process.self.alias();
  process.pid.exit("shutdown");
  assertEquals(alias.active, false);
  assertEquals(alias.send("late"), "closed");
});

for (const [overflow, refused] of [["refuse", "full"], ["wait", "full"], ["dropNewest", "dropped"]] as const) {
  Deno.test(`Alias for one message is not used up by one that is ${refused} ("${overflow}")`, async () => {
    const gate = Promise.withResolvers<void>();
    const started = Promise.withResolvers<Self<string>>();
    const read: string[] = [];
    const pid = spawn<string>(async (mailbox, self) => {
      started.resolve(self);
      await gate.promise;
      for await (const message of mailbox) read.push(message);
    }, { mailbox: { capacity: 1, overflow } });
    const alias = (await started.promise).alias({ once: true });
    pid.send("filler");
    assertEquals([alias.send("answer"), alias.active], [refused, true]);
    gate.resolve();
    await turn();
    assertEquals([alias.send("again"), alias.send("once more")], ["sent", "closed"]);
    await turn();
    assertEquals(read, ["filler", "again"]);
    pid.exit("shutdown");
  });
}

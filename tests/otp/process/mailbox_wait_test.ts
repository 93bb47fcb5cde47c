import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { CallTimeoutError, GenServer, Mailbox, reply, type SendResult, spawn } from "@urvogel/realtime";
import { FakeTime } from "@std/testing/time";

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("Mailbox.deliver() waits for room when the policy is wait", async () => {
  using mailbox = new Mailbox<string>({ capacity: 1, overflow: "wait" });
  assertEquals(await mailbox.deliver("a"), "sent");
  assertEquals(mailbox.post("impatient"), "full");
  const results: SendResult[] = [];
  const b = mailbox.deliver("b").then((result) => results.push(result));
  const c = mailbox.deliver("c").then((result) => results.push(result));
  await turn();
  assertEquals(results, []);
  assertEquals(mailbox.take(), "a");
  await b;
  assertEquals(results, ["sent"]);
  assertEquals(mailbox.take(), "b");
  await c;
  assertEquals(mailbox.take(), "c");
});

Deno.test("Mailbox.deliver() is the same as post() when the policy is another", async () => {
  using refusing = new Mailbox<string>({ capacity: 1 });
  using dropping = new Mailbox<string>({ capacity: 1, overflow: "dropNewest" });
  for (const mailbox of [refusing, dropping]) mailbox.post("a");
  assertEquals(await Promise.all([refusing.deliver("b"), dropping.deliver("b")]), ["full", "dropped"]);
});

Deno.test("Mailbox.deliver() answers closed to those who wait when the mailbox is closed", async () => {
  const mailbox = new Mailbox<string>({ capacity: 1, overflow: "wait" });
  mailbox.post("a");
  const waiting = [mailbox.deliver("b"), mailbox.deliver("c")];
  mailbox.close();
  assertEquals(await Promise.all(waiting), ["closed", "closed"]);
  assertEquals(await mailbox.deliver("d"), "closed");
  assertEquals(await Array.fromAsync(mailbox), ["a"]);
});

Deno.test("Mailbox.deliver() gives up its place when its signal is aborted", async () => {
  using mailbox = new Mailbox<string>({ capacity: 1, overflow: "wait" });
  mailbox.post("a");
  const controller = new AbortController();
  const b = mailbox.deliver("b", { signal: controller.signal });
  const c = mailbox.deliver("c");
  controller.abort(new Error("changed my mind"));
  await assertRejects(() => b, Error, "changed my mind");
  assertEquals(mailbox.take(), "a");
  assertEquals(await c, "sent");
  assertEquals(mailbox.take(), "c");
  await assertRejects(() => mailbox.deliver("d", { signal: controller.signal }), Error, "changed my mind");
});

Deno.test("Mailbox.deliver() loses nothing and keeps each sender's order, whoever reads when", async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: 1, max: 4 }),
    fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 5 }),
    fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
    async (capacity, counts, pauses) => {
      const mailbox = new Mailbox<readonly [sender: number, nth: number]>({ capacity, overflow: "wait" });
      const senders = counts.map(async (count, sender) => {
        for (let nth = 0; nth < count; nth++) assertEquals(await mailbox.deliver([sender, nth]), "sent");
      });
      const next = counts.map(() => 0);
      const reader = (async () => {
        let reads = 0;
        for await (const [sender, nth] of mailbox) {
          assert(mailbox.length <= capacity);
          assertStrictEquals(nth, next[sender]!++);
          if (pauses[reads++ % pauses.length]) await Promise.resolve();
        }
      })();
      await Promise.all(senders);
      mailbox.close();
      await reader;
      assertEquals(next, counts);
    },
  ));
});

Deno.test("Pid.deliver() holds a sender back until the process has read", async () => {
  const read: string[] = [];
  const gate = Promise.withResolvers<void>();
  const pid = spawn<string>(async (mailbox) => {
    await gate.promise;
    for await (const message of mailbox) read.push(message);
  }, { mailbox: { capacity: 1, overflow: "wait" } });
  await pid.deliver("a");
  const late = pid.deliver("b");
  await turn();
  assertEquals(read, []);
  gate.resolve();
  assertEquals(await late, "sent");
  await turn();
  assertEquals(read, ["a", "b"]);
  pid.exit("shutdown");
  assertEquals(await pid.deliver("c"), "closed");
});

class Slow extends GenServer<PromiseWithResolvers<void>, { calls: { wait(): string } }> {
  override init(gate: PromiseWithResolvers<void>) {
    return gate;
  }
  override handleCall = this.calls({
    wait: async (gate) => {
      await gate.promise;
      return reply("done", gate);
    },
  });
}

Deno.test("ServerRef.call() waits for room, within its time, when the mailbox's policy is wait", async () => {
  using time = new FakeTime();
  const gate = Promise.withResolvers<void>();
  const server = await GenServer.start(Slow, gate, { mailbox: { capacity: 1, overflow: "wait" } });
  const first = server.call("wait", undefined, { timeoutMs: Infinity });
  await time.tickAsync(0);
  const second = server.call("wait", undefined, { timeoutMs: Infinity }); // waits in the mailbox
  const third = server.call("wait", undefined, { timeoutMs: Infinity }); // waits for room
  const late = assertRejects(() => server.call("wait", undefined, { timeoutMs: 10 }), CallTimeoutError);
  await time.tickAsync(11);
  await late;
  gate.resolve();
  assertEquals(await Promise.all([first, second, third]), ["done", "done", "done"]);
  await server.stop();
});

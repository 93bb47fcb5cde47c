import { assertEquals, assertStrictEquals } from "@std/assert";
import { debug, GenServer, noreply, reply } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { callTrace, HandlerCalls } from "../../../lib/otp/server/open_calls.ts";
import { processOf } from "../../../lib/otp/process/process.ts";
import type { ServerProcess } from "../../../lib/otp/server/server_process.ts";
import { until } from "../../support/until.ts";
import type { Pid } from "../../../lib/otp/process/pid.ts";

type Work = () => unknown;

/** Runs what it is sent in its handlers. */
class Worker extends GenServer<null, { calls: { work(work: Work): void }; casts: { begin(work: Work): void } }> {
  override init() {
    return null;
  }
  override handleCall = this.calls({
    work: async (_, work) => {
      await work();
      return reply(undefined, null);
    },
  });
  override handleCast = this.casts({
    begin: async (_, work) => {
      await work();
      return noreply(null);
    },
  });
}

const start = (label: string) => GenServer.start(Worker, undefined, { label });
const awaitedBy = (pid: Pid<never>) => debug.processInfo(pid)?.awaitedReply;

function measured(pid: Pid<never>): Disposable {
  const server = processOf(pid) as ServerProcess<unknown>;
  server.measureHandlers(true);
  return { [Symbol.dispose]: () => server.measureHandlers(false) };
}

Deno.test("debug.processInfo() names the server whose reply a handler waits for, also after an await", async () => {
  await using bank = await start("bank");
  await using shop = await start("shop");
  const gate = Promise.withResolvers<void>();
  using _ = debug.watch();
  shop.cast("begin", async () => {
    await Promise.resolve();
    await bank.call("work", () => gate.promise);
  });
  await until(() => awaitedBy(shop) !== undefined, "the shop waits for the bank");
  const { pid, ...awaited } = awaitedBy(shop)!;
  assertStrictEquals(pid, bank);
  assertEquals(awaited, { server: "bank", call: "work", node: undefined });
  assertEquals(awaitedBy(bank), undefined); // it waits for the gate
  gate.resolve();
  await settle();
  assertEquals(awaitedBy(shop), undefined);
});

Deno.test("debug.processInfo() attributes no call to a handler that another server has made", async () => {
  await using bank = await start("bank");
  await using shop = await start("shop");
  await using clerk = await start("clerk"); // nobody watches it, so it is woken in the shop's context
  const gate = Promise.withResolvers<void>();
  using _ = measured(shop);
  shop.cast("begin", async () => {
    await Promise.resolve();
    clerk.cast("begin", () => bank.call("work", () => gate.promise));
    await gate.promise;
  });
  await until(() => debug.processInfo(bank)?.busy !== undefined, "the bank is busy");
  assertEquals(awaitedBy(shop), undefined);
  gate.resolve();
  await settle();
});

Deno.test("callTrace is off when nobody watches, also after a watched server has ended", async () => {
  const { isOn } = callTrace;
  assertEquals(isOn, false);
  {
    using _all = debug.watch();
    await using shop = await start("shop");
    using _shop = measured(shop);
    assertEquals(callTrace.isOn, true);
    await shop.stop();
  }
  assertEquals(callTrace.isOn, false);
});

Deno.test("HandlerCalls keeps a few of many calls, and those that wait", () => {
  const calls = new HandlerCalls();
  for (let i = 0; i < 1_000; i++) calls.addRemote({ server: `${i}`, call: "get", node: "b" })[Symbol.dispose]();
  using _ = calls.addRemote({ server: "last", call: "get", node: "b" });
  assertEquals(calls.awaited, { server: "last", call: "get", node: "b", pid: undefined });
});

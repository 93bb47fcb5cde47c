import type { JetStreamManager } from "@nats-io/jetstream";
import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { DeclaredRoutes } from "../../../lib/adapters/nats/history/_declared_routes.ts";
import { createStream, findStream, type JetStream } from "../../../lib/adapters/nats/_jet_stream.ts";

/** The time of a stream that is being created: nats-server 2.9.10 ends when one of its messages is asked for. */
const NOT_YET = "0001-01-01T00:00:00Z";
const CREATED = "2026-11-26T11:00:00Z";

/** JetStream with a stream that is complete after so many looks. Notes what it is asked. */
function slowlyCreating(looks: number) {
  const asked: string[] = [];
  const info = () => Promise.resolve({ created: looks-- > 0 ? NOT_YET : CREATED });
  const noted = <T>(what: string, reply: () => Promise<T>) => () => {
    asked.push(what);
    return reply();
  };
  const streams = {
    info: noted("info", info),
    add: noted("add", info),
    getMessage: noted("message", () => Promise.resolve(null)),
  };
  return { asked, manager: { streams } as unknown as JetStreamManager };
}

Deno.test("findStream() waits for a stream that is being created", async () => {
  using time = new FakeTime();
  const { asked, manager } = slowlyCreating(2);
  const found = findStream(manager, "s");
  await time.runAllAsync();
  assertEquals([(await found)?.created, asked], [CREATED, ["info", "info", "info"]]);
});

Deno.test("findStream() gives up after a second", async () => {
  using time = new FakeTime();
  const found = assertRejects(() => findStream(slowlyCreating(Infinity).manager, "s"), Error, "still being created");
  await time.runAllAsync();
  await found;
});

Deno.test("createStream() waits for a stream that another node is creating", async () => {
  using time = new FakeTime();
  const { asked, manager } = slowlyCreating(2);
  const created = createStream(manager, { name: "s" });
  await time.runAllAsync();
  assertEquals([(await created).created, asked], [CREATED, ["add", "info", "info"]]);
});

Deno.test("DeclaredRoutes.read() asks for no message of a stream that is being created", async () => {
  using time = new FakeTime();
  const { asked, manager } = slowlyCreating(1);
  const routes = new DeclaredRoutes("urvogel", 1);
  const read = routes.read({ manager: () => Promise.resolve(manager) } as JetStream);
  await time.runAllAsync();
  assertEquals([await read, asked], [[], ["info", "info", "message"]]);
});

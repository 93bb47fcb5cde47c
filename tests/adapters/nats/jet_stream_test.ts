import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { DeclaredRoutes } from "../../../lib/adapters/nats/history/_declared_routes.ts";
import { createStream, findStream, type JetStream } from "../../../lib/adapters/nats/_jet_stream.ts";
import { Session } from "../../../lib/adapters/nats/_session.ts";

/** The time of a stream that is being created: nats-server 2.9.10 ends when one of its messages is asked for. */
const NOT_YET = "0001-01-01T00:00:00Z";
const CREATED = "2026-11-26T11:00:00Z";

/** A connection that does nothing. */
function idleSession(): Session {
  const client = { status: () => new ReadableStream(), close: () => Promise.resolve() } as unknown as NatsConnection;
  return new Session({ client, engine: "NATS", isOwn: true }, {
    maxUnconfirmedBytes: 1,
    isTopic: () => false,
    noticed: () => {},
  });
}

/** JetStream with a stream that is complete after so many looks. Notes what it is asked. */
function slowlyCreating(looks: number) {
  const session = idleSession();
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
  const jetStream = {
    manager: () => Promise.resolve({ streams } as unknown as JetStreamManager),
    pause: (delayMs: number) => session.pause(delayMs),
  } as JetStream;
  return { asked, jetStream, session };
}

Deno.test("findStream() waits for a stream that is being created", async () => {
  using time = new FakeTime();
  const { asked, jetStream } = slowlyCreating(2);
  const found = findStream(jetStream, "s");
  await time.runAllAsync();
  assertEquals([(await found)?.created, asked], [CREATED, ["info", "info", "info"]]);
});

Deno.test("findStream() gives up after a second", async () => {
  using time = new FakeTime();
  const found = assertRejects(() => findStream(slowlyCreating(Infinity).jetStream, "s"), Error, "still being created");
  await time.runAllAsync();
  await found;
});

Deno.test("findStream() ends when the connection does", async () => {
  using time = new FakeTime(); // only the end of the connection can end it
  const { asked, jetStream, session } = slowlyCreating(Infinity);
  const found = assertRejects(() => findStream(jetStream, "s"), Error, "the adapter was stopped");
  await time.tickAsync(0);
  await session.close();
  await found;
  assertEquals(asked, ["info"]);
});

Deno.test("createStream() waits for a stream that another node is creating", async () => {
  using time = new FakeTime();
  const { asked, jetStream } = slowlyCreating(2);
  const created = createStream(jetStream, { name: "s" });
  await time.runAllAsync();
  assertEquals([(await created).created, asked], [CREATED, ["add", "info", "info"]]);
});

Deno.test("DeclaredRoutes.read() asks for no message of a stream that is being created", async () => {
  using time = new FakeTime();
  const { asked, jetStream } = slowlyCreating(1);
  const routes = new DeclaredRoutes("urvogel", 1);
  const read = routes.read(jetStream);
  await time.runAllAsync();
  assertEquals([await read, asked], [[], ["info", "info", "message"]]);
});

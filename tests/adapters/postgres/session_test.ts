import { assertEquals, assertRejects } from "@std/assert";
import { BusSetupError } from "@urvogel/realtime";
import type { PostgresClient, PostgresQuery, PostgresResult } from "@urvogel/realtime/postgres";
import { EventEmitter } from "node:events";
import { FakeTime } from "@std/testing/time";
import { Session } from "../../../lib/adapters/postgres/_session.ts";
import { PostgresHistory } from "../../../lib/adapters/postgres/history/_postgres_history.ts";
import { SILENT_NODE } from "../../../lib/testing/conformance/_silent_node.ts";

/** A client of a server that has everything, and calls `probed` when a node sends a notification to itself. */
class FakeClient extends EventEmitter implements PostgresClient {
  readonly connection = { stream: { destroy: () => this.emit("end") } };
  /** Called when the next reply is that rows were removed. */
  swept: (() => void) | undefined;
  readonly #probed: (channel: string, payload: string) => void;

  constructor(probed: (channel: string, payload: string) => void) {
    super();
    this.#probed = probed;
  }

  connect(): Promise<void> {
    return Promise.resolve();
  }

  query({ text, values = [] }: PostgresQuery): Promise<PostgresResult> {
    if (text.startsWith("select pg_notify")) this.#probed(String(values[0]), String(values[1]));
    if (text.includes("delete from")) this.swept?.();
    return Promise.resolve({ rows: [{ comment: "urvogel 99", mayUse: true, now: Date.now() }], rowCount: 1 });
  }

  end(): Promise<void> {
    return Promise.resolve();
  }
}

/** A session whose connections break when it probes them, before or after the notification arrives. */
function breaking(isProbed: boolean): Session {
  const { session, clients } = sessionOf((channel, payload) => {
    if (isProbed) { for (const client of clients) client.emit("notification", { channel, payload }); }
    for (const client of clients) client.emit("error", new Error("broken"));
  });
  return session;
}

/** A session, and its two clients. */
function sessionOf(probed: (channel: string, payload: string) => void) {
  const clients: FakeClient[] = [];
  const session = new Session(SILENT_NODE, {
    nodeName: "a",
    schema: "urvogel",
    label: "PostgreSQL",
    maxBytesWaiting: 1,
    connectTimeoutMs: 1000,
    history: new PostgresHistory("urvogel", () => undefined),
    createClient: () => clients[clients.push(new FakeClient(probed)) - 1]!,
  });
  return { session, clients };
}

Deno.test.each([true, false])("Session.open() rejects at once when it is lost at the end (%s)", async (isProbed) => {
  const session = breaking(isProbed);
  const error = await assertRejects(() => session.open(), Error, "broken");
  assertEquals([error instanceof BusSetupError, session.history], [false, undefined]); // and no timer is left
});

Deno.test("Session.close() leaves no timer when rows were removed in the same turn", async () => {
  using time = new FakeTime();
  const { session, clients } = sessionOf((channel, payload) => {
    for (const client of clients) client.emit("notification", { channel, payload });
  });
  await session.open();
  let closed: Promise<void> | undefined;
  for (const client of clients) client.swept = () => closed = session.close();
  for (let i = 0; i < 32; i++) await time.tickAsync(1000); // in steps, so that its pings get replies
  await closed;
  assertEquals([closed !== undefined, time.next()], [true, false]);
});

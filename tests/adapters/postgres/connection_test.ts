import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { EventEmitter } from "node:events";
import type { PostgresClient, PostgresQuery, PostgresResult } from "@urvogel/realtime/postgres";
import { Connection } from "../../../lib/adapters/postgres/_connection.ts";

/** A client whose server answers when the test says so. */
class FakeClient extends EventEmitter implements PostgresClient {
  readonly queries: string[] = [];
  /** Whether the server is silent. */
  isSilent = false;
  readonly connection = { stream: { destroy: () => this.emit("end") } };

  connect(): Promise<void> {
    return this.isSilent ? new Promise(() => {}) : Promise.resolve();
  }

  query({ text }: PostgresQuery): Promise<PostgresResult> {
    this.queries.push(text);
    return this.isSilent ? new Promise(() => {}) : Promise.resolve({ rows: [], rowCount: 0 });
  }

  end(): Promise<void> {
    return new Promise(() => {}); // as with a server that does not answer
  }
}

async function watched(): Promise<{ client: FakeClient; connection: Connection; why: () => string | undefined }> {
  const client = new FakeClient();
  const connection = new Connection(client);
  await connection.open();
  connection.watch();
  let why: string | undefined;
  void connection.lost.then(({ message }) => why = message);
  return { client, connection, why: () => why };
}

/** Lets time pass in small steps: answers need turns of their own. */
async function pass(time: FakeTime, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) await time.tickAsync(Math.min(left, 100));
  await time.runMicrotasks();
}

Deno.test("Connection asks a quiet server whether it is alive", async () => {
  using time = new FakeTime();
  const { client, connection, why } = await watched();
  await pass(time, 8000);
  assertEquals([client.queries.length, why()], [10, undefined]);
  await connection.close();
  await pass(time, 8000);
  assertEquals([client.queries.length, why()], [10, "the adapter was stopped"]);
});

Deno.test("Connection is lost within five seconds when the server stops answering", async () => {
  using time = new FakeTime();
  const { client, connection, why } = await watched();
  await pass(time, 1599);
  client.isSilent = true; // right after an answer
  const asked = connection.query({ text: "select 2" });
  await pass(time, 3000);
  assertEquals(why(), undefined);
  await pass(time, 1900);
  assertEquals(why(), "the server does not reply");
  void asked;
  await assertRejects(() => connection.query({ text: "select 3" }), Error);
});

Deno.test("Connection takes notifications as a sign of life", async () => {
  using time = new FakeTime();
  const { client, connection, why } = await watched();
  const texts: string[] = [];
  connection.onNotification((channel, payload) => texts.push(`${channel} ${payload}`));
  client.isSilent = true;
  for (let i = 0; i < 20; i++) {
    await pass(time, 800);
    client.emit("notification", { channel: "c", payload: "p" });
  }
  assertEquals([texts.length, texts[0], why()], [20, "c p", undefined]);
  connection.lose(new Error("over"));
  client.emit("notification", { channel: "c", payload: "late" });
  assertEquals(texts.length, 20);
});

Deno.test("Connection gives the client one statement at a time, and goes on after one that failed", async () => {
  const { client, connection } = await watched();
  const results = [Promise.withResolvers<PostgresResult>(), Promise.withResolvers<PostgresResult>()];
  client.query = ({ text }) => results[client.queries.push(text) - 1]!.promise;
  const first = connection.query({ text: "first" });
  const second = connection.query({ text: "second" });
  await Promise.resolve();
  assertEquals(client.queries, ["first"]);
  results[0]!.reject(new Error("no"));
  await assertRejects(() => first, Error, "no");
  results[1]!.resolve({ rows: [], rowCount: 1 });
  assertEquals((await second).rowCount, 1);
  await connection.close();
});

Deno.test("Connection.open() rejects when it is closed meanwhile", async () => {
  const client = new FakeClient();
  client.isSilent = true;
  const connection = new Connection(client);
  const opening = connection.open();
  await connection.close();
  await assertRejects(() => opening, Error, "the adapter was stopped");
  client.emit("error", new Error("late")); // has a listener, or it would end the program
});

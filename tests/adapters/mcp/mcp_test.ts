import { Client } from "@modelcontextprotocol/sdk/client";
// @ts-types="@modelcontextprotocol/sdk/client/streamableHttp"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { channel } from "node:diagnostics_channel";
import { stub } from "@std/testing/mock";
import { Endpoint, type LogRecord } from "@urvogel/realtime";
import { mcp, type McpHandler } from "@urvogel/realtime/mcp";
import { Inspection } from "../../../lib/adapters/inspector/_inspection.ts";
import { serve } from "../../support/serve.ts";
import { SECRET, WatchedRoom } from "../inspector/watched_room.ts";

/** An agent that is connected with a room. */
class Agent implements AsyncDisposable {
  readonly #client: Client;
  readonly #stack: AsyncDisposableStack;

  private constructor(client: Client, stack: AsyncDisposableStack) {
    this.#client = client;
    this.#stack = stack;
  }

  static async connect({ endpoint }: WatchedRoom): Promise<Agent> {
    const stack = new AsyncDisposableStack();
    const handler = stack.use(mcp(endpoint));
    const server = stack.use(serve({ fetch: handler }));
    const client = new Client({ name: "agent", version: "1.0.0" });
    // deno-lint-ignore no-explicit-any -- the SDK's own types disagree where optional properties are exact
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)) as any);
    stack.defer(() => client.close());
    return new Agent(client, stack);
  }

  async tools() {
    return (await this.#client.listTools()).tools;
  }

  async call(name: string, values: Record<string, unknown> = {}): Promise<{ text: string; isError: boolean }> {
    const { content, isError } = await this.#client.callTool({ name, arguments: values });
    const [{ text }] = content as [{ text: string }];
    return { text, isError: isError === true };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

Deno.test("mcp() offers tools that only read", async () => {
  await using room = new WatchedRoom();
  await using agent = await Agent.connect(room);
  const tools = await agent.tools();
  assertEquals(tools.length, 14);
  for (const { name, description, annotations } of tools) {
    assert(description, name);
    assertEquals([name, annotations?.readOnlyHint, annotations?.destructiveHint], [name, true, false]);
  }
});

Deno.test("mcp() shows every view, without secrets", async () => {
  await using room = new WatchedRoom();
  await using agent = await Agent.connect(room);
  await room.join("ann", "room:1");
  const { text } = await agent.call("list_processes", { search: "room:1" });
  const { id: process } = JSON.parse(text).items[0].process;
  for (const { name, inputSchema } of await agent.tools()) {
    if (name === "follow_topic" || name === "show_socket") continue;
    const needsProcess = (inputSchema.required ?? []).includes("process");
    const { text, isError } = await agent.call(name, needsProcess ? { process } : {});
    assertEquals([name, isError], [name, false]);
    assert(!text.includes(SECRET), name);
  }
  assertStringIncludes((await agent.call("show_state", { process })).text, "[redacted]");
  assertStringIncludes((await agent.call("list_sockets", { search: "ann", limit: 1 })).text, "user:ann");
});

Deno.test("mcp() follows a topic for some seconds", async () => {
  await using room = new WatchedRoom();
  await using agent = await Agent.connect(room);
  const ann = await room.join("ann", "room:1");
  const followed = agent.call("follow_topic", { topic: "room:1", seconds: 1 });
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100)); // some of them after it has begun
    ann.push("say", { text: "hello" });
  }
  const { events } = JSON.parse((await followed).text);
  assert(events.some(({ event }: { event: string }) => event === "said"));
});

for (
  const [what, end] of [
    ["its endpoint shuts down", ({ endpoint }: EndedParts) => endpoint.shutdown()],
    ["it is disposed", ({ agents }: EndedParts) => agents[Symbol.dispose]()],
  ] as const
) {
  Deno.test(`mcp() follows a topic no longer when ${what}`, async () => {
    using time = new FakeTime();
    const endpoint = new Endpoint({ sockets: {}, logLevel: false });
    using agents = mcp(endpoint, { authorize: () => true });
    const response = agents(followRequest());
    await time.tickAsync(10);
    const startedAt = time.now;
    await Promise.all([end({ endpoint, agents }), time.tickAsync(500)]);
    const { result } = await (await response).json();
    assertEquals(JSON.parse(result.content[0].text).events, []);
    assert(time.now - startedAt <= 500);
    await endpoint.shutdown();
  });
}

/** A request to follow a room for the longest time. */
function followRequest(): Request {
  return requestOf("follow_topic", { topic: "room:1", seconds: 30 });
}

/** A call of a tool. */
function requestOf(name: string, values: Record<string, unknown>): Request {
  const params = { name, arguments: values };
  return new Request("http://localhost/mcp", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
  });
}

Deno.test("mcp() shows all that has happened in a topic when it is followed for the longest time", async () => {
  using time = new FakeTime();
  const endpoint = new Endpoint({ sockets: {}, logLevel: false });
  using agents = mcp(endpoint, { authorize: () => true });
  const response = agents(followRequest());
  for (let second = 0.125; second <= 31; second += 0.125) {
    await time.tickAsync(125);
    if (second % 5 !== 2) continue;
    channel("urvogel:pubsub:broadcast").publish({
      topic: "room:1",
      event: `after ${second} s`,
      payload: {},
      clients: 1,
    });
  }
  const { result } = await (await response).json();
  assertEquals(
    JSON.parse(result.content[0].text).events.map(({ event }: { event: string }) => event),
    [2, 7, 12, 17, 22, 27].map((second) => `after ${second} s`),
  );
  await endpoint.shutdown();
});

interface EndedParts {
  readonly endpoint: Endpoint;
  readonly agents: McpHandler;
}

Deno.test("mcp() says what is wrong with a call", async () => {
  await using room = new WatchedRoom();
  await using agent = await Agent.connect(room);
  for (
    const [name, values] of [
      ["show_state", {}],
      ["show_state", { process: 987654 }],
      ["list_sockets", { limit: 0 }],
      ["list_processes", { order: "size" }],
      ["follow_topic", { topic: "room:1", seconds: "x" }],
    ] as const
  ) {
    const { text, isError } = await agent.call(name, values);
    assertEquals([name, isError], [name, true]);
    assertStringIncludes(text, "Cannot");
  }
});

Deno.test("mcp() logs an error of a view, and keeps it from the agent", async () => {
  const records: LogRecord[] = [];
  const endpoint = new Endpoint({ sockets: {}, logger: (record) => void records.push(record) });
  using agents = mcp(endpoint, { authorize: () => true });
  const error = new Error("Cannot read db.internal");
  using _ = stub(Inspection.of(endpoint), "view", () => Promise.reject(error));
  const response = await agents(requestOf("list_nodes", {}));
  const { result } = await response.json();
  assertEquals(result, { content: [{ type: "text", text: "the view failed" }], isError: true });
  assertEquals(records.map(({ level, fields }) => [level, fields.error]), [["error", error]]);
  await endpoint.shutdown();
});

for (
  const [what, init, status] of [
    ["a foreign origin", { method: "POST", body: "{}", headers: { origin: "https://evil.test" } }, 403],
    ["GET", {}, 405],
    ["no JSON", { method: "POST", body: "{" }, 400],
    ["too large a body", { method: "POST", body: `"${"x".repeat(100_000)}"` }, 400],
  ] as readonly (readonly [string, RequestInit, number])[]
) {
  Deno.test(`mcp() refuses ${what}`, async () => {
    const agents = mcp(new Endpoint({ sockets: {} }), { authorize: () => true });
    const response = await agents(new Request("http://localhost/mcp", init));
    assertEquals(response.status, status);
    await response.body?.cancel();
  });
}

Deno.test("mcp() refuses whoever is not authorized", async () => {
  const endpoint = new Endpoint({ sockets: {} });
  for (const agents of [mcp(endpoint), mcp(endpoint, { authorize: () => false })]) {
    const response = await agents(new Request("http://localhost/mcp", { method: "POST", body: "{}" }));
    assertEquals(response.status, 403);
    await response.body?.cancel();
  }
});

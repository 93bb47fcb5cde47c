import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inspector } from "@urvogel/realtime/inspector";
import { Endpoint, type ServeInfo } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { Crashes } from "../../support/crashes.ts";
import { SECRET, WatchedRoom } from "./watched_room.ts";

const LOOPBACK: ServeInfo = { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 5000 } };
const ELSEWHERE: ServeInfo = { remoteAddr: { transport: "tcp", hostname: "192.0.2.7", port: 5000 } };

interface Case {
  readonly what: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly info?: ServeInfo | undefined;
  readonly status: number;
}

for (
  const { what, url = "http://localhost/inspector/api/overview", headers = {}, info, status } of [
    { what: "accepts a client of this machine", info: LOOPBACK, status: 200 },
    { what: "refuses a client of another machine", info: ELSEWHERE, status: 403 },
    { what: "refuses a client whose address is unknown", status: 403 },
    {
      what: "refuses what a proxy passes on",
      info: LOOPBACK,
      headers: { "x-forwarded-for": "127.0.0.1" },
      status: 403,
    },
    {
      what: "refuses a foreign name of this machine",
      url: "http://evil.test/api/overview",
      info: LOOPBACK,
      status: 403,
    },
  ] as readonly Case[]
) {
  Deno.test(`inspector() without authorize ${what}`, async () => {
    const endpoint = new Endpoint({ sockets: {} });
    using inspect = inspector(endpoint);
    const response = await inspect(new Request(url, { headers }), info);
    assertEquals(response.status, status);
    await response.body?.cancel();
  });
}

for (
  const [what, headers, status] of [
    ["accepts its own origin", { origin: "http://localhost" }, 200],
    ["accepts its own origin behind a proxy that ends TLS", { origin: "https://localhost" }, 200],
    ["refuses a foreign origin", { origin: "https://evil.test" }, 403],
    ["refuses another port of its host", { origin: "http://localhost:8080" }, 403],
    ["refuses a hidden origin", { origin: "null" }, 403],
    ["refuses scripts of another site", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, 403],
    ["accepts a link on another site", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, 200],
  ] as const
) {
  Deno.test(`inspector() ${what}`, async () => {
    const endpoint = new Endpoint({ sockets: {} });
    using inspect = inspector(endpoint, { authorize: () => true });
    const response = await inspect(new Request("http://localhost/api/overview", { headers }));
    assertEquals(response.status, status);
    await response.body?.cancel();
  });
}

Deno.test("inspector() refuses every path unless authorize returns true", async () => {
  const endpoint = new Endpoint({ sockets: {} });
  for (const authorize of [() => false, () => 1 as unknown as boolean, () => Promise.reject(new Error("no"))]) {
    using inspect = inspector(endpoint, { authorize });
    for (const path of ["", "/", "/assets/main.js", "/api/overview", "/api/live/overview", "/api/close"]) {
      const response = await inspect(new Request(`http://localhost/inspector${path}`), LOOPBACK);
      assertEquals([path, response.status], [path, 403]);
      assertEquals(await response.json(), { error: "not authorized" });
    }
  }
});

Deno.test("inspector() sends the response that authorize returns instead", async () => {
  const endpoint = new Endpoint({ sockets: {} });
  const ask = () => new Response("who are you?", { status: 401, headers: { "www-authenticate": "Basic" } });
  using inspect = inspector(endpoint, { authorize: ({ headers }) => headers.has("authorization") || ask() });
  for (const path of ["", "/assets/main.js", "/api/overview", "/api/live/overview", "/api/close"]) {
    const response = await inspect(new Request(`http://localhost/inspector${path}`), LOOPBACK);
    assertEquals([path, response.status, await response.text()], [path, 401, "who are you?"]);
    assertEquals(response.headers.get("www-authenticate"), "Basic");
  }
  const url = "http://localhost/inspector";
  const response = await inspect(new Request(url, { headers: { authorization: "Basic YTpi", accept: "text/html" } }));
  assertEquals(response.status, 200);
  await response.body?.cancel();
});

Deno.test("inspector() serves the page wherever it is mounted, with a policy that lets no text run", async () => {
  await using room = new WatchedRoom();
  for (const path of ["", "/", "/a/b", "/api/inspector", "/assets/inspector"]) {
    const response = await room.inspect(new Request(`http://localhost${path}`, { headers: { accept: "text/html" } }));
    assertEquals(response.status, 200);
    assertStringIncludes(await response.text(), "<title>Urvogel inspector</title>");
    const policy = response.headers.get("content-security-policy") ?? "";
    assertMatch(policy, /default-src 'none'.*require-trusted-types-for 'script'/);
    assert(!policy.includes("unsafe"));
    assertEquals(response.headers.get("x-frame-options"), "DENY");
  }
});

Deno.test("inspector() lists sockets, and closes one", async () => {
  await using room = new WatchedRoom();
  await room.join("ann", "room:1");
  await room.join("bob", "room:2");
  const { body: all } = await room.view("sockets");
  assertEquals([all.total, all.items[0].id, all.items[0].topics], [2, "user:ann", ["room:1"]]);
  assertEquals((await room.view("sockets?search=room:2")).body.items[0].id, "user:bob");
  assertEquals((await room.view("sockets?id=user:ann")).body.total, 1);
  const page = (await room.view("sockets?limit=1")).body;
  assertEquals([page.items.length, page.total, page.next], [1, 2, 1]);
  const process = all.items[0].process.id;
  const { body: socket } = await room.view(`socket?process=${process}`);
  assertEquals(socket.channels[0].topic, "room:1");

  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify({ process }) };
  const closed = await room.inspect(new Request("http://localhost/api/close", init));
  assertEquals(await closed.json(), { closed: process });
  await settle();
  assertEquals((await room.view("sockets")).body.total, 1);
});

for (
  const [what, init, status] of [
    ["GET", {}, 405],
    ["a form", { method: "POST", body: new URLSearchParams({ process: "1" }) }, 415],
    ["a text", { method: "POST", body: '{"process":1}' }, 415],
    ["JSON of another origin", {
      method: "POST",
      body: "{}",
      headers: { "content-type": "application/json", origin: "http://evil.test" },
    }, 403],
    ["no JSON", { method: "POST", body: "{", headers: { "content-type": "application/json" } }, 400],
    ["no process", { method: "POST", body: "{}", headers: { "content-type": "application/json" } }, 400],
    ["a process that has ended", {
      method: "POST",
      body: '{"process":987654}',
      headers: { "content-type": "application/json" },
    }, 404],
  ] as readonly (readonly [string, RequestInit, number])[]
) {
  Deno.test(`inspector() closes nothing for ${what}`, async () => {
    await using room = new WatchedRoom();
    await room.join("ann", "room:1");
    const response = await room.inspect(new Request("http://localhost/api/close", init));
    assertEquals(response.status, status);
    await response.body?.cancel();
    assertEquals(room.endpoint.connectionCount, 1);
  });
}

Deno.test("inspector() shows a topic, its rate and what happens in it, without subscribing to it", async () => {
  await using room = new WatchedRoom();
  const ann = await room.join("ann", "room:1");
  assertEquals((await room.view("follow?topic=room:1")).body.events, []);
  await room.view("topics");
  const [before] = (await room.view("topics?search=room:1")).body.items;
  assertEquals([before.members, before.processes, before.broadcastsPerSecond], [1, 0, 0]);
  ann.push("say", { text: "hello", password: SECRET });
  await ann.assertPush("said");
  const [after] = (await room.view("topics?search=room:1")).body.items;
  assertEquals([after.members, after.processes, after.lastEvents], [1, 0, ["said"]]);
  assert(after.broadcastsPerSecond > 0);
  const { body: { events } } = await room.view("follow?topic=room:1");
  assertEquals(events.map(({ kind, event }: { kind: string; event: string }) => [kind, event]), [
    ["broadcast", "said"],
    ["reply", "phx_reply"],
    ["in", "say"],
  ]);
  assertEquals(events[0].details.payload, { text: "hello", password: "[redacted]" });
  assertEquals((await room.view(`follow?topic=room:1&after=${events[2].number}`)).body.events, []);
});

Deno.test("inspector() lists the topics first that cost most: broadcasts times members", async () => {
  await using room = new WatchedRoom();
  for (const [user, topic] of [["ann", "room:1"], ["bob", "room:2"], ["eve", "room:3"], ["ida", "room:3"]] as const) {
    await room.join(user, topic);
  }
  const listed = async (query: string) => {
    const { items } = (await room.view(`topics?${query}`)).body;
    return items.map(({ topic }: { topic: string }) => topic);
  };
  assertEquals(await listed("order=sent&limit=1"), ["room:1"]); // nothing is known yet
  for (const topic of ["room:2", "room:2", "room:2", "room:3", "room:3"]) room.endpoint.broadcast(topic, "said", {});
  assertEquals(await listed("order=sent"), ["room:3", "room:2", "room:1"]);
  assertEquals(await listed("order=age"), ["room:1", "room:2", "room:3"]);
  assertEquals((await room.view("topics?order=size")).status, 400);
});

Deno.test("inspector() keeps little of large events", async () => {
  await using room = new WatchedRoom();
  await room.join("ann", "room:1");
  await room.view("follow?topic=room:1");
  await room.view("topics");
  room.endpoint.broadcast("room:1", "e".repeat(100_000), {
    texts: Array.from({ length: 100 }, () => "x".repeat(9_000)),
  });
  const { body: { events: [event] } } = await room.view("follow?topic=room:1");
  assertEquals(event.event.length, 201);
  assert(JSON.stringify(event).length < 25_000);
  const [{ lastEvents }] = (await room.view("topics?search=room:1")).body.items;
  assertEquals(lastEvents.at(-1).length, 101);
});

Deno.test("inspector() shows a channel that is stuck in its handler", async () => {
  await using room = new WatchedRoom();
  await room.view("overview"); // begins to measure
  const ann = await room.join("ann", "room:1");
  ann.push("wait", {});
  ann.push("say", {});
  await settle();
  const { body } = await room.view("processes?order=running&limit=1");
  const [stuck] = body.items;
  assertStringIncludes(stuck.process.label, "room:1");
  assertMatch(stuck.busy, /wait/);
  assertEquals(stuck.messageQueueLength, 1);
  const { body: process } = await room.view(`process?process=${stuck.process.id}`);
  assertEquals(process.process, stuck.process);
});

Deno.test("inspector() shows crashes with their reports", async () => {
  using _crashes = new Crashes();
  await using room = new WatchedRoom();
  await room.view("overview");
  const ann = await room.join("ann", "room:1");
  ann.push("fail", {});
  await ann.assertPush("phx_error");
  const { body } = await room.view("crashes?limit=1");
  assertEquals(body.items[0].error, "Error: out of order");
  assertStringIncludes(body.items[0].state, "[redacted]");
  const { body: { attention } } = await room.view("overview");
  assertEquals(attention.crashes.at(-1).error, "Error: out of order");
});

Deno.test("inspector() answers what makes no sense with an error", async () => {
  await using room = new WatchedRoom();
  for (
    const [path, status] of [
      ["nothing", 404],
      ["live/nothing", 404],
      ["sockets?limit=0", 400],
      ["sockets?limit=x", 400],
      ["processes?order=x", 400],
      ["state", 400],
      ["state?process=987654", 404],
      ["socket?process=987654", 404],
      ["members?presence=x&topic=y", 404],
      ["tree?depth=99", 400],
      ["sockets?node=nobody", 502],
    ] as const
  ) {
    const { status: found, body } = await room.view(path);
    assertEquals([path, found], [path, status]);
    assertMatch(body.error, /^Cannot|^there is no/);
  }
});

Deno.test("inspector() shows no secret in any view", async () => {
  using _crashes = new Crashes();
  await using room = new WatchedRoom();
  await room.view("follow?topic=room:1");
  const ann = await room.join("ann", "room:1");
  await room.join("bob", "room:1");
  ann.push("say", { secretWord: SECRET, card: SECRET });
  await ann.assertPush("said");
  const { body: { items: processes } } = await room.view("processes?limit=1000");
  const states = processes.map(({ process: { id } }: { process: { id: number } }) => `state?process=${id}`);
  ann.push("fail", { card: SECRET });
  await ann.assertPush("phx_error");
  const lists = [
    "overview",
    "sockets",
    "topics",
    "follow?topic=room:1",
    "tree",
    "presence",
    "nodes",
    "crashes",
    "history",
  ];
  const texts: string[] = [];
  for (const path of [...lists, "members?presence=people&topic=room:1", ...states]) {
    texts.push(JSON.stringify((await room.view(path)).body));
  }
  assertEquals(texts.filter((text) => text.includes(SECRET)), []);
  assert(texts.filter((text) => text.includes("[redacted]")).length >= 4);
});

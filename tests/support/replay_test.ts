import { assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { parseTranscript } from "./golden.ts";
import { type Difference, replay } from "./replay.ts";
import { serve } from "./serve.ts";

/** What the puppet does when it gets a text; binary data it sends back. */
interface Order {
  /** Texts to send. */
  readonly say?: readonly string[];
  /** The code and the reason to close with. */
  readonly close?: [number, string];
}

/** A server that does what its clients order: WebSocket at `/ws`, otherwise it answers what it was asked. */
const puppet = {
  async fetch(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/ws") return obey(request);
    if (pathname === "/refuse") {
      return new Response("no", { status: 403, headers: { "x-why": "because" } });
    }
    const { method } = request;
    return Response.json({
      method,
      path: pathname + search,
      body: await request.text(),
      token: `after ${pathname}`.replace(" /", "_"),
    });
  },
};

function obey(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => {
    if (typeof data !== "string") return socket.send(data);
    const { say = [], close }: Order = JSON.parse(data);
    for (const text of say) socket.send(text);
    if (close) socket.close(...close);
  };
  return response;
}

/** What a test may set of a transcript. */
interface Recording {
  readonly name: string;
  readonly tags: readonly string[];
  readonly conns: Readonly<Record<string, string>>;
}

/** Plays `steps` against the puppet. */
async function play(
  steps: readonly unknown[],
  { tags = [], name = "example", conns = { A: "/ws" } }: Partial<Recording> = {},
): Promise<Difference | undefined> {
  await using server = serve(puppet);
  const transcript = parseTranscript({ name, description: "", url: "/ws", conns, tags, steps });
  return await replay(transcript, { port: server.port, patienceMs: 200, silenceMs: 50 });
}

const open = { on: "A", open: { status: 101 } };
const say = (...texts: string[]) => ({ on: "A", send: JSON.stringify({ say: texts }) });
const close = (code: number, reason = "") => ({
  on: "A",
  send: JSON.stringify({ close: [code, reason] }),
});
const recv = (text: unknown) => ({ on: "A", recv: text });
const closed = (code: number, reason = "") => ({
  on: "A",
  close: { code, reason },
  by: "server",
  answer: true,
});
const eof = { on: "A", eof: true };
const ask = (path: string, body?: string) => ({
  method: body ? "POST" : "GET",
  path,
  ...(body && { body }),
});
const answer = (body: unknown) => ({
  status: 200,
  response_headers: {},
  response_body: JSON.stringify(body),
});

Deno.test.each([
  {
    what: "a text, whatever the order of keys",
    steps: [open, say('{"a":1,"b":2}'), recv('{"b":2,"a":1.0}')],
  },
  { what: "anything for <any>", steps: [open, say('{"ref":"x7"}'), recv('{"ref":"<any>"}')] },
  {
    what: "a long text",
    steps: [open, say("xxx!"), recv({ concat: [{ repeat: "x", n: 3 }, "!"] })],
  },
  { what: "binary data", steps: [open, { on: "A", send: { b64: "AQI=" } }, recv({ b64: "AQI=" })] },
  {
    what: "a message in fragments, and a pong",
    steps: [
      open,
      { on: "A", send: { frame: { opcode: 2, fin: false, b64: "AQ==" } } },
      { on: "A", send: { frame: { opcode: 9, fin: true, b64: "aGk=" } } },
      recv({ pong: { b64: "aGk=" } }),
      { on: "A", send: { frame: { opcode: 0, fin: true, b64: "Ag==" } } },
      recv({ b64: "AQI=" }),
    ],
  },
  {
    what: "frames in any order",
    steps: [open, say("1", "2"), { unordered: [recv("2"), recv("1")] }],
  },
  { what: "a close by the server", steps: [open, close(1001), closed(1001), eof] },
  {
    what: "a close by the client",
    steps: [
      open,
      { on: "A", close: { code: 1000, reason: "" }, by: "client" },
      { ...closed(1000), answer: false },
      eof,
    ],
  },
  { what: "a dropped connection", steps: [open, { on: "A", drop: true }] },
  { what: "silence", steps: [open, { on: "A", silence_ms: 30 }, { wait_ms: 1 }] },
  { what: "frames that are ignored", steps: [open, say("1", "2"), { on: "A", ignore_ms: 50 }] },
  {
    what: "a refusal",
    conns: { A: "/refuse" },
    steps: [{
      on: "A",
      open: { status: 403, body: "no", response_headers: { "x-why": "because", "x-other": null } },
    }],
  },
  {
    what: "HTTP with a variable that each answer renews",
    steps: [
      {
        http: {
          ...ask("/a"),
          ...answer({ method: "GET", path: "/a", body: "", token: "<any>" }),
          save: { t: "token" },
        },
      },
      { http_start: { id: "1", ...ask("/b?${t}", "x${t}") } },
      {
        http_finish: {
          id: "1",
          ...answer({ method: "POST", path: "/b?after_a", body: "xafter_a", token: "<any>" }),
        },
      },
      { http: { ...ask("/c?${t}"), ...answer({ method: "GET", path: "/c?after_b", body: "", token: "<any>" }) } },
    ],
  },
])("replay() takes $what", async ({ steps, conns }) => {
  assertEquals(await play(steps, conns && { conns }), undefined);
});

Deno.test.each([
  { what: "another text", at: 2, steps: [open, say("1"), recv("2")] },
  { what: "a field too many", at: 2, steps: [open, say('{"a":1,"b":2}'), recv('{"a":1}')] },
  { what: "a field too few", at: 2, steps: [open, say('{"a":1}'), recv('{"a":1,"b":2}')] },
  { what: "null for a missing field", at: 2, steps: [open, say('{"a":null}'), recv('{"b":null}')] },
  { what: "a number for a text", at: 2, steps: [open, say("[1]"), recv('["1"]')] },
  {
    what: "a long integer with other digits",
    at: 2,
    steps: [open, say("[9007199254740992]"), recv("[9007199254740993]")],
  },
  {
    what: "other data",
    at: 2,
    steps: [open, { on: "A", send: { b64: "AQI=" } }, recv({ b64: "AQE=" })],
  },
  { what: "text for data", at: 2, steps: [open, say("\u0001"), recv({ b64: "AQ==" })] },
  { what: "frames in another order", at: 2, steps: [open, say("1", "2"), recv("2"), recv("1")] },
  {
    what: "a frame that is in no group",
    at: 2,
    steps: [open, say("1", "3"), { unordered: [recv("1"), recv("2")] }],
  },
  { what: "no frame", at: 1, steps: [open, recv("1")] },
  { what: "a frame too many", at: 3, steps: [open, say("1", "2"), recv("1")] },
  { what: "a frame within a silence", at: 2, steps: [open, say("1"), { on: "A", silence_ms: 50 }] },
  { what: "another close code", at: 2, steps: [open, close(1000), closed(1001), eof] },
  {
    what: "another reason to close",
    at: 2,
    steps: [open, close(1001, "a"), closed(1001, "b"), eof],
  },
  { what: "a text for a close", at: 2, steps: [open, say("1"), closed(1000)] },
  { what: "no end of the stream", at: 1, steps: [open, eof] },
  { what: "another status", at: 0, conns: { A: "/refuse" }, steps: [open] },
  {
    what: "another refusal",
    at: 0,
    conns: { A: "/refuse" },
    steps: [{ on: "A", open: { status: 403, body: "" } }],
  },
  {
    what: "a header that is not to be there",
    at: 0,
    conns: { A: "/refuse" },
    steps: [{ on: "A", open: { status: 403, body: "no", response_headers: { "x-why": null } } }],
  },
  {
    what: "another HTTP body",
    at: 0,
    steps: [{ http: { ...ask("/a"), ...answer({ method: "GET" }) } }],
  },
  { what: "another HTTP status", at: 0, steps: [{ http: { ...ask("/refuse"), ...answer("no") } }] },
  {
    what: "an HTTP answer too early",
    at: 0,
    steps: [{
      http: {
        ...ask("/refuse"),
        ...answer(""),
        status: 403,
        response_body: "no",
        elapsed_ms: { min: 500, max: 900 },
      },
    }],
  },
])("replay() finds $what", async ({ at, steps, conns }) => {
  const difference = await play(steps, conns && { conns });
  assertStrictEquals(difference?.step, at, difference?.found);
});

Deno.test.each([
  { tags: ["malformed"], code: 1007, passes: true },
  { tags: ["malformed"], code: 1000, passes: false },
  { tags: ["timeout"], code: 1001, passes: true },
  { tags: ["timeout"], code: 1011, passes: false },
  { tags: ["ws"], code: 4000, passes: true },
  { tags: [], code: 1007, passes: false },
])(
  "replay() with tags $tags and close code $code in place of 1002: $passes",
  async ({ tags, code, passes }) => {
    assertEquals(
      await play([open, close(code), closed(1002), eof], { tags }) === undefined,
      passes,
    );
  },
);

Deno.test("replay() takes the end of the stream for a close frame only where Deno answers itself", async () => {
  const notUtf8 = { on: "A", send: { frame: { opcode: 1, fin: true, b64: "/w==" } } };
  const steps = [open, notUtf8, closed(1007), eof];
  assertEquals(await play(steps, { name: "bad_utf8", tags: ["malformed"] }), undefined);
  assertEquals((await play(steps, { tags: ["malformed"] }))?.step, 2);
});

Deno.test.each([
  { what: "an unknown step", step: { on: "A", recieve: "1" } },
  { what: "an unknown field", step: { on: "A", recv: "1", unless: "2" } },
  {
    what: "an unknown field of a request",
    step: { http: { ...ask("/a"), ...answer(""), times: 2 } },
  },
  { what: "a wrong type", step: { on: "A", silence_ms: "50" } },
  {
    what: "a group of two connections",
    step: { unordered: [{ on: "A", recv: "1" }, { on: "B", recv: "1" }] },
  },
])("parseTranscript() refuses $what", ({ step }) => {
  const transcript = { name: "x", description: "", url: "/ws", tags: [], steps: [step] };
  assertMatch(String(assertThrows(() => parseTranscript(transcript))), /^TypeError: Cannot read/);
});

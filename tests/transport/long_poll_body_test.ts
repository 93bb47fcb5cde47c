import assert from "node:assert/strict";
import { postedFrames } from "../../lib/transport/long_poll_body.ts";

const LIMITS = { maxFrameBytes: 100, maxBatch: 3 };
const NDJSON = "application/x-ndjson";

function post(body: BodyInit, type: string): Request {
  return new Request("http://localhost/", { method: "POST", body, headers: { "content-type": type } });
}

const good: readonly [what: string, body: string, type: string, frames: readonly unknown[]][] = [
  ["any type as one text", "[1]\n[2]", "application/json", ["[1]\n[2]"]],
  ["an empty body as an empty text", "", "application/json", [""]],
  ["a line as a message", "[1]", NDJSON, ["[1]"]],
  ["lines as messages, in order", "[1]\n[2]\n[3]", `${NDJSON}; charset=utf-8`, ["[1]", "[2]", "[3]"]],
  ["other lines as base64", "AQID\n[1]", NDJSON, [new Uint8Array([1, 2, 3]), "[1]"]],
];
for (const [what, body, type, frames] of good) {
  Deno.test(`postedFrames() reads ${what}`, async () => {
    assert.deepEqual(await postedFrames(post(body, type), LIMITS), { ok: true, frames });
  });
}

const bad: readonly [what: string, body: string, type: string, status: number][] = [
  ["a line that is neither", '[1]\n{"a":1}', NDJSON, 400],
  ["too many lines", "[1]\n[2]\n[3]\n[4]", NDJSON, 413],
  ["too many bytes", `[${" ".repeat(100)}]`, NDJSON, 413],
  ["too many bytes of text beyond ASCII", "é".repeat(51), "text/plain", 413],
];
for (const [what, body, type, status] of bad) {
  Deno.test(`postedFrames() refuses ${what}`, async () => {
    const posted = await postedFrames(post(body, type), LIMITS);
    assert.equal(!posted.ok && posted.status, status);
  });
}

Deno.test("postedFrames() stops reading a body that never announced its size when it is too large", async () => {
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(60));
    },
    cancel() {
      cancelled = true;
    },
  });
  const posted = await postedFrames(post(body, NDJSON), LIMITS);
  assert.equal(!posted.ok && posted.status, 413);
  assert.ok(cancelled);
  assert.ok(pulled < 5, `pulled ${pulled} times`);
});

Deno.test("postedFrames() reads nothing of a body that says it is too large", async () => {
  const headers = { "content-type": NDJSON, "content-length": "101" };
  const body = new ReadableStream({
    pull() {
      throw new Error("read");
    },
  }, { highWaterMark: 0 });
  const posted = await postedFrames(new Request("http://localhost/", { method: "POST", body, headers }), LIMITS);
  assert.equal(!posted.ok && posted.status, 413);
});

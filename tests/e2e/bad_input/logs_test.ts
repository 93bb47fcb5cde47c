/**
 * What clients send does not get into the log as it is.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { stub } from "@std/testing/mock";
import { Broadcast, Channel, noreply, ok, Socket } from "@urvogel/realtime";
import { FakeServer } from "../../support/fake_client.ts";

const NASTY = "a\n[urvogel] all is well\u001b[2J\u009b2J\u202e";

class NastyChannel extends Channel {
  override join() {
    return ok();
  }
  override handleIn = this.handlers({
    tell: (payload, socket) => {
      socket.self.send(new Broadcast("elsewhere", NASTY, payload));
      return noreply();
    },
    text: (payload, socket) => {
      socket.self.send(payload);
      return noreply();
    },
    crash: (payload) => {
      throw new Error(`Cannot say ${payload}`);
    },
  });
}

class NastySocket extends Socket {
  override channels = { "room:*": NastyChannel };
  override connect() {
    return ok({});
  }
  override id() {
    return NASTY;
  }
}

class FrankSocket extends NastySocket {
  override redactedKeys = ["pin"];
}

/** What the library prints while a client says something. */
async function printed(socket: Socket, ...messages: (readonly [event: string, payload: unknown])[]): Promise<string[]> {
  const lines: string[] = [];
  const print = (...parts: unknown[]) => void lines.push(...parts.join(" ").split("\n"));
  using _error = stub(console, "error", print);
  using _warn = stub(console, "warn", print);
  using server = new FakeServer(socket);
  const client = await server.connect();
  const topic = `room:${NASTY}`;
  await client.join(topic);
  for (const [event, payload] of messages) await client.send("1", "2", topic, event, payload);
  return lines;
}

const SAYINGS = {
  "an event without a handler": [NASTY, {}],
  "a handler's error": ["crash", NASTY],
  "a message without a handler": ["text", NASTY],
  "a broadcast without a handler": ["tell", { [NASTY]: NASTY }],
} as const;

Deno.test.each(Object.entries(SAYINGS))(
  "%s prints no line and no control character of a client",
  async (_name, said) => {
    const lines = await printed(new NastySocket(), said);
    assert(lines.length > 0);
    assertEquals(lines.filter((line) => /^\S+Z (warn|error) \[urvogel\]/.test(line)).length, 1);
    // deno-lint-ignore no-control-regex -- those are what is looked for
    for (const line of lines) assertNotMatch(line, /[\u0000-\u001f\u007f-\u009f\u202e]/);
  },
);

Deno.test("a message without a handler is printed without its secrets", async () => {
  const payload = { userPassword: "sesame", nested: [{ TOKEN: "sesame" }], pin: 1234 };
  const text = (await printed(new NastySocket(), ["tell", payload])).join("\n");
  assert(!text.includes("sesame"));
  assertMatch(text, /1234/);
  assertMatch(text, /\[redacted\]/);
});

Deno.test("Socket.redactedKeys says what is secret", async () => {
  const text = (await printed(new FrankSocket(), ["tell", { password: "sesame", pin: 1234 }])).join("\n");
  assertMatch(text, /sesame/);
  assert(!text.includes("1234"));
});

import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "@urvogel/realtime";
import { withDefaults } from "../../lib/limits/limit_set.ts";

Deno.test("LIMITS.standard is what the options say by default", () => {
  assertEquals(LIMITS.standard, {
    endpoint: { maxConnections: Infinity, maxConnectionsPerAddress: Infinity },
    mount: {
      timeoutMs: 60_000,
      maxFrameBytes: 1_048_576,
      connectTimeoutMs: 10_000,
      closeTimeoutMs: 5_000,
      maxBufferedBytes: 16_000_000,
      slowReaderTimeoutMs: 60_000,
      maxPostBytes: 16_000_000,
    },
    socket: {
      maxConnectionsPerId: Infinity,
      maxChannelsPerTransport: 100,
      maxQueuedMessages: 10_000,
      maxQueuedBytes: 16_000_000,
      maxTopicBytes: 1024,
      maxNesting: 100,
      messageRate: { perSecond: 10_000, burst: 20_000 },
      byteRate: { perSecond: 2_000_000, burst: 8_000_000 },
      joinRate: { perSecond: 1_000, burst: 2_000 },
      refusalRate: { perSecond: 1_000, burst: 10_000 },
    },
  });
});

Deno.test("LIMITS.strict has OWASP's numbers, and is nowhere looser than the standard", () => {
  const { endpoint, mount, socket } = LIMITS.strict;
  assertEquals(mount.maxFrameBytes, 64 * 1024);
  assertEquals(socket.messageRate, { perSecond: 100 / 60, burst: 100 });
  assertEquals(mount.timeoutMs, 60_000);
  assertEquals(endpoint, { maxConnections: 10_000, maxConnectionsPerAddress: 100 });
  assertEquals(socket.maxConnectionsPerId, 10);
  assertEquals(socket.byteRate, { perSecond: 109_227, burst: 1_048_576 });
  for (const part of ["endpoint", "mount", "socket"] as const) {
    const standard = LIMITS.standard[part] as unknown as Record<string, unknown>;
    for (const [name, value] of Object.entries(LIMITS.strict[part])) {
      const looser = typeof value === "number" ? [value, standard[name]] : Object.entries(value).flatMap(
        ([key, count]) => [count, (standard[name] as Record<string, number>)[key]],
      );
      for (let n = 0; n < looser.length; n += 2) assert(looser[n]! <= looser[n + 1]!, name);
    }
  }
});

Deno.test("withDefaults() takes what is declared, and nothing else from there", () => {
  const declared = { a: 0, b: undefined, other: 7 } as { a: number };
  assertEquals(withDefaults<{ a: number; b: number; c: number }>(declared, { a: 1, b: 2, c: 3 }), {
    a: 0,
    b: 2,
    c: 3,
  });
});

/**
 * Plays the transcripts that were recorded from Phoenix against the fixture app, each against a server of its own.
 *
 * `tests/fixtures/golden_ours` has our own version of those where INDEX.md allows a difference.
 *
 * @module
 */

import { assertEquals, fail } from "@std/assert";
import { subscribe } from "node:diagnostics_channel";
import { createApp } from "../fixtures/phoenix_app.ts";
import { Crashes } from "../support/crashes.ts";
import { readTranscripts, type Transcript } from "../support/golden.ts";
import { describeDifference, replay } from "../support/replay.ts";
import { onTransports, type TransportUnderTest } from "../support/transports.ts";

/** Why a transcript is replaced by ours: "Where a server in Deno may differ" of INDEX.md. */
const ALLOWED: Readonly<Record<string, string>> = {
  bin_to_v1_member: "the members who can get a binary broadcast do, and its sender lives",
  join_slow_blocks_socket: "a slow join holds up its own topic only",
  lp_bad_base64: "a line that is neither JSON nor base64 is the client's fault: 400",
  lp_binary_reply_bad: "bytes that no JSON can carry cost their own poll only: 406",
  push_json_bigint: "numbers are JavaScript's",
  push_json_duplicate_keys: "JSON.parse keeps the last of equal keys",
  push_json_float_overflow: "1e400 is a number to JSON.parse",
};

const golden = readTranscripts(new URL("../fixtures/golden/", import.meta.url));
const ours = readTranscripts(new URL("../fixtures/golden_ours/", import.meta.url));
const played = golden.filter(({ name }) => !(name in ALLOWED));

for (const transcript of played) {
  onTransports(`golden ${transcript.name}`, (transport) => playAgainstFixture(transcript, transport));
}

for (const transcript of ours) {
  onTransports(`golden, ours: ${transcript.name}`, (transport) => playAgainstFixture(transcript, transport));
}

Deno.test("golden transcripts are all here, and ours are those that may differ", () => {
  assertEquals(golden.length, 137);
  assertEquals(ours.map(({ name }) => name), Object.keys(ALLOWED));
  const unknown = Object.keys(ALLOWED).filter((name) => !golden.some((transcript) => transcript.name === name));
  assertEquals(unknown, []);
});

subscribe("urvogel:socket:failed", () => {}); // connect_crash would print a stack trace

async function playAgainstFixture(transcript: Transcript, transport: TransportUnderTest): Promise<void> {
  using crashes = new Crashes();
  await using server = await transport.serve(createApp());
  const difference = await replay(transcript, { port: server.port });
  if (!difference) return;
  fail(`${describeDifference(difference)}\n  crashes: ${crashes.messages.join(", ") || "none"}`);
}

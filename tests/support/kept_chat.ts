/**
 * A client that leaves one endpoint and comes back to another one, over a real engine.
 *
 * @module
 */

import type { PubSubAdapter } from "@urvogel/realtime";
import { ChatNode } from "./chat_node.ts";
import type { Engine } from "./engines/engine.ts";
import { Collected } from "./telemetry.ts";

const TEXTS = ["one", "two", "three"];

/**
 * Checks that it gets what it missed, and is told when the engine has come back empty.
 *
 * @throws {AssertionError} If it does not.
 */
export async function comesBackElsewhere(engine: Engine, createAdapter: () => PubSubAdapter): Promise<void> {
  using _silent = new Collected("urvogel:bus:status");
  await using a = await ChatNode.start(createAdapter(), { keepsHistory: true });
  await using b = await ChatNode.start(createAdapter(), { keepsHistory: true });
  await using ann = await a.connect("ann");
  const annsRoom = await ann.join("kept:1");
  const before = await b.connect("bob");
  const firstVisit = await before.join("kept:1", { since: "last:0" });
  const state = await firstVisit.assertPush("history_state", { recovered: true, missed: 0 });
  const { position } = state as { readonly position: string };
  await before.close();
  for (const text of TEXTS) {
    annsRoom.push("say", { text });
    await annsRoom.assertPush("said", { payload: { text } });
  }
  await using after = await a.connect("bob"); // which has them all: ann has received them there
  const secondVisit = await after.join("kept:1", { since: position });
  await secondVisit.assertPush("history_state", { recovered: true, position, missed: TEXTS.length });
  for (const text of TEXTS) await secondVisit.assertPush("said", { from: "ann", payload: { text } });
  await engine.restart({ empty: true });
  await secondVisit.assertPush("history_state", { recovered: false });
  await annsRoom.assertPush("history_state", { recovered: false });
}

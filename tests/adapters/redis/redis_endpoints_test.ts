import { redisAdapter } from "@urvogel/realtime/redis";
import { ChatNode } from "../../support/chat_node.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { Collected } from "../../support/telemetry.ts";

engineTest("redis", "two endpoints on Redis are one chat, with its presence and its disconnects", async () => {
  await using redis = await startRedis();
  await using a = await ChatNode.start(redisAdapter({ url: redis.url }));
  await using b = await ChatNode.start(redisAdapter({ url: redis.url }));
  await using ann = await a.connect("ann");
  await using bob = await b.connect("bob");
  const annsRoom = await ann.join("room:1");
  const bobsRoom = await bob.join("room:1");
  annsRoom.push("say", { text: "hello" });
  await bobsRoom.assertPush("said", { from: "ann", payload: { text: "hello" } });
  bobsRoom.push("say", { text: "hi" });
  await annsRoom.assertPush("said", { from: "bob", payload: { text: "hi" } });
  await annsRoom.assertPush("presence_diff", { joins: { bob: {} } });
  a.endpoint.disconnect("user:bob");
  await bob.assertClosed(1001);
  await annsRoom.assertPush("presence_diff", { leaves: { bob: {} } });
});

engineTest("redis", "a client that comes back to another endpoint on Redis gets what it missed", async () => {
  using _silent = new Collected("urvogel:bus:status");
  await using redis = await startRedis();
  const start = () => ChatNode.start(redisAdapter({ url: redis.url }), { keepsHistory: true });
  await using a = await start();
  await using b = await start();
  await using ann = await a.connect("ann");
  const annsRoom = await ann.join("kept:1");
  const before = await b.connect("bob");
  const firstVisit = await before.join("kept:1", { since: "last:0" });
  const { position } = await firstVisit.assertPush("history_state", { recovered: true, missed: 0 }) as {
    position: string;
  };
  await before.close();
  for (const text of ["one", "two", "three"]) {
    annsRoom.push("say", { text });
    await annsRoom.assertPush("said", { payload: { text } });
  }
  await using after = await b.connect("bob");
  const secondVisit = await after.join("kept:1", { since: position });
  await secondVisit.assertPush("history_state", { recovered: true, position, missed: 3 });
  for (const text of ["one", "two", "three"]) await secondVisit.assertPush("said", { from: "ann", payload: { text } });
  await redis.restart({ empty: true });
  await secondVisit.assertPush("history_state", { recovered: false });
  await annsRoom.assertPush("history_state", { recovered: false });
});

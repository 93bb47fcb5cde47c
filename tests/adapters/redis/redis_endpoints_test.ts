import { redisAdapter } from "@urvogel/realtime/redis";
import { ChatNode } from "../../support/chat_node.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { comesBackElsewhere } from "../../support/kept_chat.ts";
import { scriptsDoWithout, scriptsNumber } from "../../support/kept_script.ts";

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
  await using redis = await startRedis();
  await comesBackElsewhere(redis, () => redisAdapter({ url: redis.url }));
});

engineTest("redis", "a script on Redis numbers what it broadcasts, without another line", async () => {
  await using redis = await startRedis();
  await scriptsNumber(() => redisAdapter({ url: redis.url }));
});

engineTest("redis", "a program on Redis is ready without the rights for history", async () => {
  const acl = ["resetchannels", "&urvogel.*", "+publish", "+subscribe", "+unsubscribe", "+ping"];
  await using redis = await startRedis({ credentials: { user: "app", password: "right" }, acl });
  await scriptsDoWithout(() => redisAdapter({ url: redis.url }), "'get' command");
});

import { Buffer } from "node:buffer";
import { redisAdapter } from "@urvogel/realtime/redis";
import { adapterConformance, type ConformanceBus } from "@urvogel/realtime/testing";
import { Subjects } from "../../../lib/pubsub/subject.ts";
import { TLS } from "../../support/engines/access.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { startRedis } from "../../support/engines/redis.ts";
import { redisCommand, subscribedChannels } from "./redis_command.ts";

const SECRET = "an0ther s3cret";

async function openRedis(): Promise<ConformanceBus> {
  const redis = await startRedis();
  const subjects = new Subjects("urvogel");
  return {
    createNode: () => redisAdapter({ url: redis.url }),
    engine: {
      kill: () => redis.kill(),
      restart: (options) => redis.restart(options),
      pause: () => redis.pause(),
      resume: () => redis.resume(),
      subscriptionCount: async () => (await subscribedChannels(redis)).length,
    },
    publishRaw: async (bytes, topic) => {
      await redisCommand(redis, "PUBLISH", subjects.topic(topic), Buffer.from(bytes));
    },
    close: () => redis[Symbol.asyncDispose](),
  };
}

/** A server that refuses what is not as it should be. */
async function openSecureRedis(): Promise<ConformanceBus> {
  const redis = await startRedis({ tls: true, credentials: { user: "app", password: "right" } });
  const url = `rediss://${new URL(redis.url).host}`;
  const tls = { ca: TLS.ca };
  return {
    createNode: () => redisAdapter({ url: redis.url, tls }),
    refusals: {
      nodes: {
        "a wrong password": () => redisAdapter({ url, tls, credentials: { user: "app", password: SECRET } }),
        "a wrong password in the URL": () => {
          return redisAdapter({ url: url.replace("//", `//app:${encodeURIComponent(SECRET)}@`), tls });
        },
        "no password": () => redisAdapter({ url, tls }),
        "an untrusted certificate": () => redisAdapter({ url: redis.url, tls: { ca: TLS.wrongCa } }),
      },
      secrets: [SECRET, encodeURIComponent(SECRET), "right"],
    },
    close: () => redis[Symbol.asyncDispose](),
  };
}

const cases = adapterConformance({ open: (id) => id === "refusal" ? openSecureRedis() : openRedis() });
for (const { name, fn } of cases) engineTest("redis", `redisAdapter(): ${name}`, fn);

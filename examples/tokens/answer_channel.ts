/**
 * One answer: a topic of its own, whose history is the answer so far.
 *
 * @module
 */

import {
  Channel,
  type ChannelSocket,
  type JsonOrBytes,
  ok,
  refuse,
  reply,
  replyError,
  Socket,
} from "@urvogel/realtime";
import type { Generate } from "./generator.ts";

/** Topics have random names: whoever knows one may read the answer. */
const TOPIC = /^answer:[0-9a-f]{36}$/;

/** Returns a socket whose answers come from `generate`. */
export function answersOf(generate: Generate) {
  const asked = new Set<string>(); // topics whose answer is being generated

  class AnswerChannel extends Channel {
    override history = { maxMessages: 10_000, maxAgeMs: 10 * 60_000 };
    override messageRate = { perSecond: 1, burst: 5 };

    override join(topic: string) {
      return TOPIC.test(topic) ? ok() : refuse({ reason: "no such answer" });
    }

    override handleIn = this.handlers({
      ask: (payload, socket) => {
        const { prompt } = Object(payload) as { prompt?: JsonOrBytes };
        if (typeof prompt !== "string" || prompt.length > 500) return replyError({ reason: "no question" });
        if (!asked.has(socket.topic)) void answer(prompt, socket);
        return reply(); // the stream goes on without this client
      },
    });
  }

  async function answer(prompt: string, socket: ChannelSocket): Promise<void> {
    const { topic } = socket;
    asked.add(topic);
    await socket.stream("token", generate(prompt));
    asked.delete(topic);
  }

  return class AnswerSocket extends Socket {
    override channels = { "answer:*": AnswerChannel };
    override connect() {
      return ok();
    }
  };
}

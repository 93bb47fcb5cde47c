/**
 * Request and reply with what carries the calls of an engine, and nothing else: what remote calls stand beside. The
 * requests are JSON, as those of calls; each end encodes and decodes them.
 *
 * @module
 */

import { openClient as openNats } from "../adapters/nats.ts";
import { openClient as openRedis } from "../adapters/redis.ts";

/** Both ends. */
export interface BareRequests {
  /** Sends a request, and returns its reply, which is the request. */
  ask(request: unknown): Promise<unknown>;
  /** Closes both ends. */
  close(): Promise<void>;
}

/** NATS has requests. */
export async function natsRequests(url: string): Promise<BareRequests> {
  const [asking, replying] = [await openNats(url), await openNats(url)];
  replying.subscribe("echo", {
    callback: (_, message) => void message.respond(JSON.stringify(message.json())),
  });
  await replying.flush();
  return {
    ask: async (request) => (await asking.request("echo", JSON.stringify(request))).json(),
    close: async () => void await Promise.all([asking.close(), replying.close()]),
  };
}

/** Redis has none: two channels, and a number to find who waits for a reply. */
export async function redisRequests(url: string): Promise<BareRequests> {
  const open = () => openRedis(url);
  const [asking, replying, requests, replies] = [await open(), await open(), await open(), await open()];
  const waiting = new Waiting((message) => void asking.publish("requests", message));
  await requests.subscribe("requests", (message) => void replying.publish("replies", echo(message)));
  await replies.subscribe("replies", (message) => waiting.settle(message));
  return {
    ask: (request) => waiting.ask(request),
    close: () => Promise.resolve([asking, replying, requests, replies].forEach((client) => client.destroy())),
  };
}

/** Threads have `BroadcastChannel`. Both ends are in this thread. */
export function channelRequests(): BareRequests {
  const [asking, replying] = [new BroadcastChannel("bare"), new BroadcastChannel("bare")];
  const waiting = new Waiting((message) => asking.postMessage(message));
  replying.onmessage = ({ data }) => replying.postMessage(echo(data));
  asking.onmessage = ({ data }) => waiting.settle(data);
  return {
    ask: (request) => waiting.ask(request),
    close: () => Promise.resolve([asking, replying].forEach((channel) => channel.close())),
  };
}

function echo(message: string): string {
  return JSON.stringify(JSON.parse(message));
}

/** Requests that wait for their replies. */
class Waiting {
  readonly #send: (message: string) => void;
  readonly #open = new Map<number, (reply: unknown) => void>();
  #last = 0;

  constructor(send: (message: string) => void) {
    this.#send = send;
  }

  ask(request: unknown): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#open.set(++this.#last, resolve);
    this.#send(JSON.stringify([this.#last, request]));
    return promise;
  }

  settle(message: string): void {
    const [number, reply] = JSON.parse(message);
    this.#open.get(number)?.(reply);
    this.#open.delete(number);
  }
}

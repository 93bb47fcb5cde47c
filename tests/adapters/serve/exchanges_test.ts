import { assertEquals, assertStrictEquals } from "@std/assert";
import type { Socket } from "node:net";
import { type Exchange, Exchanges } from "../../../lib/adapters/serve/_exchanges.ts";

interface Outgoing {
  headersSent: boolean;
  writableEnded: boolean;
}

function exchangeOn(socket: Socket): { exchange: Exchange; outgoing: Outgoing } {
  const outgoing: Outgoing = { headersSent: false, writableEnded: false };
  return { exchange: { incoming: { socket }, outgoing } as unknown as Exchange, outgoing };
}

Deno.test("Exchanges.add() lets one request of a connection begin, some wait, and no more", () => {
  const [one, other] = [{}, {}] as [Socket, Socket];
  const exchanges = new Exchanges(1);
  const [first, second, third] = [exchangeOn(one), exchangeOn(one), exchangeOn(one)];
  assertEquals([first, second, third].map(({ exchange }) => exchanges.add(exchange)), ["now", "waits", "tooMany"]);
  assertEquals(exchanges.add(exchangeOn(other).exchange), "now");
  assertStrictEquals(exchanges.next(one), second.exchange);
  assertEquals(exchanges.add(third.exchange), "waits");
  assertStrictEquals(exchanges.next(one), third.exchange);
  assertEquals([exchanges.next(one), exchanges.has(one), exchanges.size], [undefined, false, 1]);
  assertEquals(exchanges.add(first.exchange), "now");
});

Deno.test("Exchanges.isAnswered() and isAnswering() look at the responses of a connection", () => {
  const socket = {} as Socket;
  const exchanges = new Exchanges(1);
  const states = () => [exchanges.isAnswered(socket), exchanges.isAnswering(socket)];
  assertEquals(states(), [false, false]);
  const { exchange, outgoing } = exchangeOn(socket);
  exchanges.add(exchange);
  assertEquals(states(), [false, true]);
  outgoing.headersSent = true;
  assertEquals(states(), [true, true]);
  outgoing.writableEnded = true;
  assertEquals(states(), [true, false]);
  exchanges.add(exchangeOn(socket).exchange);
  assertEquals(states(), [true, true]);
  exchanges.delete(socket);
  assertEquals(states(), [false, false]);
});

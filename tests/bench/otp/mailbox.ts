/**
 * Mailboxes as async iterators: what a message costs that is read with `for await`.
 *
 * @module
 */

import { Mailbox } from "@urvogel/realtime";
import { perSecond, printFigures } from "./figures.ts";

const MESSAGES = 1_000_000;
const IN_A_ROW = 1000;

/** Messages that wait already when they are asked for. */
async function readWhatWaits(): Promise<void> {
  const mailbox = new Mailbox<number>();
  let read = 0;
  const fill = () => {
    for (let i = 0; i < IN_A_ROW; i++) mailbox.post(i);
  };
  fill();
  for await (const _ of mailbox) {
    if (++read === MESSAGES) break;
    if (read % IN_A_ROW === 0) fill();
  }
}

/** Messages that come when the reader waits for them already: two mailboxes that answer each other. */
async function readWhatComes(): Promise<void> {
  const [ping, pong] = [new Mailbox<number>(), new Mailbox<number>()];
  ping.post(MESSAGES);
  await Promise.all([passOn(ping, pong), passOn(pong, ping)]);
}

async function passOn(from: Mailbox<number>, to: Mailbox<number>): Promise<void> {
  for await (const left of from) {
    to.post(left - 1);
    if (left <= 1) return; // this side got the 1, and the other gets the 0, or the other way round
  }
}

const nanoseconds = async (work: () => Promise<void>) => 1e9 / await perSecond(MESSAGES, work);

await printFigures([
  {
    what: "for await, a message that waits already",
    elixir: "-",
    target: "-",
    unit: "ns",
    measure: () => nanoseconds(readWhatWaits),
  },
  {
    what: "for await, a message that is waited for",
    elixir: "-",
    target: "-",
    unit: "ns",
    measure: () => nanoseconds(readWhatComes),
  },
]);

/**
 * The poll: a process that has the votes, and the channels of the voters.
 *
 * @module
 */

import {
  Agent,
  channelOf,
  Endpoint,
  type JoiningSocket,
  ok,
  type Params,
  refuse,
  reply,
  Socket,
  Token,
} from "@urvogel/realtime";
import { type OPTIONS, poll } from "./contract.ts";

type Option = typeof OPTIONS[number];
type Votes = ReadonlyMap<string, Option>;

/** Signs the tokens. With one from the environment, tokens are good after a restart, too. */
const SECRET = Deno.env.get("SECRET") ?? crypto.randomUUID() + crypto.randomUUID();

/** Who voted for what. One change at a time, so a person counts once. */
const votes = await Agent.start<Votes>(() => new Map());

interface Voter {
  readonly name: string;
}

class PollChannel extends channelOf(poll)<Voter> {
  override async join(_topic: string, _params: unknown, { assigns }: JoiningSocket<Voter>) {
    return ok(await votes.get((all) => ({ totals: totalsOf(all), mine: all.get(assigns.name) })));
  }

  override handleIn = this.handlers({
    vote: async ({ option }, socket) => {
      const totals = await votes.getAndUpdate((before) => {
        const after = new Map(before).set(socket.assigns.name, option);
        return reply(totalsOf(after), after);
      });
      socket.broadcast("totals", totals);
      return reply();
    },
  });
}

/** A voter's connection. The name comes from the token, so nobody votes for somebody else. */
export class VoterSocket extends Socket<Voter> {
  override channels = { "poll:lunch": PollChannel };

  override async connect({ token }: Params) {
    const result = await Token.verify(SECRET, "voter", token);
    return result.ok ? ok({ name: String(result.data) }) : refuse({ reason: result.reason });
  }
}

/** Where voters connect. */
export const endpoint = new Endpoint({ sockets: { "/socket": VoterSocket } });

/** Returns a token for somebody, which is good for a day. A real login would check a password first. */
export function tokenFor(name: string): Promise<string> {
  return Token.sign(SECRET, "voter", name, { maxAgeMs: 24 * 60 * 60_000 });
}

function totalsOf(votes: Votes): Record<Option, number> {
  const totals = { Pizza: 0, Soup: 0, Salad: 0 };
  for (const option of votes.values()) totals[option]++;
  return totals;
}

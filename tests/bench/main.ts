/**
 * `deno task bench` runs everything, `deno task bench -- echo gen_server` some groups. `--rounds=3 --seconds=1` make it
 * shorter. The README of this folder tells how to read the tables.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Rounds } from "./contest.ts";
import { CPU_TIME_IS_KNOWN } from "./cpu_time.ts";
import type { Group } from "./group.ts";
import { broadcast } from "./groups/broadcast.ts";
import { connect } from "./groups/connect.ts";
import { echo } from "./groups/echo.ts";
import { idle } from "./groups/idle.ts";
import { otpGroup } from "./groups/otp_group.ts";
import { formatTable } from "./table.ts";

const GROUPS: readonly Group[] = [
  echo,
  broadcast,
  connect,
  idle,
  otpGroup("gen_server", "GenServer"),
  otpGroup("built_on_processes", "What is built on processes"),
  otpGroup("registry", "Registry"),
  otpGroup("keyed_servers", "Servers by key"),
  otpGroup("pubsub", "PubSub, within one program"),
  otpGroup("mailbox", "Mailbox, per message"),
  otpGroup("timer_wheel", "Timers, per timer"),
];

interface Request extends Rounds {
  readonly groups: readonly Group[];
}

function parse(args: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: args.filter((arg) => arg !== "--"), // deno task hands it through
    allowPositionals: true,
    options: { rounds: { type: "string", default: "5" }, seconds: { type: "string", default: "2" } },
  });
  const unknown = positionals.find((name) => !GROUPS.some((group) => group.name === name));
  if (unknown !== undefined) {
    const known = GROUPS.map(({ name }) => name).join(", ");
    throw new TypeError(`Cannot run "${unknown}": the groups are ${known}`);
  }
  const groups = GROUPS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  return { groups, rounds: positive("rounds", values.rounds), windowMs: positive("seconds", values.seconds) * 1000 };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new RangeError(`Cannot run: "--${name}" must be > 0, received ${JSON.stringify(text)}`);
}

const { groups, ...rounds } = parse(Deno.args);
console.log(
  `Deno ${Deno.version.deno} on ${navigator.hardwareConcurrency} cores; medians of ${rounds.rounds} rounds\n`,
);
if (!CPU_TIME_IS_KNOWN) console.log("There is no /proc here, so no CPU time of servers: what needs it is skipped.\n");
for (const group of groups) console.log(`${formatTable(await group.run(rounds))}\n`);

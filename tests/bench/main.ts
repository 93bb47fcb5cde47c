/**
 * `deno task bench` runs everything, `deno task bench -- echo gen_server` some groups. `--rounds=3 --seconds=1` make it
 * shorter. The README of this folder tells how to read the tables.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Request } from "./contest.ts";
import { CONTESTANT_NAMES, type ContestantName, CONTESTANTS } from "./contestants.ts";
import { CPU_TIME_IS_KNOWN } from "./cpu_time.ts";
import { descriptorLimit } from "./descriptors.ts";
import type { Group } from "./group.ts";
import { adapters } from "./groups/adapters.ts";
import { broadcast } from "./groups/broadcast.ts";
import { connect } from "./groups/connect.ts";
import { crowd } from "./groups/crowd.ts";
import { echo } from "./groups/echo.ts";
import { history } from "./groups/history.ts";
import { idle } from "./groups/idle.ts";
import { inspector } from "./groups/inspector.ts";
import { otpGroup } from "./groups/otp_group.ts";
import { threads } from "./groups/threads.ts";
import { nodeFolder } from "./node/node_folder.ts";
import { formatTable } from "./table.ts";

const GROUPS: readonly Group[] = [
  echo,
  broadcast,
  connect,
  idle,
  crowd,
  adapters,
  history,
  threads,
  inspector,
  otpGroup("gen_server", "GenServer"),
  otpGroup("built_on_processes", "What is built on processes"),
  otpGroup("registry", "Registry"),
  otpGroup("keyed_servers", "Servers by key"),
  otpGroup("remote_calls", "Calls from node to node"),
  otpGroup("pubsub", "PubSub, within one program"),
  otpGroup("mailbox", "Mailbox, per message"),
  otpGroup("timer_wheel", "Timers, per timer"),
];

interface Plan extends Request {
  readonly groups: readonly Group[];
}

function parse(args: readonly string[]): Plan {
  const { values, positionals } = parseArgs({
    args: args.filter((arg) => arg !== "--"), // deno task hands it through
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "1" },
      only: { type: "string", default: CONTESTANT_NAMES.join(",") },
    },
  });
  const names = chosen("groups", GROUPS.map(({ name }) => name), positionals);
  return {
    groups: GROUPS.filter(({ name }) => positionals.length === 0 || names.includes(name)),
    contestants: chosen("servers", CONTESTANT_NAMES, values.only.split(",")),
    rounds: positive("rounds", values.rounds),
    windowMs: positive("seconds", values.seconds) * 1000,
  };
}

/** Those of `known` that are among `names`. */
function chosen<Name extends string>(what: string, known: readonly Name[], names: readonly string[]): readonly Name[] {
  const unknown = names.find((name) => !known.some((other) => other === name));
  if (unknown === undefined) return known.filter((name) => names.includes(name));
  throw new TypeError(`Cannot run "${unknown}": the ${what} are ${known.join(", ")}`);
}

/** Leaves out the servers that cannot run here, and prints why. */
async function able(contestants: readonly ContestantName[]): Promise<readonly ContestantName[]> {
  if (!contestants.some(needsNode)) return contestants;
  const folder = await nodeFolder();
  if (folder.kind === "ready") return contestants;
  console.log(`Servers on Node are left out: ${folder.reason}\n`);
  return contestants.filter((name) => !needsNode(name));
}

function needsNode(name: ContestantName): boolean {
  return CONTESTANTS[name].runtime === "node";
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new RangeError(`Cannot run: "--${name}" must be > 0, received ${JSON.stringify(text)}`);
}

const { groups, ...request } = parse(Deno.args);
console.log(
  `Deno ${Deno.version.deno} on ${navigator.hardwareConcurrency} cores; medians of ${request.rounds} rounds; at most ${descriptorLimit()} descriptors\n`,
);
if (!CPU_TIME_IS_KNOWN) console.log("There is no /proc here, so no CPU time of servers: what needs it is skipped.\n");
const contestants = await able(request.contestants);
for (const group of groups) console.log(`${formatTable(await group.run({ ...request, contestants }))}\n`);

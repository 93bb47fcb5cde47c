/**
 * The phases of a chaos run that any engine can go through.
 *
 * @module
 */

import type { Random } from "../../soak/random.ts";
import { pause } from "../../../lib/base/pause.ts";
import type { Engine } from "../engines/engine.ts";
import type { Proxies } from "./proxies.ts";
import type { ChaosPhase } from "./run.ts";

/** What is harmed. */
export interface HarmedEngine {
  /** The engine. */
  readonly engine: Engine;
  /** What the nodes connect through. */
  readonly proxies: Proxies;
  /** Whether the engine keeps its epoch over `kill -9`: it loses nothing that it has confirmed. */
  readonly keepsEpoch: boolean;
}

const LONGEST_OUTAGE_MS = 200;

/** Returns the phases: members come and go, connections break, the engine is killed, and comes back empty. */
export function enginePhases({ engine, proxies, keepsEpoch }: HarmedEngine): ChaosPhase[] {
  const restart = async (random: Random, empty: boolean) => {
    await engine.kill();
    await pause(random.between(0, LONGEST_OUTAGE_MS));
    await engine.restart({ empty });
  };
  return [
    { name: "members come and go", harms: 0, harm: () => {}, told: "never" },
    { name: "connections break", harms: 8, harm: (random) => proxies.cut(random), told: "never", lastsMs: 2000 },
    {
      name: "killed, and back with its data",
      harms: 2,
      harm: (random) => restart(random, false),
      told: keepsEpoch ? "never" : "must",
    },
    { name: "killed, and back empty", harms: 2, harm: (random) => restart(random, true), told: "must" },
  ];
}

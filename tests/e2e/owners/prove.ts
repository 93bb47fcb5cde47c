/**
 * One run with one engine, for the gate and for the soak.
 *
 * @module
 */

import type { EngineName } from "../../support/engines/binaries.ts";
import { type Found, OwnerChaos } from "./owner_chaos.ts";

/** Runs so many rounds, and prints what was done. Returns what was broken; nothing else of it is thrown. */
export async function proveOwners(engine: EngineName, seed: number, rounds: number): Promise<string[]> {
  const lines: string[] = [];
  const broken: string[] = [];
  try {
    await using chaos = await OwnerChaos.start(engine, seed);
    try {
      await chaos.run(rounds);
    } finally {
      lines.push(...chaos.log);
    }
    const { faults, ...found } = await chaos.finish();
    lines.push(JSON.stringify(found));
    broken.push(...faults, ...tooLittle(found, rounds));
  } catch (error) {
    broken.push(String(error));
  }
  console.log([`${engine}, seed ${seed}, ${rounds} rounds:`, ...lines].join("\n  "));
  return broken.map((fault) => `${engine}: ${fault}`);
}

/** Whether there was anything to find. */
function tooLittle({ acknowledged, owners }: Omit<Found, "faults">, rounds: number): string[] {
  if (acknowledged >= 10 * rounds && owners > rounds) return [];
  return [`too little happened: ${acknowledged} writes and ${owners} owners in ${rounds} rounds`];
}

/**
 * Groups that need no network: programs in `otp/`, whose figures stand beside Elixir's.
 *
 * @module
 */

import { Child } from "../child.ts";
import type { Group } from "../group.ts";
import type { Figure } from "../otp/figures.ts";
import { formatNumber } from "../table.ts";

/** Makes a group of the program `otp/<name>.ts`. */
export function otpGroup(name: string, title: string): Group {
  return {
    name,
    async run() {
      await using program = new Child(`otp/${name}.ts`);
      const figures: Figure[] = JSON.parse(await program.readLine());
      const columns = ["", "", "Elixir", "Urvogel", "target"];
      const rows = figures.map(({ what, unit, elixir, value, target }) => [
        what,
        unit,
        elixir,
        formatNumber(value),
        target,
      ]);
      return { title, columns, rows };
    },
  };
}

/**
 * A small chart of the last minutes.
 *
 * @module
 */

import { el } from "./dom.js";

const WIDTH = 300;
const HEIGHT = 40;
/** The width is a minute at least, so that a chart does not jump when the page was just opened. */
const LEAST_SECONDS = 60;

/** Draws numbers, the latest at the right edge, the greatest at the top. */
export function chart(numbers, label) {
  const seconds = Math.max(LEAST_SECONDS, numbers.length - 1);
  const most = Math.max(1, ...numbers);
  const points = numbers.map((number, index) => {
    const x = WIDTH - (numbers.length - 1 - index) * WIDTH / seconds;
    return `${x.toFixed(1)} ${(HEIGHT - 2 - (HEIGHT - 4) * number / most).toFixed(1)}`;
  });
  const path = points.length > 1 ? `M${points.join("L")}` : "";
  return el(
    "svg",
    {
      class: "chart",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
    },
    el("path", { d: path }),
  );
}

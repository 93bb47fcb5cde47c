/**
 * A player of `examples/game` on phoenix.js, without a browser. Does what the page does: sends a move until it counts.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { monotonicMs } from "../../lib/base/clock.ts";
import type { View } from "../../examples/game/games.ts";
import { answerOf, CLIENT_VERSIONS, loadSocketClass, type PhoenixChannel } from "../support/phoenix_client.ts";
import { until } from "../support/until.ts";

const AGAIN_MS = 100;
const PATIENCE_MS = 20_000;

/** A player. Dispose of it with `using`. */
export class GamePlayer implements Disposable {
  readonly #channel: PhoenixChannel;
  readonly #disconnect: () => void;
  /** The game, as the player last saw it. */
  #view: View | undefined;

  private constructor(channel: PhoenixChannel, disconnect: () => void) {
    this.#channel = channel;
    this.#disconnect = disconnect;
    channel.on("state", (view) => this.#view = view as View);
    channel.join().receive("ok", (view) => this.#view = view as View);
  }

  /** Connects to a server, and joins the game; again whenever the connection is lost. */
  static async join(url: string, name: string): Promise<GamePlayer> {
    const Socket = await loadSocketClass(CLIENT_VERSIONS[0]!);
    const again = () => AGAIN_MS;
    const socket = new Socket(url, { params: { name }, reconnectAfterMs: again, rejoinAfterMs: again });
    socket.connect();
    return new GamePlayer(socket.channel("game:killed"), () => socket.disconnect());
  }

  /** The process that has the game. */
  get owner(): number | undefined {
    return this.#view?.pid;
  }

  /** Waits until the board looks like this, with a dot for each free cell. */
  async sees(board: string): Promise<void> {
    await until(() => this.#board === board, () => `the board is ${board}, not ${this.#board}`, PATIENCE_MS);
  }

  /** Waits until so many have a seat. */
  async seesPlayers(count: number): Promise<void> {
    await until(() => this.#view?.seats.length === count, `${count} players have a seat`, PATIENCE_MS);
  }

  /**
   * Sends a move until it is confirmed, or seen.
   *
   * @throws {Error} If it is refused.
   */
  async plays(cell: number): Promise<void> {
    const turn = this.#view!.moves.length;
    for (const giveUpMs = monotonicMs() + PATIENCE_MS; this.#view!.moves.length <= turn;) {
      const { status, response } = await answerOf(this.#channel.push("move", { cell, turn }, 1000));
      if (status === "ok") return;
      const { reason } = response as { readonly reason?: string } ?? {};
      const isLate = monotonicMs() > giveUpMs;
      if (isLate || status === "error" && reason !== "again") {
        throw new Error(`Cannot play ${cell}: ${status} ${reason}`);
      }
      await delay(AGAIN_MS);
    }
  }

  [Symbol.dispose](): void {
    this.#disconnect();
  }

  get #board(): string {
    const moves = this.#view?.moves ?? [];
    return Array.from({ length: 9 }, (_, cell) => moves.includes(cell) ? "XO".charAt(moves.indexOf(cell) % 2) : ".")
      .join("");
  }
}

/**
 * The rules of tic-tac-toe, for the server and the page. Pure.
 *
 * @module
 */

/** A game: who plays, the cells that were taken, in order, and who may not come back. The first player begins. */
export type Game = {
  readonly seats: readonly string[];
  readonly moves: readonly number[];
  readonly kicked: readonly string[];
};

/** What came of a move: the game after it, or why it is not allowed. */
export type Moved = { readonly game: Game } | { readonly reason: string };

/** A game that nobody has joined. */
export const NEW_GAME: Game = { seats: [], moves: [], kicked: [] };

const LINES = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]];

/** Gives somebody a seat, if one is free. The others watch. */
export function sit(game: Game, name: string): Game {
  if ([...game.seats, ...game.kicked].includes(name) || game.seats.length === 2) return game;
  return { ...game, seats: [...game.seats, name] };
}

/** Takes a cell. A move that is sent again, since its reply got lost, counts once: `turn` is how many came before it. */
export function move(game: Game, name: string, cell: number, turn: number): Moved {
  const { seats, moves } = game;
  if (moves[turn] === cell && seats[turn % 2] === name) return { game };
  if (!seats.includes(name)) return { reason: "you watch" };
  if (seats.length < 2) return { reason: "wait for the other player" };
  if (winner(game) !== undefined) return { reason: "the game is over" };
  if (turn !== moves.length || seats[turn % 2] !== name) return { reason: "it is not your turn" };
  if (moves.includes(cell)) return { reason: "the cell is taken" };
  return { game: { ...game, moves: [...moves, cell] } };
}

/** Removes the second player for good, and begins anew. Only the first player may. */
export function kick(game: Game, by: string, name: string): Moved {
  const [first, second] = game.seats;
  if (by !== first) return { reason: "only the first player may remove the other" };
  if (name !== second) return { reason: "nobody of this name plays against you" };
  return { game: { seats: [by], moves: [], kicked: [...game.kicked, name] } };
}

/** Returns who has won; `""` if nobody has, and no cell is free; `undefined` if the game goes on. */
export function winner({ seats, moves }: Game): string | undefined {
  for (const line of LINES) {
    const [first = -1, ...rest] = line.map((cell) => moves.indexOf(cell));
    if (first >= 0 && rest.every((turn) => turn >= 0 && turn % 2 === first % 2)) return seats[first % 2];
  }
  return moves.length === 9 ? "" : undefined;
}

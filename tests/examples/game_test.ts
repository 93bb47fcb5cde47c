/**
 * `examples/game`: its rules, its store, one server with nothing, and three of them in a real browser.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { storeConformance } from "@urvogel/realtime/testing";
import { type Game, kick, move, NEW_GAME, sit, winner } from "../../examples/game/rules.ts";
import { SqliteStore } from "../../examples/game/store.ts";
import { assertUsableEverywhere } from "../browser/accessibility.ts";
import { type Browser, browserTest, type Page } from "../browser/chromium.ts";
import { openAs } from "../browser/visitor.ts";
import { type EngineName, hasEngine } from "../support/engines/binaries.ts";
import { startEngine } from "../support/engines/start.ts";
import { freePort } from "../support/free_port.ts";
import { commandOf, Program, taskOf } from "../support/program.ts";
import { Workshop } from "../support/workshop.ts";
import { GamePlayer } from "./game_player.ts";

/** A game of ann and bob after some moves. */
function after(...cells: readonly number[]): Game {
  return cells.reduce((game, cell, turn) => {
    const moved = move(game, turn % 2 === 0 ? "ann" : "bob", cell, turn);
    if ("game" in moved) return moved.game;
    throw new Error(moved.reason);
  }, sit(sit(NEW_GAME, "ann"), "bob"));
}

Deno.test("move() counts a move that is sent again once", () => {
  const game = after(4);
  assertEquals(move(game, "ann", 4, 0), { game });
  assertEquals(after(4, 0).moves, [4, 0]);
});

const REFUSED: readonly (readonly [why: string, game: Game, name: string, cell: number, turn: number])[] = [
  ["you watch", after(), "eve", 0, 0],
  ["wait for the other player", sit(NEW_GAME, "ann"), "ann", 0, 0],
  ["it is not your turn", after(), "bob", 0, 0],
  ["it is not your turn", after(4), "ann", 0, 1],
  ["it is not your turn", after(4, 0), "ann", 1, 0],
  ["the cell is taken", after(4), "bob", 4, 1],
  ["the game is over", after(0, 3, 1, 4, 2), "bob", 5, 5],
];
for (const [why, game, name, cell, turn] of REFUSED) {
  Deno.test(`move() refuses ${cell} by ${name} as move ${turn} of [${game.moves}]: ${why}`, () => {
    assertEquals(move(game, name, cell, turn), { reason: why });
  });
}

Deno.test("kick() frees the second seat for good, and the game begins anew", () => {
  const kicked = kick(after(4, 0), "ann", "bob");
  const game = { seats: ["ann"], moves: [], kicked: ["bob"] };
  assertEquals(kicked, { game });
  assertEquals(sit(game, "bob"), game);
  assertEquals(sit(game, "eve").seats, ["ann", "eve"]);
});

for (
  const [by, name, reason] of [
    ["bob", "ann", "only the first player may remove the other"],
    ["eve", "bob", "only the first player may remove the other"],
    ["ann", "ann", "nobody of this name plays against you"],
    ["ann", "eve", "nobody of this name plays against you"],
  ] as const
) {
  Deno.test(`kick() of ${name} by ${by} is refused`, () => assertEquals(kick(after(), by, name), { reason }));
}

Deno.test("winner() returns who has three in a row, or that nobody can any more", () => {
  assertEquals(winner(after(0, 3, 1, 4)), undefined);
  assertEquals(winner(after(0, 3, 1, 4, 2)), "ann");
  assertEquals(winner(after(8, 2, 0, 4, 1, 6)), "bob");
  assertEquals(winner(after(0, 1, 2, 4, 3, 5, 7, 6, 8)), "");
});

const storeCases = storeConformance({
  open: async () => {
    const folder = await Deno.makeTempDir();
    const stores: SqliteStore[] = [];
    return {
      connect: () => {
        const store = new SqliteStore(`${folder}/states.sqlite`);
        stores.push(store);
        return store;
      },
      close: async () => {
        for (const store of stores) store[Symbol.dispose]();
        await Deno.remove(folder, { recursive: true });
      },
    };
  },
  skip: { kill: "a file has no process" },
});
for (const test of storeCases) Deno.test({ ...test, name: `examples/game: SqliteStore: ${test.name}` });

/** The page as a player sees it. */
class GamePage {
  readonly page: Page;
  private constructor(page: Page) {
    this.page = page;
  }

  static async open(browser: Browser, url: string, name: string): Promise<GamePage> {
    return new GamePage(await openAs(browser, url, name));
  }

  async shows(status: string): Promise<void> {
    await this.page.locator("#status", { hasText: status }).waitFor();
  }

  async plays(cell: number): Promise<void> {
    await this.page.getByLabel(`cell ${cell + 1}`).click();
  }

  /** Waits until the board looks like this, with a dot for each free cell. */
  async sees(board: string): Promise<void> {
    await this.page.waitForFunction(
      `[...document.querySelectorAll("#board button")].map((cell) => cell.textContent || ".").join("") === "${board}"`,
    );
  }

  /** The process that has the game. */
  async owner(): Promise<number> {
    return Number(/\d+/.exec(await this.page.locator("#where").innerText())?.[0]);
  }
}

browserTest(
  "examples/game: two pages play, a page that is reloaded goes on, and who is kicked stays out",
  async (browser) => {
    const port = freePort();
    await using program = new Program(await commandOf("examples/game/README.md"), { PORT: `${port}` });
    await program.prints(/Game: open/);
    const url = `http://localhost:${port}`;
    const guest = await browser.newPage();
    await guest.goto(url);
    await assertUsableEverywhere(guest, "game, before");
    const ann = await GamePage.open(browser, url, "ann");
    await ann.shows("Waiting for another player.");
    const bob = await GamePage.open(browser, url, "bob");
    await ann.shows("Your turn.");
    await ann.plays(4);
    await bob.sees("....X....");
    await ann.page.close();
    const again = await GamePage.open(browser, url, "ann");
    await again.sees("....X....");
    await bob.plays(4);
    await bob.shows("the cell is taken");
    await bob.plays(0);
    await again.sees("O...X....");
    assertEquals(await again.page.locator("#players").textContent(), "ann X · bob O");
    await again.page.getByLabel("cell 1: O").waitFor();
    await assertUsableEverywhere(again.page, "game");

    await again.page.getByRole("button", { name: "Remove bob" }).click();
    await again.shows("Waiting for another player.");
    await bob.shows("You were removed from this game.");
    const backAgain = await GamePage.open(browser, url, "bob");
    await backAgain.shows("You were removed from this game.");
    const eve = await GamePage.open(browser, url, "eve");
    await again.shows("Your turn.");
    await again.plays(8);
    await eve.sees("........X");
    await bob.sees("........."); // his page does not see the new game
    assertEquals((await program.end("SIGTERM")).code, 0);
  },
);

/** Copies the game, and makes the one change that it takes for another engine than NATS. Returns its folder. */
async function copyForOtherEngine(workshop: Workshop): Promise<URL> {
  const app = await workshop.copy("game");
  await workshop.hold([app]);
  const copy = new URL(`file://${workshop.path}/${app}/`);
  await Deno.copyFile(new URL("../../examples/cluster/bus.ts", import.meta.url), new URL("bus.ts", copy));
  const games = new URL("games.ts", copy);
  const text = await Deno.readTextFile(games);
  const changed = text.replace(/import \{ natsAdapter \}.*/, 'import { adapterOf } from "./bus.ts";')
    .replace(/adapter: servers === undefined.*/, "adapter: await adapterOf(servers),");
  assertMatch(changed, /adapterOf\(servers\)/);
  await Deno.writeTextFile(games, changed);
  return copy;
}

/** Three servers on ports from `port` on, with an engine and a file for the games. */
async function startThree(engine: EngineName): Promise<AsyncDisposable & { readonly port: number }> {
  await using resources = new AsyncDisposableStack();
  const bus = resources.use(await startEngine(engine));
  const workshop = resources.use(await Workshop.open());
  const port = freePort(3);
  const env = { ADAPTER: bus.url, PORT: `${port}`, STORE: `${workshop.path}/games.sqlite` };
  const command = await taskOf("examples/game", "three");
  const cwd = engine === "nats" ? command.cwd : await copyForOtherEngine(workshop);
  const program = resources.use(new Program({ ...command, cwd }, env));
  await program.prints(/(Game: open[^]*){3}/);
  resources.defer(() => program.end("SIGTERM").then(() => {}));
  const owned = resources.move();
  return { port, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

if (hasEngine("nats")) {
  browserTest("examples/game: a game goes on when the process that has it is killed", async (browser) => {
    await using servers = await startThree("nats");
    const { port } = servers;
    const ann = await GamePage.open(browser, `http://localhost:${port}`, "ann");
    await ann.shows("Waiting for another player.");
    const bob = await GamePage.open(browser, `http://localhost:${port + 1}`, "bob");
    await ann.shows("Your turn.");
    await ann.plays(0);
    await bob.sees("X........");

    const owner = await bob.owner();
    Deno.kill(owner, "SIGKILL"); // ann's: the game began there
    await bob.plays(3); // at once
    await bob.sees("X..O.....");
    await ann.sees("X..O.....");
    await ann.shows("Your turn.");
    await ann.plays(1);
    await bob.sees("XX.O.....");
    await bob.plays(4);
    await ann.sees("XX.OO....");
    await ann.plays(2);
    for (const page of [ann, bob]) await page.shows("ann has won.");
    assertEquals(await bob.owner() === owner, false);
  });
}

/** The same without a browser, which would take too long for each engine. */
async function playOn(engine: EngineName): Promise<void> {
  await using servers = await startThree(engine);
  using ann = await GamePlayer.join(`ws://localhost:${servers.port}/socket`, "ann");
  await ann.seesPlayers(1); // so the game is on her server
  using bob = await GamePlayer.join(`ws://localhost:${servers.port + 1}/socket`, "bob");
  for (const player of [ann, bob]) await player.seesPlayers(2);
  await ann.plays(0);
  await bob.sees("X........");
  const { owner } = bob;
  Deno.kill(owner!, "SIGKILL");
  await bob.plays(3); // at once
  for (const player of [ann, bob]) await player.sees("X..O.....");
  await ann.plays(1);
  for (const player of [ann, bob]) await player.sees("XX.O.....");
  assertEquals(bob.owner === owner, false);
}

const OTHERS = (["redis", "postgres"] as const).filter(hasEngine);
Deno.test({
  name: `examples/game: a game goes on when the process that has it is killed (${OTHERS.join(", ")})`,
  ignore: OTHERS.length === 0,
  fn: async () => void await Promise.all(OTHERS.map(playOn)),
});

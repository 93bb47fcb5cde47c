/**
 * Channels whose messages follow a contract.
 *
 * @module
 */

import { type Contract, contract } from "../../contract/contract.ts";
import { Channel } from "../channel.ts";
import type { EventHandlers } from "../handlers.ts";

/**
 * A channel whose messages follow contract `C`; see {@linkcode channelOf}.
 *
 * @category Contracts
 */
export abstract class ContractChannel<A extends object, C extends Contract> extends Channel<A, C> {
  /** The contract of the channel. */
  override get contract(): C {
    return super.contract as C; // overridden in the class that `channelOf` creates
  }
}

/**
 * A channel whose contract has events of clients, so that it has to declare
 * {@linkcode Channel.prototype.handleIn | Channel.handleIn}.
 *
 * @category Contracts
 */
export abstract class HandlingChannel<A extends object, C extends Contract> extends ContractChannel<A, C> {
  /** The handlers for messages of the client: one for each event of the contract. Declare them with `handlers`. */
  abstract override readonly handleIn: EventHandlers<A>;
}

/**
 * The class that {@linkcode channelOf} returns.
 *
 * @category Contracts
 */
export type ChannelOf<C extends Contract> = C extends { readonly in: object }
  ? abstract new <A extends object = object>() => HandlingChannel<A, C>
  : abstract new <A extends object = object>() => ContractChannel<A, C>;

/**
 * Creates the base class of a channel whose messages follow a contract: they are typed, and what clients send is
 * validated before the channel gets it.
 *
 * ```ts
 * import { channelOf, ok, reply, Socket } from "@urvogel/realtime";
 * import { contract } from "@urvogel/realtime/contract";
 * import { connect } from "@urvogel/realtime/testing";
 * import * as z from "zod";
 *
 * const room = contract({
 *   in: { say: { payload: z.object({ text: z.string().min(1) }), reply: z.object({ id: z.number() }) } },
 *   out: { said: { payload: z.object({ from: z.string(), text: z.string() }) } },
 * });
 *
 * class RoomChannel extends channelOf(room)<{ user: string }> {
 *   #messages = 0;
 *   override join() {
 *     return ok();
 *   }
 *   override handleIn = this.handlers({
 *     say: ({ text }, socket) => {
 *       socket.broadcast("said", { from: socket.assigns.user, text });
 *       return reply({ id: ++this.#messages });
 *     },
 *   });
 * }
 *
 * class UserSocket extends Socket<{ user: string }> {
 *   override channels = { "room:*": RoomChannel };
 *   override connect() {
 *     return ok({ user: "ann" });
 *   }
 * }
 *
 * await using client = await connect(UserSocket);
 * const lobby = await client.join("room:lobby");
 * await lobby.assertReply(lobby.push("say", { text: "hello" }), "ok", { id: 1 });
 * await lobby.assertReply(lobby.push("say", { text: "" }), "error", { reason: "invalid payload" });
 * ```
 *
 * **What compiles:** `handleIn` has to be declared, with a handler for each event of `in`. Handlers get what the schema
 * returns, such as the `Date` that `z.coerce.date()` makes of a text. They reply what the contract declares, or with
 * `replyError` anything, or later (`noreply`). `push` and the broadcasts accept the events of `out` with their
 * payloads, and the events of the library, such as `presence_state`. `join` gets the parameters, and `ok` takes the
 * reply, that the contract declares. `ReceivedParams<typeof room>` and similar types name them.
 *
 * **What clients get** that send something else: a join whose parameters do not fit is refused with
 * `{ reason: "invalid payload", issues: [{ message, path }] }`, and a message that does not fit gets this error reply.
 * An event that the contract does not have is answered with `{ reason: "unmatched event" }`; it does not end the
 * channel, as it does without a contract. All of these count towards `Socket.refusalRate`, and are reported as
 * `urvogel:channel:invalid`. Parameters of the library, such as `since`, are removed from those of a join before.
 *
 * **A server that channels call** needs no validation of its own: its interface names what the contract lets through.
 *
 * ```ts
 * import { channelOf, GenServer, noreply, ok, reply, type ServerRef } from "@urvogel/realtime";
 * import { contract, type ReceivedPayload } from "@urvogel/realtime/contract";
 * import * as z from "zod";
 *
 * const board = contract({ in: { move: { payload: z.object({ x: z.int().min(0).max(7) }) } } });
 *
 * interface Game {
 *   calls: { move(to: ReceivedPayload<typeof board, "in", "move">): number };
 * }
 * class GameServer extends GenServer<number, Game> {
 *   override init() {
 *     return 0;
 *   }
 *   override handleCall = this.calls({ move: (moves, { x }) => reply(x, moves + 1) });
 * }
 *
 * class BoardChannel extends channelOf(board)<{ game: ServerRef<Game> }> {
 *   override join() {
 *     return ok();
 *   }
 *   override handleIn = this.handlers({
 *     move: async (to, { assigns: { game } }) => {
 *       await game.call("move", to);
 *       return noreply();
 *     },
 *   });
 * }
 * void [GameServer, BoardChannel];
 * ```
 *
 * **Asynchronous schemas** keep the order of messages: while one is validated, the others of this topic wait.
 * **A schema that throws** is reported as a crash; the message is answered with `{ reason: "validation crashed" }`, a
 * join with `{ reason: "join crashed" }`. The channel continues: it has not received the message.
 *
 * @category Contracts
 * @param declared The contract.
 * @returns An abstract class. Its type parameter is that of {@linkcode Channel}: the assigns of the socket.
 * @throws {TypeError} If the contract is invalid; see `contract`.
 */
export function channelOf<const C extends Contract>(declared: C): ChannelOf<C> {
  const checked = contract(declared); // it may not have been made by `contract`
  abstract class ChannelOfContract<A extends object = object> extends ContractChannel<A, C> {
    override get contract(): C {
      return checked;
    }
  }
  return ChannelOfContract as ChannelOf<C>;
}

/**
 * The bookings of one evening.
 *
 * @module
 */

import { Agent, channelOf, Endpoint, ok, reply, replyError, Socket } from "@urvogel/realtime";
import { bookings } from "./contract.ts";

/** How many seats are free. One process has the number, so none is given away twice. */
const seats = await Agent.start(() => 20);

class BookingsChannel extends channelOf(bookings) {
  override async join() {
    return ok({ free: await seats.get((free) => free) });
  }

  // Called with what the schema has made of the form: it fits, and `guests` is a number.
  override handleIn = this.handlers({
    book: async ({ name, guests }, socket) => {
      const { isTaken, free } = await seats.getAndUpdate((before) => {
        const isTaken = guests <= before;
        const free = isTaken ? before - guests : before;
        return reply({ isTaken, free }, free);
      });
      if (!isTaken) {
        // What only the server knows has the same form as what the schema finds.
        return replyError({ reason: "full", issues: [{ path: ["guests"], message: `${free} seats are left` }] });
      }
      socket.broadcast("free", { free });
      return reply({ name, guests });
    },
  });
}

/** A connection. */
export class GuestSocket extends Socket {
  override channels = { bookings: BookingsChannel };

  override connect() {
    return ok();
  }
}

/** Where guests connect. */
export const endpoint = new Endpoint({ sockets: { "/socket": GuestSocket } });

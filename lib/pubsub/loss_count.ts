/**
 * What did not reach those that it was for, in numbers.
 *
 * @module
 */

/**
 * How something is lost on the way from node to node:
 *
 * - `bus_gap`: messages of another node did not arrive on this one.
 * - `bus_unconfirmed`: the connection was lost, and the last broadcasts of this node may not have arrived on others.
 * - `bus_refused`: the bus did not carry a broadcast of this node, because it is down, the broadcast is too large, or
 *   this node has no right to its topic. Its sender got the error, it was delivered on this node alone, or the error is
 *   in the log.
 * - `bus_malformed`: a message arrived that no node of this version sends, and was ignored: another version of the library
 *   has sent it, or a foreign program.
 * - `history_unpublished`: a broadcast was not kept, or it is not known whether it was.
 * - `history_unnumbered`: a broadcast of another node had no number and was not delivered: that node does not know that
 *   its topic has history.
 * - `history_reset`: messages of a topic are no longer kept; its members were told so.
 * - `presence_unsent`: an entry of a presence is too large for the bus, and other nodes do not see it.
 */
export type LossKind =
  | "bus_gap"
  | "bus_unconfirmed"
  | "bus_refused"
  | "bus_malformed"
  | "history_unpublished"
  | "history_unnumbered"
  | "history_reset"
  | "presence_unsent";

/** How much was lost in one way. */
export interface LossCount {
  /** How it was lost. */
  readonly kind: LossKind;
  /** The number of messages since the program started; of `history_reset`, the number of times. */
  readonly count: number;
  /** When it happened last. */
  readonly latest: Date;
}

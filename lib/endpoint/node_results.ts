/**
 * What all nodes of an endpoint replied.
 *
 * @module
 */

/**
 * How many connections were closed; see `Endpoint.confirmDisconnect`.
 *
 * @category Endpoint
 */
export interface DisconnectResult {
  /** The number of connections that were closed, on all nodes that replied. */
  readonly closed: number;
  /** The same for each node, by its name. */
  readonly nodes: Readonly<Record<string, number>>;
  /** The names of the nodes that did not reply in time, or are down. Whether they closed connections is not known. */
  readonly missing: readonly string[];
}

/**
 * How many clients were taken out of a topic; see `Endpoint.removeFromTopic`.
 *
 * @category Endpoint
 */
export interface RemovalResult {
  /** The number of connections that were in the topic, or about to join it, on all nodes that replied. */
  readonly removed: number;
  /** The same for each node, by its name. */
  readonly nodes: Readonly<Record<string, number>>;
  /** The names of the nodes that did not reply in time, or are down. Whether they removed clients is not known. */
  readonly missing: readonly string[];
}

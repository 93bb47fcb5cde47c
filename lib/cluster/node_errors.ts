/**
 * The errors of requests to other nodes, for callers that want to catch them.
 *
 * @module
 */

/**
 * Thrown by a request to a node that is not up, or that went down before it replied. Whether it handled the request is
 * not known in the second case.
 *
 * @category Cluster
 */
export class NodeDownError extends Error {
  /** The name of the node. */
  readonly node: string;

  /** Creates the error for the request `what` to `node`. */
  constructor(node: string, what: string) {
    super(`Cannot ask node "${node}" for "${what}": it is down`);
    this.name = "NodeDownError";
    this.node = node;
  }
}

/**
 * Thrown by a request that got no reply in time. Whether the node handled it is not known.
 *
 * @category Cluster
 */
export class NodeTimeoutError extends Error {
  /** The name of the node. */
  readonly node: string;
  /** How long the caller waited, in milliseconds. */
  readonly timeoutMs: number;

  /** Creates the error for the request `what` to `node`. */
  constructor(node: string, what: string, timeoutMs: number) {
    super(`Cannot ask node "${node}" for "${what}": no reply within ${timeoutMs} ms`);
    this.name = "NodeTimeoutError";
    this.node = node;
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Thrown by a request that failed on the other node. Only the name and the message of its error are known here, never
 * its stack.
 *
 * @category Cluster
 */
export class RemoteError extends Error {
  /** The name of the node. */
  readonly node: string;
  /** The name of its error, such as `"RangeError"`. */
  readonly errorName: string;

  /** Creates the error. */
  constructor(node: string, errorName: string, message: string) {
    super(message);
    this.name = "RemoteError";
    this.node = node;
    this.errorName = errorName;
  }
}

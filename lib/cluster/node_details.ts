/**
 * What a node says about itself in its heartbeats.
 *
 * @module
 */

/**
 * Facts about a node, such as its number of connections. JSON values only.
 *
 * @category Cluster
 */
export interface NodeDetails {
  /** A fact, by its name. */
  readonly [name: string]: string | number | boolean | null;
}

/**
 * What a node says about itself in its heartbeats.
 *
 * @module
 */

/**
 * Details of a node, such as its number of connections, which all nodes see. JSON values only.
 *
 * @category Cluster
 */
export interface NodeDetails {
  /** A detail, by its name. */
  readonly [name: string]: string | number | boolean | null;
}

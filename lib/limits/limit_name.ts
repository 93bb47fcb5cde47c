/**
 * The names of the limits.
 *
 * @module
 */

/**
 * The names of all limits. A limit has the same name as an option and in its event.
 *
 * @category Limits
 */
export type LimitName =
  | "bodyTimeoutMs"
  | "byteRate"
  | "checkOrigin"
  | "closeTimeoutMs"
  | "connectTimeoutMs"
  | "headersTimeoutMs"
  | "joinRate"
  | "maxBufferedBytes"
  | "maxChannelsPerTransport"
  | "maxConnections"
  | "maxConnectionsPerAddress"
  | "maxConnectionsPerId"
  | "maxFrameBytes"
  | "maxHeaderBytes"
  | "maxLiveViews"
  | "maxNesting"
  | "maxPayloadBytes"
  | "maxPendingRequests"
  | "maxPostBytes"
  | "maxQueuedBytes"
  | "maxQueuedMessages"
  | "maxRequests"
  | "maxTcpConnections"
  | "maxTopicBytes"
  | "messageRate"
  | "refreshRate"
  | "refusalRate"
  | "requestTimeoutMs"
  | "shutdownMs"
  | "slowReaderTimeoutMs"
  | "timeoutMs"
  | "windowMs";

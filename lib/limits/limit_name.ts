/**
 * The names of the limits.
 *
 * @module
 */

/**
 * The name of a limit: the same as an option, in telemetry and in the documentation.
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
  | "maxPipelinedRequests"
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
  | "sendTimeoutMs"
  | "shutdownMs"
  | "slowReaderTimeoutMs"
  | "timeoutMs"
  | "windowMs";

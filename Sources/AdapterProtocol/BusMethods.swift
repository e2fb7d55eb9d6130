import LockModel

/// What `lockbridge-bus` is told once: which broker, who it is there, what it listens to and how much it may carry.
///
/// Secrets are paths of files the bus process reads itself, never values.
package struct BusConfigureParams: Sendable, Codable, Equatable {
    /// The version of MQTT spoken.
    package enum MQTTVersion: String, Sendable, Codable {
        case v5 = "5"
        case v311 = "3.1.1"
    }

    /// Paths of PEM files.
    package struct TLS: Sendable, Codable, Equatable {
        package var ca: String
        package var certificate: String?
        package var key: String?

        package init(ca: String, certificate: String? = nil, key: String? = nil) {
            self.ca = ca
            self.certificate = certificate
            self.key = key
        }
    }

    /// One topic filter.
    package struct Subscription: Sendable, Codable, Equatable {
        package var topic: String
        package var qos: Int

        package init(topic: String, qos: Int) {
            self.topic = topic
            self.qos = qos
        }
    }

    /// What the broker says when the gateway's connection breaks.
    package struct Will: Sendable, Codable, Equatable {
        package var topic: String
        /// Base64url.
        package var payload: String
        package var qos: Int
        package var retain: Bool

        package init(topic: String, payload: String, qos: Int, retain: Bool) {
            self.topic = topic
            self.payload = payload
            self.qos = qos
            self.retain = retain
        }
    }

    /// Bounds kept in the bus process, before anything is parsed.
    package struct Limits: Sendable, Codable, Equatable {
        /// Messages a second of one topic principal.
        package var topicRatePerSecond: Int
        /// How many it may send at once after a pause.
        package var topicBurst: Int
        /// `bus.message` sent and not yet covered by a `bus.ack`.
        package var inFlight: Int
        /// The largest payload carried to the core.
        package var payloadBytes: Int

        package init(topicRatePerSecond: Int = 20, topicBurst: Int = 100, inFlight: Int = 64, payloadBytes: Int = 16_384) {
            self.topicRatePerSecond = topicRatePerSecond
            self.topicBurst = topicBurst
            self.inFlight = inFlight
            self.payloadBytes = payloadBytes
        }
    }

    /// `mqtt://host:port` or `mqtts://host:port`.
    package var url: String
    package var `protocol`: MQTTVersion
    package var clientId: String
    package var username: String?
    package var passwordFile: String?
    package var tls: TLS?
    package var keepAliveSeconds: Int
    package var subscriptions: [Subscription]
    package var will: Will?
    package var limits: Limits

    package init(
        url: String,
        protocol: MQTTVersion = .v5,
        clientId: String,
        username: String? = nil,
        passwordFile: String? = nil,
        tls: TLS? = nil,
        keepAliveSeconds: Int = 30,
        subscriptions: [Subscription],
        will: Will? = nil,
        limits: Limits = Limits()
    ) {
        self.url = url
        self.protocol = `protocol`
        self.clientId = clientId
        self.username = username
        self.passwordFile = passwordFile
        self.tls = tls
        self.keepAliveSeconds = keepAliveSeconds
        self.subscriptions = subscriptions
        self.will = will
        self.limits = limits
    }
}

/// Core → bus: publish this and say later, by `n`, whether the broker took it.
package struct BusPublishParams: Sendable, Codable, Equatable {
    /// The core's number of this publish.
    package var n: Int64
    package var topic: String
    /// On the line in base64url; empty clears a retained message.
    package var payload: [UInt8]
    package var qos: Int
    package var retain: Bool
    package var contentType: String?
    /// Correlation Data, base64url.
    package var correlation: String?
    package var responseTopic: String?
    package var expirySeconds: Int?

    package init(
        n: Int64,
        topic: String,
        payload: [UInt8],
        qos: Int,
        retain: Bool,
        contentType: String? = nil,
        correlation: String? = nil,
        responseTopic: String? = nil,
        expirySeconds: Int? = nil
    ) {
        self.n = n
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
        self.contentType = contentType
        self.correlation = correlation
        self.responseTopic = responseTopic
        self.expirySeconds = expirySeconds
    }
}

/// Core → bus: every `bus.message` up to this number is dealt with; credit for more, not a PUBACK.
package struct BusAckParams: Sendable, Codable, Equatable {
    package var upTo: Int64

    package init(upTo: Int64) { self.upTo = upTo }
}

/// Bus → core: a message arrived; forwarded whole and unjudged.
package struct BusMessageParams: Sendable, Codable, Equatable {
    /// The bus process's number of this message, from 1.
    package var n: Int64
    package var topic: String
    /// On the line in base64url.
    package var payload: [UInt8]
    package var retained: Bool
    /// Correlation Data, base64url.
    package var correlation: String?
    package var responseTopic: String?
    package var expirySeconds: Int?
    /// True for a message beyond its topic principal's rate; the payload is still there, to name the token in the refusal.
    package var limited: Bool?

    package init(
        n: Int64,
        topic: String,
        payload: [UInt8],
        retained: Bool,
        correlation: String? = nil,
        responseTopic: String? = nil,
        expirySeconds: Int? = nil,
        limited: Bool? = nil
    ) {
        self.n = n
        self.topic = topic
        self.payload = payload
        self.retained = retained
        self.correlation = correlation
        self.responseTopic = responseTopic
        self.expirySeconds = expirySeconds
        self.limited = limited
    }
}

/// Bus → core: what became of a publish, or of several that follow one another.
package struct BusPublishedParams: Sendable, Codable, Equatable {
    package var n: Int64
    /// The last of those that this says; absent when it is `n` alone.
    package var through: Int64?
    package var ok: Bool
    /// The broker's or the library's words, where it failed.
    package var reason: String?

    package init(n: Int64, through: Int64? = nil, ok: Bool, reason: String? = nil) {
        self.n = n
        self.through = through
        self.ok = ok
        self.reason = reason
    }
}

/// Bus → core: the connection is gone.
package struct BusDisconnectedParams: Sendable, Codable, Equatable {
    package var reason: String

    package init(reason: String) { self.reason = reason }
}

extension RequestMethod where Params == BusConfigureParams, Result == Nothing {
    package static var busConfigure: Self { Self(.busConfigure) }
}
extension NotificationMethod where Params == BusPublishParams {
    package static var busPublish: Self { Self(.busPublish) }
}
extension NotificationMethod where Params == BusAckParams {
    package static var busAck: Self { Self(.busAck) }
}
extension NotificationMethod where Params == BusMessageParams {
    package static var busMessage: Self { Self(.busMessage) }
}
extension NotificationMethod where Params == Nothing {
    package static var busConnected: Self { Self(.busConnected) }
}
extension NotificationMethod where Params == BusDisconnectedParams {
    package static var busDisconnected: Self { Self(.busDisconnected) }
}
extension NotificationMethod where Params == BusPublishedParams {
    package static var busPublished: Self { Self(.busPublished) }
}

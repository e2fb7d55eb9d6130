import ArgumentParser
import Gateway
import LinuxIO
import LockCrypto
import LockModel
import Tokens
import WireBytes

/// `lockbridge token`
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, check and explain tokens; no running gateway is needed.",
        subcommands: [MakeGrant.self, MakeCommand.self, MakeRevocation.self, MakeTrustList.self, Check.self, Explain.self])

    /// Who signs, for which gateway.
    struct SignerOptions: ParsableArguments {
        @OptionGroup var options: HomeOptions
        @Option(name: .long, help: "Your private key (PEM file).") var key: String
        @Option(name: .long, help: "The gateway's id; taken from this machine's gateway if there is one.") var gateway: String?

        func gatewayID() throws -> String {
            if let gateway { return gateway }
            guard let configuration = try? GatewayHome.standard(flag: options.home).readConfiguration() else {
                throw CommandFailure(.usage, "say which gateway with --gateway gw-…")
            }
            return configuration.gateway
        }
    }

    struct MakeGrant: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant", abstract: "As a resident, sign what a retailer may do at your door.")
        @OptionGroup var signer: SignerOptions
        @Option(name: .long, help: "You, as enrolled.") var resident: String
        @Option(name: .long, help: "Who is allowed in.") var retailer: String
        @Option(name: .long, help: "Your lock.") var lock: String
        @Option(name: .long, help: "What is allowed, separated by commas: unlock, unlatch, code.") var actions = "unlock"
        @Option(name: .long, help: "How many deliveries, or commands without one.") var maxUses = 1
        @Option(name: .long, help: "How many re-entries a delivery has.") var maxEntries = 3
        @Option(name: .long, help: "The longest the door may stay unlocked, in seconds.") var openSeconds = 30
        @Option(name: .long, help: "For how many days from now.") var days = 30
        @Option(
            name: .long,
            help: ArgumentHelp(
                "When it may be used, by the site's clock: days and hours like tue,fri@09:00-12:00; may be given several times. Without it: always.",
                valueName: "window"))
        var window: [String] = []
        @Option(
            name: .long, parsing: .unconditionalSingleValue, help: "Only this courier's key, by its thumbprint; may be given several times."
        ) var courier: [String] = []

        func run() throws {
            let now = Timestamp(milliseconds: Clocks.wallMilliseconds())
            let id = TokenID.random()
            let resident: PrincipalID = try parsed(resident, "resident")
            let allowed = try actions.split(separator: ",").map { text in
                guard let action = GrantAction(rawValue: String(text)) else {
                    throw CommandFailure(.usage, "--actions knows unlock, unlatch and code")
                }
                return action
            }
            let start = Timestamp(seconds: now.seconds)
            let grant = Grant(
                id: id, hash: .zero, resident: resident, retailer: try parsed(retailer, "retailer"), gateway: try signer.gatewayID(),
                lock: try parsed(lock, "lock"), issuedAt: start, notBefore: start,
                expires: Timestamp(seconds: start.seconds + Int64(days) * 86_400),
                actions: allowed, windows: window.isEmpty ? nil : try window.map(WindowText.parse), maxUses: maxUses,
                maxEntries: maxEntries,
                openSeconds: openSeconds, couriers: courier.isEmpty ? nil : courier, residentSequence: now.milliseconds)
            let envelope = TokenEnvelope.draft(issuer: resident, id: id, issuedAt: start)
            try TokenCommand.sign(.grant(GrantToken(envelope: envelope, grant: grant)), with: signer.key)
        }
    }

    struct MakeCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "command", abstract: "As a retailer, sign a command; publish it to from/YOU/command within two minutes.")
        @OptionGroup var signer: SignerOptions
        @Option(name: .long, help: "You, as enrolled.") var issuer: String
        @Option(name: .long, help: "The lock.") var lock: String
        @Option(name: .long, help: "unlock, unlatch, lock or check.") var action = "unlock"
        @Option(name: .long, help: "The file with the grant it stands on.") var grant: String?
        @Option(name: .long, help: "For how long, in seconds.") var openSeconds: Int?
        @Option(name: .long, help: "The delivery it belongs to.") var delivery: String?
        @Option(name: .long, parsing: .unconditional, help: "Thumbprint of the courier's key.") var courier: String?
        @Option(name: .long, help: "For how many seconds it is good, up to 120.") var seconds = 60
        @Flag(name: .long, help: "Walk every check and open nothing.") var dryRun = false

        func run() throws {
            guard let kind = CommandAction(rawValue: action) else {
                throw CommandFailure(.usage, "--action is unlock, unlatch, lock or check")
            }
            let opens = kind == .unlock || kind == .unlatch
            if opens && grant == nil { throw CommandFailure(.usage, "an \(action) stands on a grant: give its file with --grant") }
            let start = Timestamp(seconds: Timestamp(milliseconds: Clocks.wallMilliseconds()).seconds)
            let quoted = try grant.map { try TokenCommand.parse(try TextFile.read($0, maximumBytes: 16_384), .grant) }
            let command = CommandToken(
                envelope: .draft(issuer: try parsed(issuer, "retailer"), id: .random(), issuedAt: start), audience: try signer.gatewayID(),
                lock: try parsed(lock, "lock"), expires: Timestamp(seconds: start.seconds + Int64(seconds)), action: kind,
                grant: quoted?.envelope.id,
                grantHash: quoted?.envelope.hash, openSeconds: openSeconds ?? (opens ? 15 : nil), courier: courier, delivery: delivery,
                dryRun: dryRun)
            try TokenCommand.sign(.command(command), with: signer.key)
        }
    }

    struct MakeRevocation: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "As a resident, sign that you take grants back.",
            discussion:
                "Name grants, retailers, or --all for everything allowed until now. `lockbridge grant revoke`, or the grant topic, carries it."
        )
        @OptionGroup var signer: SignerOptions
        @Option(name: .long, help: "You, as enrolled.") var resident: String
        @Option(name: .long, parsing: .unconditionalSingleValue, help: "A grant's id; may be given several times.") var grant: [String] = []
        @Option(name: .long, help: "Everything allowed to this retailer until now; may be given several times.") var retailer: [String] = []
        @Flag(name: .long, help: "Everything allowed to anybody until now.") var all = false

        func run() throws {
            if grant.isEmpty && retailer.isEmpty && !all {
                throw CommandFailure(.usage, "say what to take back: --grant, --retailer or --all")
            }
            let now = Timestamp(milliseconds: Clocks.wallMilliseconds())
            let grants = try grant.map { text in
                guard let id = TokenID(text) else {
                    throw CommandFailure(.usage, "`\(text)` is no grant's id: 22 characters, see `lockbridge grant list`")
                }
                return id
            }
            let envelope = TokenEnvelope.draft(
                issuer: try parsed(resident, "resident"), id: .random(), issuedAt: Timestamp(seconds: now.seconds))
            let token = RevocationToken(
                envelope: envelope, audience: try signer.gatewayID(), residentSequence: now.milliseconds, grants: grants,
                retailers: try retailer.map { try parsed($0, "retailer") }, allBefore: all ? now.milliseconds : nil)
            try TokenCommand.sign(.revocation(token), with: signer.key)
        }
    }

    struct MakeTrustList: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "trust", abstract: "As the operator, sign the whole list of who is trusted; publish it to from/YOU/trust.",
            discussion: """
                It replaces the list before it: who is not on it is suspended, and a suspension that is left out is lifted.
                Two keys of one principal, while they are rotated: --retailer acme=old.pem,new.pem
                """)
        @OptionGroup var signer: SignerOptions
        @Option(name: .long, help: "You, as enrolled.") var issuer: String
        @Option(
            name: .long, parsing: .unconditionalSingleValue,
            help: ArgumentHelp("A retailer with the files of its public keys; may be given several times.", valueName: "name=file"))
        var retailer: [String] = []
        @Option(
            name: .long, parsing: .unconditionalSingleValue,
            help: ArgumentHelp("A partner, likewise.", valueName: "name=file")) var partner: [String] = []
        @Option(name: .long, parsing: .unconditionalSingleValue, help: "A principal or a key's kid to suspend; may be given several times.")
        var suspend: [String] = []
        @Option(name: .long, help: "The list's number, higher than the last one's; the time in milliseconds without it.") var sequence:
            Int64?

        func run() throws {
            let now = Timestamp(milliseconds: Clocks.wallMilliseconds())
            let entries = try retailer.map { try entry($0, .retailer) } + partner.map { try entry($0, .partner) }
            let envelope = TokenEnvelope.draft(
                issuer: try parsed(issuer, "operator"), id: .random(), issuedAt: Timestamp(seconds: now.seconds))
            let token = TrustToken(
                envelope: envelope, audience: try signer.gatewayID(), sequence: sequence ?? now.milliseconds, principals: entries,
                suspensions: suspend)
            try TokenCommand.sign(.trust(token), with: signer.key)
        }

        private func entry(_ text: String, _ role: PrincipalRole) throws -> TrustToken.Entry {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw CommandFailure(.usage, "`\(text)` is not name=file, like acme=acme.pub.pem") }
            let files = parts[1].split(separator: ",").map(String.init)
            guard (1...2).contains(files.count) else { throw CommandFailure(.usage, "\(parts[0]) has one key or two") }
            return TrustToken.Entry(
                id: try parsed(parts[0], "principal"), role: role, keys: try files.map { PrincipalKey(try KeyFile.readPublic($0)) })
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Check a token's form and signature with a public key.")
        @Argument(help: "The token's file, or - for standard input.") var file: String
        @Option(name: .long, help: "The issuer's public key (PEM or JWK file).") var key: String

        func run() throws {
            let token = try TokenCommand.parse(try TextFile.read(file, maximumBytes: 16_384))
            let verifying = try KeyFile.readPublic(key)
            guard token.envelope.keyID == verifying.thumbprint else {
                throw CommandFailure.refused(
                    .badSignature, "The token names key \(token.envelope.keyID), the file holds \(verifying.thumbprint).")
            }
            do throws(TokenRefusal) { try TokenVerifier.verify(token.envelope, with: verifying) } catch {
                throw CommandFailure.refused(error.reason, error.detail)
            }
            Terminal.print("good: signed by \(token.envelope.issuer) with key \(verifying.thumbprint)")
        }
    }

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain", abstract: "Say in words what a token asks for; its signature is not checked.")
        @Argument(help: "The token's file, or - for standard input.") var file: String

        func run() throws {
            let token = try TokenCommand.parse(try TextFile.read(file, maximumBytes: 16_384))
            for line in TokenWords.lines(token) { Terminal.print(line) }
        }
    }

    static func sign(_ token: Token, with file: String) throws {
        do {
            Terminal.print(String(decoding: try TokenSigner(key: try KeyFile.readPrivate(file)).sign(token), as: UTF8.self))
        } catch let refusal as TokenRefusal {
            throw CommandFailure.refused(refusal.reason, refusal.detail)
        }
    }

    /// Reads a token of one kind, or of whichever kind it is.
    static func parse(_ text: String, _ topic: TokenTopic? = nil) throws -> Token {
        var last = TokenRefusal(reason: .malformed, detail: "this is no token", id: nil)
        for candidate in topic.map({ [$0] }) ?? TokenTopic.allCases {
            do throws(TokenRefusal) {
                return try TokenParser.parse(Array(text.utf8), as: candidate)
            } catch {
                if !error.detail.hasPrefix("typ is not") { last = error }
            }
        }
        throw CommandFailure.refused(last.reason, last.detail)
    }
}

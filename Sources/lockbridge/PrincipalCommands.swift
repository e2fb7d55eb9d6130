import AdapterProtocol
import ArgumentParser
import LockModel
import Tokens

/// `lockbridge resident`
struct ResidentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resident", abstract: "Enrol the people who live here.", subcommands: [Add.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Enrol a resident by a public key.",
            discussion:
                "Compare the key's number with the resident, by voice or on paper, before you enrol it: whoever holds the key allows people in."
        )
        @OptionGroup var options: HomeOptions
        @Argument(help: "The resident's pseudonym.") var name: String
        @Option(name: .long, help: "The resident's public key (PEM or JWK file).") var key: [String]

        func run() throws { try enrol(name, .resident, keys: key, home: options.home) }
    }
}

/// `lockbridge principal`
struct PrincipalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "principal", abstract: "Enrol retailers and partners, and list everybody known.",
        subcommands: [Add.self, List.self, Suspend.self, Resume.self, AddKey.self, RetireKey.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Enrol a principal by one or two public keys.",
            discussion: "Add its name to `principals:` of a bus in lockbridge.yaml too, so that its topics are served.")
        @OptionGroup var options: HomeOptions
        @Argument(help: "The principal's name, which is also its topic level.") var name: String
        @Option(name: .long, help: "What it is: retailer, partner, operator or resident.") var role = "retailer"
        @Option(name: .long, help: "A public key (PEM or JWK file); twice while keys are rotated.") var key: [String]

        func run() throws {
            guard let role = PrincipalRole(rawValue: role), role != .automation else {
                throw CommandFailure(.usage, "--role is retailer, partner, operator or resident")
            }
            try enrol(name, role, keys: key, home: options.home)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List everybody this gateway knows, with their keys.")
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let list: PrincipalList = try AdminClient(home: options.home).call(.principalList, Nothing())
            if output.json { return try Terminal.json(list) }
            if list.principals.isEmpty { return Terminal.print("Nobody yet: `lockbridge resident add NAME --key FILE`.") }
            let rows = list.principals.flatMap { principal in
                principal.keys.map {
                    [
                        principal.id.text, principal.role.rawValue, $0.algorithm.rawValue, $0.id,
                        principal.suspended ? "suspended" : "active",
                    ]
                }
            }
            Terminal.table([["NAME", "ROLE", "KEY", "KID", "STATE"]] + rows)
        }
    }

    struct Suspend: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "suspend", abstract: "Listen to a principal, or to one of its keys, no more until it is resumed.")
        @OptionGroup var options: HomeOptions
        @Argument(help: "The principal's name.") var name: String
        @Option(name: .long, parsing: .unconditional, help: "Only this key, by its kid.") var key: String?

        func run() throws {
            try PrincipalCommand.change(.principalSuspend, name, key, home: options.home)
            Terminal.print("Suspended. What it had under way and not yet sent is not sent.")
        }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "resume", abstract: "Listen to a principal or key again.")
        @OptionGroup var options: HomeOptions
        @Argument(help: "The principal's name.") var name: String
        @Option(name: .long, parsing: .unconditional, help: "Only this key, by its kid.") var key: String?

        func run() throws {
            try PrincipalCommand.change(.principalResume, name, key, home: options.home)
            Terminal.print("Resumed.")
        }
    }

    struct AddKey: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add-key", abstract: "Enrol a second key, while a principal rotates its keys.",
            discussion: "Two are active at most. When the new one is in use everywhere: `lockbridge principal retire-key`.")
        @OptionGroup var options: HomeOptions
        @Argument(help: "The principal's name.") var name: String
        @Option(name: .long, help: "The new public key (PEM or JWK file).") var key: String

        func run() throws {
            let key = PrincipalKey(try KeyFile.readPublic(key))
            let request = PrincipalAddKeyRequest(principal: try parsed(name, "principal"), key: key)
            let _: Reply = try AdminClient(home: options.home).call(.principalAddKey, request)
            Terminal.print("Enrolled key \(key.id) beside the old one.")
        }
    }

    struct RetireKey: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "retire-key", abstract: "End a key that a principal uses no more.")
        @OptionGroup var options: HomeOptions
        @Argument(help: "The principal's name.") var name: String
        @Option(name: .long, parsing: .unconditional, help: "The key's kid.") var key: String

        func run() throws {
            try PrincipalCommand.change(.principalRetireKey, name, key, home: options.home)
            Terminal.print("Retired.")
        }
    }

    private static func change(_ method: AdminMethod, _ name: String, _ kid: String?, home: String?) throws {
        let request = PrincipalKeyRequest(principal: try parsed(name, "principal"), kid: kid)
        let _: Reply = try AdminClient(home: home).call(method, request)
    }
}

/// Reads public keys and enrols their holder.
private func enrol(_ name: String, _ role: PrincipalRole, keys: [String], home: String?) throws {
    guard (1...2).contains(keys.count) else { throw CommandFailure(.usage, "give one --key, or two while keys are rotated") }
    let principal: PrincipalID = try parsed(name, "principal")
    let keys = try keys.map { PrincipalKey(try KeyFile.readPublic($0)) }
    let _: Reply = try AdminClient(home: home).call(.principalAdd, PrincipalAddRequest(principal: principal, role: role, keys: keys))
    Terminal.print("Enrolled \(role.rawValue) \(principal).")
    for key in keys { Terminal.print("  \(key.algorithm.rawValue) key \(key.id)") }
}

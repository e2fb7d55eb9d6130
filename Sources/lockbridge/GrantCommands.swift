import AdapterProtocol
import ArgumentParser
import LockModel

/// `lockbridge grant`
struct GrantCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Install, list and revoke what residents allow.", subcommands: [Add.self, List.self, Revoke.self],
        defaultSubcommand: List.self)

    /// Every grant there is, page by page.
    static func all(_ client: AdminClient) throws -> GrantList {
        var list: GrantList = try client.call(.grantList, GrantListRequest())
        while let last = list.next {
            let page: GrantList = try client.call(.grantList, GrantListRequest(after: last))
            list = GrantList(grants: list.grants + page.grants, next: page.next)
        }
        return list
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Install a grant that a resident signed (`lockbridge token grant` makes one).")
        @OptionGroup var options: HomeOptions
        @Argument(help: "The token's file, or - for standard input.") var file: String

        func run() throws {
            let token = try TextFile.read(file, maximumBytes: 16_384)
            let reply: Reply = try AdminClient(home: options.home).call(.grantAdd, GrantAddRequest(token: token))
            Terminal.print("Installed grant \(reply.id?.description ?? "").")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List grants with what is left of them.")
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions

        func run() throws {
            let client = try AdminClient(home: options.home)
            let list = try GrantCommand.all(client)
            if output.json { return try Terminal.json(list) }
            if list.grants.isEmpty { return Terminal.print("No grants yet: `lockbridge token grant`, then `lockbridge grant add FILE`.") }
            let rows = list.grants.map { view in
                [
                    view.grant.id.description, view.grant.resident.text, view.grant.retailer.text, view.grant.lock.text,
                    "\(view.usesLeft) of \(view.grant.maxUses)", view.status, view.grant.expires.description,
                ]
            }
            Terminal.table([["GRANT", "BY", "TO", "LOCK", "USES LEFT", "STATUS", "UNTIL"]] + rows)
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Carry a revocation that a resident signed (`lockbridge token revoke` makes one).",
            discussion: "It counts from the moment this command says so: an unlock that was accepted and not yet sent is not sent.")
        @OptionGroup var options: HomeOptions
        @Argument(help: "The token's file, or - for standard input.") var file: String

        func run() throws {
            let token = try TextFile.read(file, maximumBytes: 16_384)
            let _: Reply = try AdminClient(home: options.home).call(.grantRevoke, GrantAddRequest(token: token))
            Terminal.print("Revoked. `lockbridge grant list` shows what is left.")
        }
    }
}

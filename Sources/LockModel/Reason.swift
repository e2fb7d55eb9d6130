/// Why something was refused or failed: the one vocabulary of bus, adapters, command line and documents (`bus`, Reply).
public enum Reason: String, Sendable, Codable, CaseIterable {
    case malformed, tooLarge, unsigned, badSignature, unknownPrincipal, wrongPrincipal, suspended, unknownLock, wrongGateway
    case actionNotAllowed, noGrant, grantMismatch, outsideWindow, grantUsedUp, grantRevoked, courierNotAllowed, openSecondsTooLong
    case expired, notYetValid, nonceNeeded, clockUntrusted, idReused, retained, rateLimited, quotaFull, staleSequence
    case vetoed, awaitingConsent, cameraNotLive, wrongDeliveryState
    case relockDoubtful, lockOffline, lockJammed, doorOpen, batteryCritical, busy, recovering, unsupported
    case frozen, shuttingDown, adapterFailed, abortedByRestart, timeout, noticeUndelivered

    /// Who has to change something for the same wish to succeed.
    public enum Class: String, Sendable, Codable {
        /// The message itself.
        case request
        /// What the household or the operator allowed.
        case policy
        /// The lock or the door.
        case door
        /// The gateway.
        case gateway
    }

    /// What a sender may do next.
    public enum Retry: String, Sendable, Codable {
        /// Nothing; sending again can't help.
        case never
        /// Send the same bytes again.
        case sameToken
        /// Sign a new token and send it.
        case newToken
        /// Put right what `help` says, then sign a new token.
        case afterFix
    }

    /// The row of the reason table: class, retry, one sentence of help.
    public var row: (class: Class, retry: Retry, help: String) {
        switch self {
        case .malformed:
            (.request, .afterFix, "The message is not a token of this contract; compare its members and encoding with the contract.")
        case .tooLarge: (.request, .afterFix, "The message is larger than its kind may be: 4 KiB for a command, 8 KiB for the others.")
        case .unsigned: (.request, .afterFix, "The message carries no signature; send a signed JWS in compact form.")
        case .badSignature: (.request, .afterFix, "The signature does not verify with an active key of the issuer that this gateway knows.")
        case .unknownPrincipal: (.policy, .afterFix, "This gateway knows no such principal; ask its operator to enrol you.")
        case .wrongPrincipal:
            (.request, .afterFix, "The token's issuer is not the principal of the topic; publish below from/ of the issuer.")
        case .suspended: (.policy, .never, "The operator suspended this principal or key; ask the operator.")
        case .unknownLock: (.request, .afterFix, "This gateway has no lock of that name.")
        case .wrongGateway: (.request, .afterFix, "The token names another gateway as its audience.")
        case .actionNotAllowed: (.policy, .afterFix, "The grant does not allow this action; ask the resident for one that does.")
        case .noGrant: (.policy, .afterFix, "There is no live grant of yours behind this command; ask the resident for one and quote it.")
        case .grantMismatch:
            (
                .request, .afterFix,
                "The grant quoted is for another lock, or its hash differs; quote the grant as its status topic shows it."
            )
        case .outsideWindow: (.policy, .newToken, "The grant is not valid at this time; send a new command inside its window.")
        case .grantUsedUp: (.policy, .afterFix, "All uses of the grant, or all entries of this delivery, are spent.")
        case .grantRevoked: (.policy, .never, "The resident revoked the grant.")
        case .courierNotAllowed: (.policy, .afterFix, "The grant allows other couriers than the one named.")
        case .openSecondsTooLong: (.request, .afterFix, "Ask for fewer openSeconds: the grant or the lock allows less.")
        case .expired: (.request, .newToken, "The command is past its expiry; sign a new one and check your clock.")
        case .notYetValid: (.request, .sameToken, "The command is from the future; check your clock.")
        case .nonceNeeded:
            (.gateway, .newToken, "The gateway's clock is not trusted; echo the nonce of the challenge topic in a new command.")
        case .clockUntrusted: (.gateway, .afterFix, "The gateway does not know the time, and the grant asks for it.")
        case .idReused: (.request, .newToken, "Another token with this id was accepted before; use a new random jti for each token.")
        case .retained: (.request, .newToken, "A command must not be retained; publish it without the retain flag.")
        case .rateLimited: (.request, .sameToken, "Too many messages; wait as long as retryAfterSeconds says.")
        case .quotaFull: (.gateway, .newToken, "Too many commands were accepted lately for their ids to be kept; wait and send a new one.")
        case .staleSequence: (.request, .afterFix, "The sequence number is not above the last one accepted.")
        case .vetoed: (.policy, .never, "The resident said no to this delivery.")
        case .awaitingConsent: (.policy, .newToken, "The resident has not agreed yet.")
        case .cameraNotLive: (.policy, .newToken, "The grant asks for a live camera, and there is none.")
        case .wrongDeliveryState: (.policy, .afterFix, "The delivery is not in a state that allows this.")
        case .relockDoubtful:
            (
                .door, .afterFix,
                "It is not certain that the door would lock again; the installer has to arm the lock's own relock or waive it."
            )
        case .lockOffline: (.door, .newToken, "The lock can't be reached.")
        case .lockJammed: (.door, .afterFix, "The bolt is stuck; somebody has to look at the door.")
        case .doorOpen: (.door, .afterFix, "The door stands open; close it first.")
        case .batteryCritical: (.door, .afterFix, "The lock's battery is nearly empty.")
        case .busy: (.door, .newToken, "Too many commands wait for this lock.")
        case .recovering: (.gateway, .newToken, "The lock has not been read since the gateway or its adapter started; try again shortly.")
        case .unsupported: (.door, .never, "This lock or this gateway can't do that.")
        case .frozen: (.gateway, .afterFix, "The gateway is frozen because its journal can't be trusted; its operator has to act.")
        case .shuttingDown: (.gateway, .newToken, "The gateway is stopping.")
        case .adapterFailed: (.door, .newToken, "The lock's adapter failed.")
        case .abortedByRestart:
            (.gateway, .never, "The gateway restarted with the command under way; the motor may have moved, the door is being locked.")
        case .timeout: (.door, .newToken, "No answer came in time.")
        case .noticeUndelivered:
            (.gateway, .newToken, "The broker did not acknowledge the relock notice in time, so nothing was sent to the lock.")
        }
    }
}

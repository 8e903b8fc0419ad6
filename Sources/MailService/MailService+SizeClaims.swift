internal import Logging
internal import MailStore

extension MailService {
    /// Whether the sizes that this server claims were right so often, and never wrong, that they are believed before a body has come.
    public var sizeClaimsAreBelieved: Bool { store.sizeClaims.areBelieved }

    /// Whether no size that this server claimed was found to be wrong.
    public var sizeClaimsAreRight: Bool { store.sizeClaims.wrong == 0 }

    /// A body was longer than was claimed, and could not be kept.
    public func noteWrongSizeClaim() {
        do {
            try store.noteWrongSizeClaim()
        } catch {
            logger.error("cannot note a wrong size: \(error)")
        }
    }
}

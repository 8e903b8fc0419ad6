internal import IMAPCodec

/// Why a batch was not sent, or not done.
enum ChangeObstacle: Error {
    /// The folder has another UIDVALIDITY than the UIDs.
    case epochChanged
    case readOnly
    case refused(StatusResponse)
    /// A refusal that may only mean that something is gone: the folder is opened anew and the messages looked for.
    case doubtful
}

internal import IMAPCodec
internal import MailModel

/// Why a batch was not sent, or not done.
enum ChangeObstacle: Error {
    /// The folder has another UIDVALIDITY than the UIDs.
    case epochChanged
    case readOnly
    case refused(StatusResponse)
    /// The server does not know the folder that these were to go to: nothing was done to them.
    case unknownTarget([Operation], StatusResponse)
    /// A refusal that may only mean that something is gone: the folder is opened anew and the messages looked for.
    case doubtful
}

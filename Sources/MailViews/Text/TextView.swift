internal import Fuse
internal import MailModel
internal import MailText
internal import MailTree

/// `.views/text`: what a person reads of each message, as a text file.
public enum TextView {
    public static func root(of account: any ViewedAccount, modified: Int64) -> any ViewDirectory {
        FolderView(
            account: account, shape: TextShape(account: account), folder: .root,
            listingChanged: modified * 1_000_000_000)
    }
}

/// `NAME.eml` is `NAME.txt` here. All other names have `.txt` behind them, and so has `NAME.eml` where a file may be called `NAME`, or a folder is
/// called `NAME.txt`: no two have one name, whatever comes and goes.
struct TextShape: MessageShape {
    let account: any ViewedAccount
    let maker = TextMaker()

    var kind: Attributes.Kind { .regularFile }

    private static let suffix = Array(".txt".utf8)
    private static let messageSuffix = Array(".eml".utf8)

    func shown(_ name: some Collection<UInt8>) -> [UInt8]? {
        let stem = name.dropLast(Self.messageSuffix.count)
        let isCut = name.suffix(Self.messageSuffix.count).elementsEqual(Self.messageSuffix) && !Self.isName(stem)
        return Self.suffixed(isCut ? Array(stem) : Array(name))
    }

    func shownBesideFolder(_ name: some Collection<UInt8>) -> [UInt8]? { Self.suffixed(Array(name)) }

    func original(_ shown: [UInt8]) -> [[UInt8]] {
        guard shown.count > Self.suffix.count, shown.suffix(Self.suffix.count).elementsEqual(Self.suffix) else {
            return []
        }
        let stem = Array(shown.dropLast(Self.suffix.count))
        return Self.isName(stem) ? [stem] : [stem + Self.messageSuffix, stem]
    }

    /// Whether a message may have this name, or be given it.
    private static func isName(_ name: some Collection<UInt8>) -> Bool { FileKind(name: name) != .refused }

    private static func suffixed(_ name: [UInt8]) -> [UInt8]? {
        name.count <= 255 - suffix.count ? name + suffix : nil
    }

    func node(_ message: MessageAttributes) -> ViewNode {
        .file(TextFile(account: account, message: message, maker: maker))
    }
}

struct TextFile: ViewFile {
    let account: any ViewedAccount
    let message: MessageAttributes
    let maker: TextMaker

    var modified: Int64 { message.modified }

    var sizeLimit: UInt64 { ReadableText.longest(of: message.size) }
    var version: [UInt64] { message.version(at: account.currentTime) }
    var position: UInt64? { UInt64(clamping: message.id.rawValue) }
    var source: MessageID? { message.id }

    func opened() { account.opened(message.id, inParts: false) }

    func sizeAtHand() -> UInt64? { account.keptTextSize(of: message.id, form: ReadableText.form) }

    private static let large = LargeMessages()

    private var isLarge: Bool { message.size > LargeMessages.size }

    func contentAtHand() async throws -> ViewContent? {
        if kept != nil || isLarge { return kept }
        guard let octets = try account.cachedOctets(of: message.id) else { return nil }
        return await text(of: octets)
    }

    func content() async throws -> ViewContent {
        if let kept { return kept }
        guard isLarge else { return await text(of: try await account.octets(of: message.id)) }
        return try await Self.large.inTurn {
            // Another may have made it meanwhile.
            if let kept { return kept }
            return await text(of: try await account.octets(of: message.id))
        }
    }

    private var kept: ViewContent? {
        account.keptText(of: message.id, form: ReadableText.form).map(ViewContent.init)
    }

    private func text(of octets: [UInt8]) async -> ViewContent {
        let text = await maker.text(of: octets, version: version + [UInt64(octets.count)]) { [account, message] text in
            account.keep(text: text, of: message.id, madeOf: octets, form: ReadableText.form)
        }
        return ViewContent(text)
    }
}

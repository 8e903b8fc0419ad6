/// What a name makes of a file that a program creates, or gives it to.
public enum FileKind: Hashable, Sendable {
    /// `*.eml`: a message.
    case message
    /// A temporary, backup or lock file of a program: never sent.
    case scratch
    /// `.Trash*`: a file manager that gets one would move mail there instead of deleting it.
    case trash
    /// Neither: EPERM.
    case refused

    /// - Parameter name: a file name. Letters count in any case.
    public init(name: some Collection<UInt8>) {
        let name = Array(name)
        let lower = name.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 }
        if !Self.isName(name) {
            self = .refused
        } else if name.starts(with: ".Trash".utf8) {
            self = .trash
        } else if Self.isScratch(lower, name) {
            self = .scratch
        } else if lower.hasSuffix(".eml"), lower.count > 4 {
            self = .message
        } else {
            self = .refused
        }
    }

    /// Whether a directory can have an entry of that name: a listing with another one is refused as a whole.
    public static func isName(_ name: some Collection<UInt8>) -> Bool {
        !name.isEmpty && !name.contains(0) && !name.contains(UInt8(ascii: "/")) && !name.elementsEqual(".".utf8)
            && !name.elementsEqual("..".utf8)
    }

    private static func isScratch(_ lower: [UInt8], _ name: [UInt8]) -> Bool {
        guard let first = lower.first, let last = lower.last else { return false }
        // Hidden files, among them vim's .x.swp, rsync's .x.Ab3dE6, gio's .goutputstream-Ab3dE6, LibreOffice's .~lock.x#,
        // .fuse_hidden*, .nfs*, .DS_Store, ._x; owner files of office programs ~$x; emacs' #x#.
        if [UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "#")].contains(first) { return true }
        // Backups: x~, and emacs' numbered x.~1~.
        if last == UInt8(ascii: "~") || last == UInt8(ascii: "#") { return true }
        return wholeNames.contains { lower.elementsEqual($0.utf8) }
            || suffixes.contains { lower.hasSuffix($0) }
            || isVimSwap(lower) || isVimProbe(lower) || isMkstemp(name, lower)
    }

    private static let wholeNames = ["thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"]

    private static let suffixes = [
        // Backups: of editors (nano's .save, Helix' .bck, IntelliJ's), of patch, of merge programs.
        ".bak", ".bck", ".backup", ".orig", ".save", "___jb_old___",
        // What is still being written: browsers, KDE's KIO, download and synchronisation programs.
        ".part", ".partial", ".filepart", ".crdownload", ".tmp", ".temp", "___jb_tmp___",
        ".lock", ".lck",
    ]

    /// `x.swp`, then `x.swo` and on downwards as far as `x.saa`; here those that are met.
    private static func isVimSwap(_ lower: [UInt8]) -> Bool {
        guard lower.count > 4, lower.dropLast().hasSuffix(".sw"), let last = lower.last else { return false }
        return last >= UInt8(ascii: "a") && last <= UInt8(ascii: "z")
    }

    /// Vim writes 4913, or that plus a multiple of 123, to see whether a directory can be written to.
    private static func isVimProbe(_ lower: [UInt8]) -> Bool {
        guard lower.count == 4 || lower.count == 5,
            lower.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let number = Int(String(decoding: lower, as: UTF8.self))
        else { return false }
        return number >= 4_913 && (number - 4_913).isMultiple(of: 123)
    }

    /// `sed -i` writes to `sedXXXXXX` in the directory of the file, g_file_set_contents and QSaveFile to `x.eml.XXXXXX`: six letters or
    /// digits.
    private static func isMkstemp(_ name: [UInt8], _ lower: [UInt8]) -> Bool {
        let isRandom = name.suffix(6).allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: false
            }
        }
        guard name.count >= 9, isRandom else { return false }
        return name.count == 9 && name.starts(with: "sed".utf8) || lower.dropLast(6).hasSuffix(".eml.")
    }
}

extension Collection<UInt8> {
    fileprivate func hasSuffix(_ end: String) -> Bool { suffix(end.utf8.count).elementsEqual(end.utf8) }
}

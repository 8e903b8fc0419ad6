// swift-tools-version: 6.2
import PackageDescription

/// Language settings of every target: a warning breaks the build.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A pure target: no IO, no clock, no log; it depends on other pure targets only. `PurityTests` holds its imports against a list.
func pure(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let toml: Target.Dependency = .product(name: "TOMLKit", package: "TOMLKit")

let package = Package(
    name: "mailmount",
    products: [
        .executable(name: "mailmount", targets: ["mailmount"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        // Words that several layers share.
        pure("IMAPValue"),
        pure("MailModel", ["IMAPValue"]),

        // The wire.
        pure("IMAPCodec", ["IMAPValue"]),
        pure("IMAPProtocol", ["IMAPCodec", "IMAPValue"]),
        target("Digest", ["COpenSSL"]),
        target(
            "IMAPClient",
            [
                "IMAPProtocol", "IMAPCodec", "IMAPValue", "Digest", "PosixFile", "BlockingWork", "COpenSSL", "CZlib",
                nio,
                nioPosix, logging,
            ]),

        // Accounts.
        pure("OAuth2", ["IMAPCodec"]),
        pure("Discovery"),
        target("HTTPFetch", ["CCurl"]),

        // Mail.
        target("MailMessage"),
        target("PosixFile", ["CLinux"]),
        target("BlockingWork"),
        pure("MailSync", ["MailModel", "IMAPValue"]),
        pure("MailPool", ["MailModel", "IMAPValue"]),
        pure("MailTree", ["MailModel", "IMAPValue"]),
        pure("MailQuery"),
        target("MailStore", ["MailModel", "IMAPValue", "Digest", "PosixFile", "CLinux", grdb, sqlite]),
        target(
            "MailService",
            [
                "MailSync", "MailPool", "MailModel", "MailQuery", "MailMessage", "MailStore", "MailTree", "IMAPClient",
                "IMAPProtocol",
                "IMAPCodec", "IMAPValue", "Digest", "PosixFile", "BlockingWork", "CLinux", logging,
            ]),

        // The file system.
        target("Fuse", ["PosixFile", "CFuse3"]),
        target("MailText", ["MailMessage"]),
        target(
            "MailViews",
            ["MailText", "MailMessage", "MailQuery", "MailTree", "MailModel", "BlockingWork", "IMAPValue", "Fuse"]),
        target(
            "MailFS",
            [
                "MailViews", "MailQuery", "MailTree", "MailService", "MailMessage", "MailModel", "PosixFile",
                "BlockingWork", "IMAPValue", "Fuse", logging,
            ]),

        // The program.
        target(
            "MailMountCommands",
            [
                "MailFS", "MailViews", "MailTree", "MailService", "MailStore", "MailSync", "MailPool", "IMAPClient",
                "IMAPCodec", "MailModel", "MailQuery", "Fuse", "PosixFile", "BlockingWork", "CLinux", "CVersion",
                "OAuth2",
                "Discovery", "HTTPFetch", "Digest", argumentParser,
                toml,
                logging,
            ]),
        .executableTarget(
            name: "mailmount", dependencies: ["MailMountCommands", argumentParser], swiftSettings: strict),

        // Libraries of the system.
        .systemLibrary(name: "CFuse3", pkgConfig: "fuse3", providers: [.apt(["libfuse3-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        .systemLibrary(name: "CLinux"),

        // libcurl is loaded when something is first asked for over HTTP.
        .target(name: "CCurl"),

        // What `--version` tells of the build: the environment's MAILMOUNT_COMMIT.
        .target(
            name: "CVersion",
            cSettings: Context.environment["MAILMOUNT_COMMIT"].map {
                [.define("MAILMOUNT_COMMIT", to: "\"\($0.filter { $0.isHexDigit })\"")]
            } ?? []),

        // Test aids.
        .target(
            name: "FuzzChecks", dependencies: ["IMAPCodec", "MailViews", "MailText", "MailMessage"],
            path: "Tests/FuzzChecks", swiftSettings: strict),
        .executableTarget(name: "IMAPFuzz", dependencies: ["FuzzChecks"], swiftSettings: strict),
        .executableTarget(name: "MailFuzz", dependencies: ["FuzzChecks", "SeededNumbers"], swiftSettings: strict),
        .executableTarget(
            name: "MailBench", dependencies: ["IMAPCodec", "MailMessage", "CLinux"], path: "Tests/MailBench",
            swiftSettings: strict),
        .executableTarget(name: "FuseTestFS", dependencies: ["Fuse"], path: "Tests/FuseTestFS", swiftSettings: strict),
        .target(name: "InMemoryIMAP", path: "Tests/InMemoryIMAP", swiftSettings: strict),
        .target(name: "SeededNumbers", path: "Tests/SeededNumbers", swiftSettings: strict),
        .target(name: "OlderCache", dependencies: [grdb], path: "Tests/OlderCache", swiftSettings: strict),

        // Tests.
        tests("PurityTests", []),
        tests("InMemoryIMAPTests", ["InMemoryIMAP"]),
        tests("MailMessageTests", ["MailMessage", "SeededNumbers"]),
        tests("MailTextTests", ["MailText", "MailMessage"]),
        tests(
            "MailViewsTests",
            ["MailViews", "MailMessage", "MailModel", "MailQuery", "MailTree", "IMAPValue", "SeededNumbers"]),
        tests("DigestTests", ["Digest"]),
        tests("IMAPProtocolTests", ["IMAPProtocol", "IMAPCodec", "IMAPValue", "Digest"]),
        tests("IMAPClientTests", ["IMAPClient", "IMAPCodec", "IMAPValue", "PosixFile", "COpenSSL", nio, logging]),
        tests("IMAPCodecTests", ["IMAPCodec", "IMAPValue"]),
        tests("PosixFileTests", ["PosixFile"]),
        tests("BlockingWorkTests", ["BlockingWork"]),
        tests(
            "MailStoreTests",
            ["MailStore", "MailModel", "OlderCache", "PosixFile", "IMAPValue", "Digest", grdb, sqlite]),
        tests("FuseTests", ["Fuse", "FuseTestFS"]),
        tests("IMAPValueTests", ["IMAPValue"]),
        tests("MailSyncTests", ["MailSync", "MailModel", "IMAPValue", "SeededNumbers"]),
        tests("MailQueryTests", ["MailQuery"]),
        tests("MailPoolTests", ["MailPool", "MailModel", "IMAPValue", "SeededNumbers"]),
        tests(
            "MailServiceTests",
            [
                "MailService", "MailSync", "MailPool", "MailMessage", "MailModel", "MailQuery", "MailStore", "MailTree",
                "PosixFile", "IMAPClient",
                "IMAPCodec", "IMAPValue", "InMemoryIMAP", "OlderCache", "SeededNumbers", grdb, logging,
            ]),
        tests(
            "MailFSTests",
            [
                "MailFS", "MailViews", "MailService", "MailStore", "MailSync", "MailTree", "MailModel", "PosixFile",
                "IMAPClient",
                "IMAPValue",
                "Fuse", "InMemoryIMAP", logging,
            ]),
        tests(
            "MailMountCommandsTests",
            [
                "MailMountCommands", "MailFS", "Fuse", "MailService", "MailSync", "MailModel", "IMAPValue",
                "IMAPClient", "PosixFile",
                argumentParser,
                toml,
                logging,
            ]),
        tests("OAuth2Tests", ["OAuth2", "IMAPCodec", "Digest"]),
        tests("DiscoveryTests", ["Discovery"]),
        tests("MailTreeTests", ["MailTree", "MailModel", "IMAPValue", "SeededNumbers"]),
    ],
    swiftLanguageModes: [.v6]
)

// It is linked with libFuzzer, which plain builds need not have: `Tests/guided.py` sets this.
if Context.environment["MAILMOUNT_FUZZER"] != nil {
    package.targets.append(
        .executableTarget(
            name: "GuidedFuzz",
            dependencies: [
                "FuzzChecks", "IMAPClient", "IMAPCodec", "IMAPProtocol", "IMAPValue", "MailQuery", "PosixFile",
                "SeededNumbers", nio, .product(name: "NIOEmbedded", package: "swift-nio"), logging,
            ], path: "Tests/GuidedFuzz", swiftSettings: strict))
}

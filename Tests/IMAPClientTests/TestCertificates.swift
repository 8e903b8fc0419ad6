import Foundation

/// Certificates made with the openssl tool, once for the process: an authority and servers that it vouches for.
enum TestCertificates {
    struct Made: Sendable {
        var authority: String
        var otherAuthority: String
        /// Files of certificate and key.
        var good: String
        var expired: String
        var wrongHost: String
        /// Names the host as its subject alone.
        var subjectOnly: String
        var selfSigned: String
    }

    enum Problem: Error { case failed(String) }

    static let made: Result<Made, any Error> = Result { try make() }

    private static func make() throws -> Made {
        let folder = FileManager.default.temporaryDirectory.appending(path: "imap-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.path(percentEncoded: false)
        func authority(_ name: String) throws -> String {
            try openssl(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=\(name) -keyout \(path)/\(name).key -out \(path)/\(name).pem -addext basicConstraints=critical,CA:TRUE"
            )
            return "\(path)/\(name).pem"
        }
        let trusted = try authority("authority")
        let other = try authority("other")
        func server(_ name: String, host: String, from: String = "200101000000Z", until: String) throws -> String {
            let base = "\(path)/\(name)"
            try """
            [ca]
            default_ca=d
            [d]
            new_certs_dir=\(path)
            database=\(base).index
            rand_serial=yes
            default_md=sha256
            policy=p
            x509_extensions=e
            unique_subject=no
            certificate=\(trusted)
            private_key=\(path)/authority.key
            [p]
            commonName=supplied
            [e]
            basicConstraints=CA:FALSE
            subjectAltName=\(host)

            """.write(toFile: "\(base).cnf", atomically: true, encoding: .utf8)
            try "".write(toFile: "\(base).index", atomically: true, encoding: .utf8)
            try openssl(
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=\(name) -keyout \(base).key -out \(base).csr"
            )
            try openssl(
                "ca -batch -notext -config \(base).cnf -in \(base).csr -out \(base).crt -startdate \(from) -enddate \(until)"
            )
            return try join(base + ".crt", base + ".key", base + ".pem")
        }
        let here = "DNS:localhost,IP:127.0.0.1"
        try openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=localhost -keyout \(path)/self.key -out \(path)/self.crt -addext subjectAltName=\(here)"
        )
        return Made(
            authority: trusted, otherAuthority: other,
            good: try server("good", host: here, until: "491231235959Z"),
            expired: try server("expired", host: here, until: "210101000000Z"),
            wrongHost: try server("wrong", host: "DNS:elsewhere.example,IP:192.0.2.7", until: "491231235959Z"),
            subjectOnly: try server("localhost", host: "IP:127.0.0.1", until: "491231235959Z"),
            selfSigned: try join("\(path)/self.crt", "\(path)/self.key", "\(path)/self.pem"))
    }

    private static func join(_ certificate: String, _ key: String, _ result: String) throws -> String {
        let text =
            try String(contentsOfFile: certificate, encoding: .utf8) + String(contentsOfFile: key, encoding: .utf8)
        try text.write(toFile: result, atomically: true, encoding: .utf8)
        return result
    }

    private static func openssl(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments.split(separator: " ").map(String.init)
        let output = Pipe()
        process.standardError = output
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Problem.failed("openssl \(arguments): \(String(decoding: text, as: UTF8.self))")
        }
    }
}
